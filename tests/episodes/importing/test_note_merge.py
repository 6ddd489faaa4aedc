"""Three-way merge of a changed note into an edited episode."""

import pytest

from episodes.importing.loader import Loader, Outcome
from episodes.models import Chapter, Decision, Episode, Finding, Mention, Note, Quote, Section, TaggedEpisode
from episodes.workflow import discard, publish_changes, revise, transition
from people.models import Alias, Entity
from tests import factories, samples

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


def kept_values() -> list[tuple[str, str]]:
    return [(f.target._meta.model_name, f.field) for f in Finding.objects.filter(code="kept-yours")]


def test_untouched_values_are_updated(prose):
    text = samples.FRONT_MATTER.replace("A short summary", "A better summary").replace("pretensions", "claims")
    assert load(text).outcome == Outcome.UPDATED
    prose.refresh_from_db()
    assert prose.summary == "A better summary of the talk."
    assert prose.sections.get(heading="The second part").text == "It has no claims to originate anything."
    assert kept_values() == []


def test_editors_value_is_kept_with_finding(prose):
    Episode.objects.update(summary="My summary.")
    result = load(samples.FRONT_MATTER.replace("A short summary", "A better summary"))
    assert result.outcome == Outcome.KEPT_YOURS
    prose.refresh_from_db()
    assert prose.summary == "My summary."
    assert kept_values() == [("episode", "summary")]
    assert Finding.objects.get(code="kept-yours").repair == {"summary": "A better summary of the talk."}


def test_change_by_editor_only_is_kept(prose):
    Episode.objects.update(summary="My summary.")
    assert load(samples.FRONT_MATTER.replace("pretensions", "claims")).outcome == Outcome.UPDATED
    prose.refresh_from_db()
    assert prose.summary == "My summary."
    assert kept_values() == []


def test_equal_change_on_both_sides_is_kept(prose):
    Episode.objects.update(summary="A better summary of the talk.")
    load(samples.FRONT_MATTER.replace("A short summary", "A better summary"))
    assert kept_values() == []


def test_keys_slug_and_address_are_kept(prose):
    before = set(Section.objects.values_list("pk", flat=True)), prose.slug, prose.pk
    load(samples.FRONT_MATTER.replace("On engines", "About engines").replace("pretensions", "claims"))
    prose.refresh_from_db()
    assert prose.title == "About engines"
    assert (set(Section.objects.values_list("pk", flat=True)), prose.slug, prose.pk) == before


def test_corrected_source_keeps_identity(prose):
    load(samples.FRONT_MATTER.replace("yJDv-zdhzMY", "YOUR_VIDEO_ID"))
    prose.refresh_from_db()
    assert prose.source_id == "youtube:yJDv-zdhzMY"
    assert prose.source_url.endswith("YOUR_VIDEO_ID")


def test_removed_draft_deleted_decided_kept(page):
    transition(page, "in_review", factories.editor())
    decided = page.chapters.get(title="The engine")
    transition(decided, "accepted", factories.editor())
    text = samples.EPISODE_PAGE.replace("  • 00:40:00 · The engine\n    • What it can do.\n", "")
    text = text.replace("  • 00:00:00 · Beginnings\n    • How the notes came about.\n", "")
    load(text)
    assert [chapter.title for chapter in Chapter.objects.all()] == ["The engine"]
    assert kept_values() == [("chapter", "")]


def test_rejected_item_is_not_proposed_again(page):
    transition(page, "in_review", factories.editor())
    quote = page.quotes.get(label="guest")
    transition(quote, "rejected", factories.editor(), "not_said")
    load(samples.EPISODE_PAGE.replace("From note G.", "From the last note."))
    assert list(Quote.objects.filter(label="guest").values_list("pk", "status", "context")) == [
        (quote.pk, "rejected", "From note G.")
    ]
    # Removed from the note and added again: still one row, still rejected.
    load(
        samples.EPISODE_PAGE.replace("  • 50:20:00 — guest:\n\n    It can do", "  • 50:20:00 — guest:\n\n    X can do")
    )
    load(samples.EPISODE_PAGE + "\n")
    assert set(Quote.objects.values_list("status", flat=True)) == {"draft", "rejected"}
    assert Quote.objects.filter(label="guest").count() == 1


def test_accepted_text_is_not_changed(page):
    transition(page, "in_review", factories.editor())
    quote = page.quotes.get(start=600)
    Quote.objects.filter(pk=quote.pk).update(speaker=page.appearances.first().speaker)
    quote.refresh_from_db()
    transition(quote, "accepted", factories.editor())
    assert load(samples.EPISODE_PAGE.replace("The engine weaves", "The machine weaves")).outcome == Outcome.KEPT_YOURS
    quote.refresh_from_db()
    assert quote.text == "The engine weaves algebraical patterns."
    assert kept_values() == [("quote", "text")]


