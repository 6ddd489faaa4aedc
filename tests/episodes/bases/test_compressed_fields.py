"""Text and JSON that are stored compressed, on every database."""

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from episodes.bases.compressed_fields import HEAD, packed, unpacked
from episodes.models import Note, Section, Snapshot
from tests import factories

LONG = "<!--7--><p>" + "Ein langer Text, 一段长文字。" * 200
PARSED = {"zulu": [1, None, {"b": "文"}], "alpha": "\x00 \ud83c", "mike": 1.5, "": False}


@given(st.text(st.characters(), max_size=60))
def test_packed_text_comes_back_whole(text):
    assert unpacked(packed(text)) == text
    assert packed(text)[:HEAD] == text.encode("utf-8", "surrogatepass")[:HEAD]


@pytest.fixture
def section(db):
    made = Section.objects.create(episode=factories.episode(), text="Words.")
    Section.objects.filter(pk=made.pk).update(html=LONG)
    return made


def test_long_text_is_stored_smaller_and_read_whole(section):
    with connection.cursor() as cursor:
        cursor.execute("SELECT LENGTH(html) FROM episodes_section")
        assert cursor.fetchone()[0] < len(LONG.encode()) / 10
    assert Section.objects.get().html == LONG


def test_compressed_text_is_found_by_its_beginning(section):
    assert Section.objects.filter(html__startswith="<!--7-->").exists()
    assert not Section.objects.filter(html__startswith="<!--8-->").exists()
    assert Section.objects.exclude(html="").exists()
    Section.objects.update(html="")
    assert Section.objects.exclude(html__startswith="<!--8-->").exists()
    with pytest.raises(ValueError, match="16 bytes"):
        Section.objects.filter(html__startswith="x" * 17).exists()


def test_bulk_update_writes_compressed_text(section):
    section.html = LONG * 2
    Section.objects.bulk_update([section], ["html"])
    assert Section.objects.values_list("html", flat=True).get() == LONG * 2


@pytest.mark.parametrize("lookup", ["html__contains", "html__iexact", "html__gt"])
def test_comparison_with_compressed_text_is_refused(section, lookup):
    with pytest.raises(FieldError):
        Section.objects.filter(**{lookup: "Words"}).exists()


@pytest.mark.django_db
def test_compressed_json_keeps_values_and_order():
    note = Note.objects.create(episode=factories.episode(), name="a.md", parsed=PARSED)
    stored = Note.objects.get(pk=note.pk).parsed
    assert stored == PARSED
    assert list(stored) == list(PARSED)
    for lookup in ("parsed", "parsed__zulu", "parsed__contains"):
        with pytest.raises(FieldError):
            Note.objects.filter(**{lookup: {}}).exists()


@pytest.mark.django_db
def test_missing_json_is_no_json_null():
    episode = factories.public_episode()
    for number, content in enumerate((None, {}), 1):
        episode.snapshots.create(
            number=number, published_at=episode.published_at, by=factories.editor(), content=content
        )
    assert set(Snapshot.objects.filter(content__isnull=True).values_list("number", flat=True)) == {1}
