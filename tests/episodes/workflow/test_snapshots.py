"""Snapshots: taken at each publication, compared by field and row, restored into a working copy."""

import pytest
from django.utils import timezone, translation

from episodes import workflow
from episodes.bases.text_diff import DELETE, EQUAL, INSERT
from episodes.models import Chapter, Decision, Episode, Finding, Mention, Note, Quote, Section, Snapshot, Takeaway
from episodes.workflow import Refused, publish_changes, restore, revise, snapshots, transition
from episodes.workflow.snapshot_diff import compare
from people.models import Alias
from tests import factories
from tests.episodes.importing.adoptions import draft

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(_language):
    with translation.override("en"):
        yield


@pytest.fixture
def public():
    made = factories.full_episode(title="Public", slug="public", adopted=True)
    made.refresh_from_db()
    return made


def refusal(function, *args):
    with pytest.raises(Refused) as caught:
        function(*args)
    return caught.value.reasons


def shown(comparison):
    """Return (kind, how, name, fields) of every row that differs."""
    return [(row.kind, row.how, row.name, [field.label for field in row.fields]) for row in comparison.rows]


def published(copy):
    copy.refresh_from_db()
    transition(copy, "approved", factories.editor())
    return publish_changes(copy, factories.publisher())


def again(public, **words):
    """Publish the quote with another text through a working copy."""
    copy = revise(public, factories.editor())
    quote = Quote.objects.get(episode=copy)
    workflow.edited(copy, factories.editor())
    for name, value in words.items():
        setattr(quote, name, value)
    workflow.save_words(quote, words, factories.editor())
    return published(copy)


# --- comparison


def test_equal_contents_have_no_difference(public):
    content = snapshots.content_of(public)
    assert not compare(content, content)
    copy = revise(public, factories.editor())
    assert not compare(content, snapshots.content_of(copy))


def test_fields_tags_and_rows_are_compared(public):
    old = snapshots.content_of(public)
    Episode.objects.update(title="Published", duration=3661, insight_public=True)
    public.tags.add("looms")
    Quote.objects.update(text="Other words.", start=3600)
    Chapter.objects.all().delete()
    Takeaway.objects.create(episode=public, text="Two things.", status="accepted", order=1)
    found = compare(old, snapshots.content_of(Episode.objects.get()))
    assert [(f.label, [tuple(p) for p in f.pieces]) for f in found.fields] == [
        ("title", [(DELETE, "Public"), (INSERT, "Published")]),
        ("show the remark", [(DELETE, "no"), (INSERT, "yes")]),
        ("duration", [(DELETE, "01:00:00"), (INSERT, "01:01:01")]),
        ("tags", [(EQUAL, "engines"), (INSERT, ", looms")]),
    ]
    assert shown(found) == [
        ("chapter", "removed", "A chapter", ["status", "time", "title"]),
        ("quote", "changed", "Other words.", ["time", "text"]),
        ("takeaway", "added", "Two things.", ["status", "text", "order", "depth"]),
    ]
    assert found.rows[1].fields[0].pieces == [(DELETE, "00:01:05"), (INSERT, "01:00:00")]


def test_inserted_section_is_one_difference(public):
    Section.objects.create(episode=public, heading="Last", text="Words.", order=1)
    old = snapshots.content_of(public)
    for section in Section.objects.all():
        Section.objects.filter(pk=section.pk).update(order=section.order + 1)
    Section.objects.create(episode=public, heading="First", text="Words.", order=0)
    assert [row[:3] for row in shown(compare(old, snapshots.content_of(public)))] == [("section", "added", "First")]
    new = snapshots.content_of(public)
    Section.objects.filter(heading="First").update(order=7)
    assert shown(compare(new, snapshots.content_of(public))) == [("section", "changed", "First", ["order"])]


def test_speakers_are_compared_by_name_and_key(public):
    old = snapshots.content_of(public)
    ada, other = public.quotes.get().speaker, factories.speaker("Ada")
    Quote.objects.update(speaker=other)
    (row,) = compare(old, snapshots.content_of(public)).rows
    assert "".join(text for op, text in row.fields[0].pieces if op != INSERT) == f"Ada (#{ada.pk})"
    assert "".join(text for op, text in row.fields[0].pieces if op != DELETE) == f"Ada (#{other.pk})"