def test_items_match_by_text_after_shift(page):
    key = page.chapters.get(title="The engine").pk
    load(samples.EPISODE_PAGE.replace("00:40:00 · The engine", "00:41:00 · The engine"))
    assert Chapter.objects.get(pk=key).start == 2460
    assert Chapter.objects.count() == 2


def test_items_match_by_time_after_rewording(page):
    key = page.chapters.get(title="The engine").pk
    load(samples.EPISODE_PAGE.replace("The engine\n", "The analytical engine\n"))
    assert Chapter.objects.get(pk=key).title == "The analytical engine"
    assert Chapter.objects.count() == 2


def test_deleted_item_is_not_recreated(page):
    page.chapters.get(title="The engine").delete()
    load(samples.EPISODE_PAGE.replace("How the notes", "How these notes"))
    assert [chapter.title for chapter in page.chapters.all()] == ["Beginnings"]


def test_added_item_is_kept(prose):
    prose.tags.add("looms")
    Mention.objects.create(episode=prose, entity=factories.entity("Jacquard"), listed_as="people")
    Quote.objects.create(episode=prose, text="A sentence.")
    load(samples.FRONT_MATTER.replace("- mathematics\n", "- music\n"))
    assert {tag.name for tag in prose.tags.all()} == {"engines", "looms", "music"}
    assert prose.mentions.count() == 3
    assert prose.quotes.count() == 1


def test_removed_tag_is_not_recreated(prose):
    prose.tags.remove("mathematics")
    load(samples.FRONT_MATTER.replace("pretensions", "claims"))
    assert {tag.name for tag in prose.tags.all()} == {"engines"}


@pytest.mark.parametrize("status", ["approved", "withdrawn"])
def test_settled_episode_is_not_changed(prose, status):
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


@pytest.mark.parametrize("status", ["published", "evergreen"])
def test_public_episode_is_merged_into_copy(prose, status):
    Episode.objects.update(status=status, published_at="2020-01-01T00:00Z", approved_version=1)
    before, decided = rows(), Decision.objects.count()
    text = samples.FRONT_MATTER.replace("On engines", "Other").replace("pretensions", "claims")
    result = load(text)
    assert (result.outcome, result.episode_id) == (Outcome.WAITING, prose.pk)
    assert rows() == before
    copy = Episode.objects.working().get()
    assert (copy.revises, copy.status, copy.claimed_by, copy.title) == (prose, "draft", None, "Other")
    assert copy.sections.get(heading="The second part").text == "It has no claims to originate anything."
    assert [(n.text, n.state, n.episode) for n in Note.objects.order_by("pk")] == [
        (samples.FRONT_MATTER, "current", prose),
        (text, "current", copy),
    ]
    assert Finding.objects.get(code="new-version-waits").episode == prose
    assert Decision.objects.count() == decided
    assert (load(text).outcome, load(text).episode_id) == (Outcome.UNCHANGED, prose.pk)
    # The next version is merged into the same copy.
    assert load(text + "\n").outcome == Outcome.WAITING
    assert rows() == before
    assert Episode.objects.working().get() == copy
    assert sorted(Note.objects.values_list("state", "episode")) == [
        ("current", prose.pk), ("current", copy.pk), ("superseded", copy.pk),
    ]  # fmt: skip
    assert Finding.objects.filter(code="new-version-waits").count() == 1


@pytest.fixture
def public(prose) -> Episode:
    Episode.objects.update(status="published", published_at="2020-01-01T00:00Z", adopted=True)
    prose.refresh_from_db()
    return prose


def publish() -> None:
    """Approve and publish the working copy."""
    copy = Episode.objects.working().get()
    transition(copy, "in_review", factories.editor())
    transition(copy, "approved", factories.editor())
    publish_changes(copy, factories.publisher())


