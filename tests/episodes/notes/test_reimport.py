"""A changed note onto an episode that people have worked on: base, theirs, mine."""

import pytest

from episodes.models import Chapter, Episode, Finding, Mention, Note, Quote, Section
from episodes.notes.loader import Loader, Outcome
from episodes.workflow import transition
from tests import cast, samples

pytestmark = pytest.mark.django_db


@pytest.fixture
def prose() -> Episode:
    load(samples.FRONT_MATTER)
    return Episode.objects.get()


@pytest.fixture
def page() -> Episode:
    load(samples.EPISODE_PAGE)
    return Episode.objects.get()


def load(text: str, **options):
    return Loader(**options).load("note.md", text.encode())


def kept() -> list[tuple[str, str]]:
    return [(f.target._meta.model_name, f.field) for f in Finding.objects.filter(code="kept-yours")]


def test_what_nobody_touched_is_updated(prose):
    text = samples.FRONT_MATTER.replace("A short summary", "A better summary").replace("pretensions", "claims")
    assert load(text).outcome == Outcome.UPDATED
    prose.refresh_from_db()
    assert prose.summary == "A better summary of the talk."
    assert prose.sections.get(heading="The second part").text == "It has no claims to originate anything."
    assert kept() == []


def test_what_an_editor_changed_stays_and_the_difference_is_a_finding(prose):
    Episode.objects.update(summary="My summary.")
    result = load(samples.FRONT_MATTER.replace("A short summary", "A better summary"))
    assert result.outcome == Outcome.KEPT_YOURS
    prose.refresh_from_db()
    assert prose.summary == "My summary."
    assert kept() == [("episode", "summary")]
    assert Finding.objects.get(code="kept-yours").repair == {"summary": "A better summary of the talk."}


def test_what_only_the_editor_changed_is_no_difference(prose):
    Episode.objects.update(summary="My summary.")
    assert load(samples.FRONT_MATTER.replace("pretensions", "claims")).outcome == Outcome.UPDATED
    prose.refresh_from_db()
    assert prose.summary == "My summary."
    assert kept() == []


def test_the_same_edit_on_both_sides_is_no_difference(prose):
    Episode.objects.update(summary="A better summary of the talk.")
    load(samples.FRONT_MATTER.replace("A short summary", "A better summary"))
    assert kept() == []


def test_primary_keys_slug_and_address_stay(prose):
    before = set(Section.objects.values_list("pk", flat=True)), prose.slug, prose.pk
    load(samples.FRONT_MATTER.replace("On engines", "About engines").replace("pretensions", "claims"))
    prose.refresh_from_db()
    assert prose.title == "About engines"
    assert (set(Section.objects.values_list("pk", flat=True)), prose.slug, prose.pk) == before


def test_identity_stays_when_the_source_is_corrected(prose):
    load(samples.FRONT_MATTER.replace("yJDv-zdhzMY", "YOUR_VIDEO_ID"))
    prose.refresh_from_db()
    assert prose.source_id == "youtube:yJDv-zdhzMY"
    assert prose.source_url.endswith("YOUR_VIDEO_ID")


def test_a_draft_that_left_the_note_goes_and_a_decided_one_stays_with_a_finding(page):
    transition(page, "in_review", cast.editor())
    decided = page.chapters.get(title="The engine")
    transition(decided, "accepted", cast.editor())
    text = samples.EPISODE_PAGE.replace("  • 00:40:00 · The engine\n    • What it can do.\n", "")
    text = text.replace("  • 00:00:00 · Beginnings\n    • How the notes came about.\n", "")
    load(text)
    assert [chapter.title for chapter in Chapter.objects.all()] == ["The engine"]
    assert kept() == [("chapter", "")]


def test_a_rejected_item_stays_rejected_and_does_not_come_back(page):
    transition(page, "in_review", cast.editor())
    quote = page.quotes.get(label="guest")
    transition(quote, "rejected", cast.editor(), "not_said")
    load(samples.EPISODE_PAGE.replace("From note G.", "From the last note."))
    assert list(Quote.objects.filter(label="guest").values_list("pk", "status", "context")) == [
        (quote.pk, "rejected", "From note G.")
    ]
    # It leaves the note and comes back: still one, still rejected.
    load(
        samples.EPISODE_PAGE.replace("  • 50:20:00 — guest:\n\n    It can do", "  • 50:20:00 — guest:\n\n    X can do")
    )
    load(samples.EPISODE_PAGE + "\n")
    assert set(Quote.objects.values_list("status", flat=True)) == {"draft", "rejected"}
    assert Quote.objects.filter(label="guest").count() == 1