def test_unknown_and_missing_columns_are_ignored(public):
    old = snapshots.content_of(public)
    del old["episode"]["area"]
    old["quote"][0]["mood"] = "gone"
    old["episode"]["mood"] = "gone"
    del old["takeaway"]
    assert [field.label for field in compare(old, snapshots.content_of(public)).fields] == ["area"]


# --- restoration


def test_snapshot_is_restored_into_working_copy(public):
    first = snapshots.take_snapshot(public, factories.publisher())
    again(public, text="Other words.")
    quote = public.quotes.get()
    copy = restore(first, factories.editor())
    assert (copy.revises, copy.status, copy.claimed_by) == (public, "in_review", factories.editor())
    quote.refresh_from_db()
    assert quote.text == "Other words."
    assert not compare(first.content, snapshots.content_of(copy))
    last = Decision.objects.filter(target_type__model="episode", target_id=copy.pk).first()
    assert last.reason == "snapshot #1 restored"
    published(copy)
    quote.refresh_from_db()
    assert (quote.text, quote.episode) == ("Words as spoken.", public)
    assert list(Snapshot.objects.values_list("number", flat=True)) == [3, 2, 1]
    assert not compare(first.content, Snapshot.objects.first().content)


def test_restore_recreates_and_deletes_rows(public):
    Quote.objects.update(status="evergreen", accepted_by=factories.editor(), verified_by=factories.verifier())
    Chapter.objects.update(status="rejected", reject_code="trivial")
    first = snapshots.take_snapshot(public, factories.publisher())
    Quote.objects.all().delete()
    Chapter.objects.all().delete()
    Section.objects.all().delete()
    later = Takeaway.objects.create(episode=public, text="Later.", status="accepted")
    rejected = Takeaway.objects.create(episode=public, text="No.", status="rejected", reject_code="trivial")
    copy = restore(first, factories.editor())
    quote, chapter, section = (getattr(copy, name).get() for name in ("quotes", "chapters", "sections"))
    assert (quote.text, quote.status, quote.accepted_by, quote.verified_by) == (
        "Words as spoken.", "accepted", factories.editor(), None,
    )  # fmt: skip
    assert (chapter.status, chapter.reject_code, section.status) == ("rejected", "trivial", "accepted")
    # Rows rejected since are kept, so that they are not proposed again.
    assert set(copy.takeaways.values_list("text", "status")) == {("One thing.", "accepted"), ("No.", "rejected")}
    published(copy)
    assert not Takeaway.objects.filter(pk=later.pk).exists()
    assert Takeaway.objects.filter(pk=rejected.pk).exists()


def test_restore_keeps_later_decisions(public):
    first = snapshots.take_snapshot(public, factories.publisher())
    transition(public.quotes.get(), "rejected", factories.editor(), "private")
    copy = restore(first, factories.editor())
    assert copy.quotes.get().status == "rejected"
    published(copy)
    assert public.quotes.get().status == "rejected"


def test_restored_text_of_verified_row_is_accepted(public):
    first = snapshots.take_snapshot(public, factories.publisher())
    Quote.objects.update(
        text="Other.", status="evergreen", accepted_by=factories.editor(), verified_by=factories.verifier()
    )
    Takeaway.objects.update(status="evergreen", accepted_by=factories.editor(), verified_by=factories.verifier())
    Episode.objects.update(
        summary="Other.", summary_status="evergreen", summary_accepted_by=factories.editor(),
        summary_verified_by=factories.verifier(),
    )  # fmt: skip
    copy = restore(first, factories.editor())
    copy.refresh_from_db()
    assert (copy.summary, copy.summary_status, copy.summary_verified_by) == ("In short.", "accepted", None)
    quote = copy.quotes.get()
    assert (quote.text, quote.status, quote.verified_by, quote.version) == ("Words as spoken.", "accepted", None, 2)
    assert copy.takeaways.get().status == "evergreen"


def test_deleted_speakers_are_resolved_by_name(public):
    bob = factories.speaker("Bob")
    factories.quote(public, text="Bob's.", speaker=bob, label="Bob")
    engine, ada = public.mentions.get().entity, public.quotes.get(label="Ada").speaker
    first = snapshots.take_snapshot(public, factories.publisher())
    for row in (*public.quotes.all(), *public.predictions.all(), *public.appearances.all()):
        type(row).objects.filter(pk=row.pk).update(speaker=None)
    public.mentions.all().delete()
    lady, loom = factories.speaker("Lady Ada"), factories.entity("Loom")
    Alias.objects.create(name="Ada", speaker=lady)
    Alias.objects.create(name="Engine", entity=loom)
    for gone in (bob, ada, engine):
        gone.delete()
    copy = restore(first, factories.editor())
    assert {q.label: q.speaker for q in copy.quotes.all()} == {"Ada": lady, "Bob": None}
    assert copy.appearances.get().speaker == lady
    assert copy.mentions.get().entity == loom
    found = Finding.objects.get(code="restored-open")
    assert (found.episode, found.target, found.severity) == (copy, copy.quotes.get(label="Bob"), "warning")
    assert "Version 1 names “Bob” here" in found.message