def test_published_copy_makes_note_current(public):
    section = public.sections.get(heading="The second part")
    Section.objects.filter(pk=section.pk).update(status="accepted")
    text = samples.FRONT_MATTER.replace("On engines", "On engines, a longer title").replace("- engines\n", "")
    text += "\n### The third part\n\nMore.\n"
    load(text)
    publish()
    public.refresh_from_db()
    assert (public.title, public.status, set(public.tags.names())) == (
        "On engines, a longer title", "published", {"mathematics"},
    )  # fmt: skip
    assert [s.heading for s in public.sections.all()] == ["", "The first part", "The second part", "The third part"]
    section.refresh_from_db()
    assert "pretensions" in text[slice(*section.span)]
    assert {tagged.tag.name: text[tagged.span_begin : tagged.span_end].strip() for tagged in public.tagged.all()} == {
        "mathematics": "- mathematics"
    }
    assert sorted(public.notes.values_list("state", "text")) == [
        ("current", text), ("superseded", samples.FRONT_MATTER),
    ]  # fmt: skip
    assert not Finding.objects.filter(code="new-version-waits").exists()
    assert load(text).outcome == Outcome.UNCHANGED
    # The next version is compared with the current values.
    assert load(text.replace("More.", "Still more.")).outcome == Outcome.WAITING
    assert Episode.objects.working().get().sections.get(heading="The third part").text == "Still more."


def test_edits_and_public_decisions_are_kept(public):
    section = public.sections.get(heading="The second part")
    copy = revise(public, factories.editor())
    copy.sections.filter(heading="The first part").update(text="Mine.")
    transition(section, "rejected", factories.second_editor(), "private")
    text = samples.FRONT_MATTER.replace("It weaves", "They weave").replace("On engines", "Other")
    assert load(text).outcome == Outcome.WAITING
    copy.refresh_from_db()
    assert (copy.title, copy.claimed_by) == ("Other", factories.editor())
    assert copy.sections.get(heading="The first part").text == "Mine."
    assert [(f.episode, f.target) for f in Finding.objects.filter(code="kept-yours")] == [
        (copy, copy.sections.get(heading="The first part"))
    ]
    publish()
    assert public.sections.get(heading="The second part").status == "rejected"
    first = public.sections.get(heading="The first part")
    assert first.text == "Mine."
    assert [(f.episode, f.target) for f in Finding.objects.filter(code="kept-yours")] == [(public, first)]


def test_approved_copy_is_not_merged(public):
    copy = revise(public, factories.editor())
    transition(copy, "approved", factories.editor())
    before = rows(revises__isnull=False)
    text = samples.FRONT_MATTER.replace("On engines", "Other")
    assert load(text).outcome == Outcome.WAITING
    assert rows(revises__isnull=False) == before
    assert Note.objects.get(state="waiting").episode == public
    assert load(text).outcome == Outcome.UNCHANGED


def test_discarded_copy_version_waits(public):
    text = samples.FRONT_MATTER.replace("On engines", "Other")
    load(text)
    discard(Episode.objects.working().get(), factories.publisher())
    assert Note.objects.get(state="waiting").episode == public
    assert Finding.objects.filter(code="new-version-waits").exists()
    assert load(text).outcome == Outcome.UNCHANGED
    assert load(text + "\n").outcome == Outcome.WAITING
    assert Episode.objects.working().get().title == "Other"
    assert sorted(public.notes.values_list("state", flat=True)) == ["current", "superseded"]


def test_sourceless_file_is_known_in_copy(public):
    bare = samples.FRONT_MATTER.replace("source: https://www.youtube.com/watch?v=yJDv-zdhzMY\n", "")
    load(bare)
    loader = Loader()
    for text in (bare + "\n", bare + "\n\n"):
        assert loader.load("note.md", text.encode()).outcome == Outcome.WAITING
    assert Episode.objects.library().get() == public


def rows(**of: bool) -> list:
    """Return every column of the library's episodes and their rows, or of these episodes."""
    of = of or {"revises__isnull": True}
    episodes = Episode.objects.filter(**of).order_by("pk")
    parts = [model.objects.filter(episode__in=episodes) for model in (Section, Mention, Chapter, Quote)]
    parts.append(TaggedEpisode.objects.filter(content_object__in=episodes))
    return [list(part.order_by("pk").values()) for part in (episodes, *parts)]


def test_superseded_notes_are_kept(prose):
    changed = samples.FRONT_MATTER.replace("pretensions", "claims")
    load(changed)
    assert dict(Note.objects.values_list("state", "text")) == {"superseded": samples.FRONT_MATTER, "current": changed}


def test_reparse_of_unchanged_note_changes_nothing(prose):
    before = rows()
    assert load(samples.FRONT_MATTER, reparse=True).outcome == Outcome.UNCHANGED
    assert rows() == before


def test_merge_increments_version(prose):
    load(samples.FRONT_MATTER.replace("pretensions", "claims"))
    prose.refresh_from_db()
    assert prose.version == 2


def test_spans_follow_new_text(prose):
    text = samples.FRONT_MATTER.replace("On engines", "On engines, a longer title")
    load(text)
    section = prose.sections.get(heading="The second part")
    assert "pretensions" in text[slice(*section.span)]