def test_words_somebody_accepted_are_not_changed_by_a_file(page):
    transition(page, "in_review", cast.editor())
    quote = page.quotes.get(start=600)
    Quote.objects.filter(pk=quote.pk).update(speaker=page.appearances.first().speaker)
    quote.refresh_from_db()
    transition(quote, "accepted", cast.editor())
    assert load(samples.EPISODE_PAGE.replace("The engine weaves", "The machine weaves")).outcome == Outcome.KEPT_YOURS
    quote.refresh_from_db()
    assert quote.text == "The engine weaves algebraical patterns."
    assert kept() == [("quote", "text")]


def test_items_are_matched_by_their_words_when_the_time_moves(page):
    key = page.chapters.get(title="The engine").pk
    load(samples.EPISODE_PAGE.replace("00:40:00 · The engine", "00:41:00 · The engine"))
    assert Chapter.objects.get(pk=key).start == 2460
    assert Chapter.objects.count() == 2


def test_items_are_matched_by_their_time_when_the_words_change(page):
    key = page.chapters.get(title="The engine").pk
    load(samples.EPISODE_PAGE.replace("The engine\n", "The analytical engine\n"))
    assert Chapter.objects.get(pk=key).title == "The analytical engine"
    assert Chapter.objects.count() == 2


def test_what_an_editor_deleted_does_not_come_back(page):
    page.chapters.get(title="The engine").delete()
    load(samples.EPISODE_PAGE.replace("How the notes", "How these notes"))
    assert [chapter.title for chapter in page.chapters.all()] == ["Beginnings"]


def test_what_an_editor_added_stays(prose):
    prose.tags.add("looms")
    Mention.objects.create(episode=prose, entity=cast.entity("Jacquard"), listed_as="people")
    Quote.objects.create(episode=prose, text="A sentence.")
    load(samples.FRONT_MATTER.replace("- mathematics\n", "- music\n"))
    assert {tag.name for tag in prose.tags.all()} == {"engines", "looms", "music"}
    assert prose.mentions.count() == 3
    assert prose.quotes.count() == 1


def test_a_tag_the_editor_took_away_stays_away(prose):
    prose.tags.remove("mathematics")
    load(samples.FRONT_MATTER.replace("pretensions", "claims"))
    assert {tag.name for tag in prose.tags.all()} == {"engines"}


@pytest.mark.parametrize("status", ["approved", "published", "evergreen", "withdrawn"])
def test_nothing_a_visitor_sees_or_an_approver_saw_changes(prose, status):
    Episode.objects.update(status=status, published_at="2020-01-01T00:00Z", approved_version=1)
    before = rows()
    text = samples.FRONT_MATTER.replace("On engines", "Other").replace("pretensions", "claims")
    result = load(text)
    assert result.outcome == Outcome.WAITING
    assert rows() == before
    assert Note.objects.get(state="waiting").text == text
    assert load(text).outcome == Outcome.UNCHANGED
    assert load(text + "\n").outcome == Outcome.WAITING
    assert sorted(Note.objects.values_list("state", flat=True)) == ["current", "superseded", "waiting"]


def rows() -> list:
    return [list(model.objects.order_by("pk").values()) for model in (Episode, Section, Mention, Chapter, Quote)]


def test_notes_that_were_replaced_are_kept(prose):
    changed = samples.FRONT_MATTER.replace("pretensions", "claims")
    load(changed)
    assert dict(Note.objects.values_list("state", "text")) == {"superseded": samples.FRONT_MATTER, "current": changed}


def test_a_reparse_of_an_unchanged_note_changes_nothing(prose):
    before = rows()
    assert load(samples.FRONT_MATTER, reparse=True).outcome == Outcome.UNCHANGED
    assert rows() == before


def test_an_edit_makes_the_next_version(prose):
    load(samples.FRONT_MATTER.replace("pretensions", "claims"))
    prose.refresh_from_db()
    assert prose.version == 2


def test_spans_follow_the_new_text(prose):
    text = samples.FRONT_MATTER.replace("On engines", "On engines, a longer title")
    load(text)
    section = prose.sections.get(heading="The second part")
    assert "pretensions" in text[slice(*section.span)]