def test_mention_of_deleted_entity_becomes_finding(public):
    engine = public.mentions.get().entity
    first = snapshots.take_snapshot(public, factories.publisher())
    public.mentions.all().delete()
    engine.delete()
    copy = restore(first, factories.editor())
    assert not copy.mentions.exists()
    assert Finding.objects.get(code="restored-open").target == copy


def test_mentions_of_merged_entities_are_one(public):
    loom = factories.mention(public, factories.entity("Loom")).entity
    first = snapshots.take_snapshot(public, factories.publisher())
    kept = public.mentions.get(entity=loom)
    public.mentions.exclude(pk=kept.pk).get().entity.mentions.all().delete()
    Alias.objects.create(name="Engine", entity=loom)
    type(loom).objects.filter(name="Engine").delete()
    copy = restore(first, factories.editor())
    assert list(Mention.objects.filter(episode=copy).values_list("entity", "revises")) == [(loom.pk, kept.pk)]


def test_restore_over_changed_copy_is_refused(public):
    first = snapshots.take_snapshot(public, factories.publisher())
    copy = revise(public, factories.editor())
    assert restore(first, factories.editor()) == copy
    workflow.discard(Episode.objects.get(pk=copy.pk), factories.publisher())
    copy = revise(public, factories.editor())
    workflow.edited(copy, factories.editor())
    sentence = ["There is already a draft with other changes. Publish or discard it first."]
    assert refusal(restore, first, factories.editor()) == sentence
    workflow.discard(Episode.objects.get(pk=copy.pk), factories.publisher())
    copy = revise(public, factories.editor())
    Note.objects.create(episode=copy, name="n.md", dialect="d", text="new")
    assert refusal(restore, first, factories.editor()) == sentence


def test_restore_without_permission_is_refused(public):
    first = snapshots.take_snapshot(public, factories.publisher())
    for who in (factories.verifier(), factories.publisher(), factories.librarian()):
        assert refusal(restore, first, who) == [f"{who.username} does not have permission to do this."]
    revise(public, factories.editor())
    assert refusal(restore, first, factories.second_editor()) == ["edith is reviewing this episode."]
    Episode.objects.working().delete()
    Episode.objects.update(status="withdrawn")
    first.refresh_from_db()
    assert "Only a published episode" in refusal(restore, first, factories.editor())[0]


# --- adopted episodes


@pytest.fixture
def adopted():
    made = draft("Some words.")
    quote = factories.quote(made, text="Said.", status="draft")
    transition(made, "published", factories.publisher(), "Public before.", adopts=True, published_at=timezone.now())
    return made, quote


def kept(episode):
    return list(episode.snapshots.order_by("number").values_list("number", "content"))


def test_adoption_keeps_no_content_until_change(adopted):
    episode, _quote = adopted
    assert kept(episode) == [(1, None)]
    assert snapshots.content_at(episode.snapshots.get()) == snapshots.content_of(episode)


def test_published_changes_keep_what_was_adopted(adopted):
    episode, _quote = adopted
    before = snapshots.content_of(episode)
    again(episode, text="Said again.")
    (_one, first), (_two, second) = kept(episode)
    assert first == before
    assert shown(compare(first, second)) == [("quote", "changed", "Said again.", ["text"])]


def test_withdrawal_keeps_what_was_adopted(adopted):
    episode, _quote = adopted
    before = snapshots.content_of(episode)["section"]
    transition(episode, "withdrawn", factories.publisher(), "The guest asked for it.")
    assert [(number, content["section"]) for number, content in kept(episode)] == [(1, before)]


def test_version_without_content_is_restored(adopted):
    episode, _quote = adopted
    copy = restore(episode.snapshots.get(), factories.editor())
    assert compare(snapshots.content_of(episode), snapshots.content_of(copy)).rows == []