# --- regressions: each of these has lost edits or stopped an import


def test_name_repeated_later_is_one_row(prose):
    twice = samples.FRONT_MATTER.replace("- engines\n", "- engines\n- engines\n")
    twice = twice.replace("- Charles Babbage\n", "- Charles Babbage\n- Charles Babbage\n")
    load(twice)
    assert {tag.name for tag in prose.tags.all()} == {"engines", "mathematics"}
    assert prose.mentions.count() == 2


def test_alias_of_listed_name_is_one_row(prose):
    Alias.objects.create(name="C. Babbage", entity=Entity.objects.get(name="Charles Babbage"))
    load(samples.FRONT_MATTER.replace("- Charles Babbage\n", "- Charles Babbage\n- C. Babbage\n"))
    assert prose.mentions.count() == 2


def test_new_section_after_deletion_is_created(prose):
    prose.sections.get(heading="The first part").delete()
    text = samples.FRONT_MATTER.replace("### The first part", "### Something new").replace("It weaves", "They weave")
    load(text)
    assert "Something new" in set(prose.sections.values_list("heading", flat=True))


def test_new_quote_at_rejected_time_is_created(page):
    Quote.objects.filter(start=600).update(status="rejected", reject_code="trivial")
    load(samples.EPISODE_PAGE.replace("The engine weaves algebraical patterns.", "Quite another sentence."))
    assert set(page.quotes.filter(start=600).values_list("text", "status")) == {
        ("The engine weaves algebraical patterns.", "rejected"),
        ("Quite another sentence.", "draft"),
    }


def test_right_one_of_equal_texts_deleted(page):
    text = samples.EPISODE_PAGE.replace(
        "  • 00:40:00 · The engine\n    • What it can do.\n", "  • 00:40:00 · Beginnings\n    • Later.\n"
    )
    load(text)
    Chapter.objects.filter(start=0).update(status="rejected", reject_code="trivial")
    load(text.replace("  • 00:00:00 · Beginnings\n    • How the notes came about.\n", ""))
    assert set(page.chapters.values_list("start", "status")) == {(0, "rejected"), (2400, "draft")}


def test_prediction_with_criteria_is_kept(page):
    page.predictions.update(claim="An engine composes music.", criteria="A piece is performed.")
    text = samples.EPISODE_PAGE.split("预测 (1)")[0] + "提及实体" + samples.EPISODE_PAGE.split("提及实体")[1]
    load(text)
    assert page.predictions.get().claim == "An engine composes music."
    assert kept_values() == [("prediction", "")]


def test_speaker_follows_label_unless_chosen(page):
    factories.speaker("Grace Hopper")
    load(samples.EPISODE_PAGE.replace("00:10:00 — Ada Lovelace", "00:10:00 — Grace Hopper"))
    assert page.quotes.get(start=600).speaker.name == "Grace Hopper"


def test_accepted_heading_is_not_changed(prose):
    prose.sections.filter(heading="The first part").update(status="accepted")
    load(samples.FRONT_MATTER.replace("### The first part", "### A slander"))
    assert set(prose.sections.values_list("heading", flat=True)) == {"", "The first part", "The second part"}
    assert kept_values() == [("section", "heading")]


def test_conflict_finding_ends_with_difference(prose):
    Episode.objects.update(summary="My summary.")
    better = samples.FRONT_MATTER.replace("A short summary", "A better summary")
    load(better)
    load(better.replace("pretensions", "claims"))
    assert kept_values() == [("episode", "summary")]
    load(samples.FRONT_MATTER.replace("'A short summary of the talk.'", "My summary."))
    assert kept_values() == []


def test_waiting_version_is_merged_after_reopening(prose):
    Episode.objects.update(status="approved", approved_version=1)
    changed = samples.FRONT_MATTER.replace("pretensions", "claims")
    assert load(changed).outcome == Outcome.WAITING
    Episode.objects.update(status="in_review", approved_version=None)
    assert load(changed).outcome == Outcome.UPDATED
    assert sorted(Note.objects.values_list("state", flat=True)) == ["current", "superseded", "superseded"]
    assert not Finding.objects.filter(code="new-version-waits").exists()


def test_long_address_keeps_its_source_id():
    text = samples.FRONT_MATTER.replace(
        "https://www.youtube.com/watch?v=yJDv-zdhzMY", "https://example.net/" + "a" * 400
    )
    assert load(text).outcome == Outcome.CREATED
    assert load(text.replace("pretensions", "claims")).outcome == Outcome.UPDATED
