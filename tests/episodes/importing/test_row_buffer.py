"""Rows of many notes that are inserted together, on every database."""

from __future__ import annotations

import pytest
from django.db import transaction

from episodes.bases.bulk_statements import update_each
from episodes.importing.loader import Loader, Outcome
from episodes.importing.row_buffer import RowBuffer
from episodes.models import Episode, Finding, Note, Tag
from episodes.notes.parsed import NoteError
from tests import factories
from tests.samples import FRONT_MATTER

pytestmark = pytest.mark.django_db


def tags(*names):
    return [Tag(name=name, slug=name) for name in names]


def names():
    return dict(Tag.objects.values_list("pk", "name"))


def test_kept_rows_have_keys_before_they_are_stored():
    buffer, rows = RowBuffer("default"), tags("one", "two")
    with transaction.atomic(), buffer.keeping():
        buffer(Tag, rows)
        assert names() == {}
        buffer.flush()
    assert names() == {row.pk: row.name for row in rows}


def test_rows_of_others_between_flushes_do_no_harm():
    buffer = RowBuffer("default")
    for number in range(3):
        with buffer.keeping():
            buffer(Tag, tags(f"kept-{number}"))
        buffer.flush()
        buffer(Tag, tags(f"at-once-{number}"))
        Tag.objects.create(name=f"other-{number}", slug=f"other-{number}")
    assert len(names()) == 9


def test_key_of_deleted_row_is_not_given_again():
    buffer, row = RowBuffer("default"), Tag.objects.create(name="gone", slug="gone")
    key = row.pk
    row.delete()
    with buffer.keeping():
        buffer(Tag, tags("new"))
    buffer.flush()
    assert min(names()) > key


def test_cut_forgets_later_rows_only():
    buffer = RowBuffer("default")
    with buffer.keeping():
        buffer(Tag, tags("first"))
        before = buffer.sizes
        buffer(Tag, tags("second"))
    buffer.cut(before)
    buffer.flush()
    assert set(names().values()) == {"first"}


def test_update_each_sets_one_column():
    first, second, third = (factories.episode() for _number in range(3))
    update_each(Episode, "title", [(first.pk, "A"), (third.pk, "C")], "default")
    assert dict(Episode.objects.values_list("pk", "title")) == {first.pk: "A", second.pk: second.title, third.pk: "C"}


# --- notes stored together


def note(number, **changes):
    text = FRONT_MATTER.replace("---\n", f"---\nslug: talk-{number}\n", 1)
    return text.replace("https://", f"https://{number}.", 1).encode()


def test_notes_stored_together_equal_single_ones():
    single, many = Loader(), Loader()
    single.load("a.md", note(1))
    with many.together():
        for number in (2, 3):
            assert many.load(f"{number}.md", note(number)).outcome == Outcome.CREATED
        assert Note.objects.count() == 1
    counts = {
        (each.sections.count(), each.glosses.count(), each.findings.filter(origin=Finding.Origin.CHECK).count())
        for each in Episode.objects.all()
    }
    assert Episode.objects.count() == 3
    assert len({count[:2] for count in counts}) == 1


def test_refused_note_leaves_the_others():
    loader = Loader()
    with loader.together():
        loader.load("a.md", note(1))
        with pytest.raises(NoteError):
            loader.load("b.md", note(1).replace(b"https://1.", b"https://2."))
        loader.load("c.md", note(3))
    assert set(Note.objects.values_list("name", flat=True)) == {"a.md", "c.md"}


def test_interrupted_batch_leaves_nothing():
    loader = Loader()

    def interrupted():
        with loader.together():
            loader.load("a.md", note(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not Note.objects.exists()
    assert loader.load("a.md", note(1)).outcome == Outcome.CREATED
