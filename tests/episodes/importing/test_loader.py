"""Import of a new note: its rows, none of them public."""

import datetime

import pytest

from episodes.importing.loader import Loader, Outcome
from episodes.models import Episode, Finding, Note
from episodes.notes.parsed import NoteError
from people.models import Alias, Entity, Speaker
from tests import factories, samples

pytestmark = pytest.mark.django_db


def load(text: str, name: str = "note.md", loader: Loader | None = None):
    return (loader or Loader()).load(name, text.encode())


def codes(**filters) -> list[str]:
    return sorted(Finding.objects.filter(**filters).values_list("code", flat=True))


def test_front_matter_becomes_episode():
    assert load(samples.FRONT_MATTER).outcome == Outcome.CREATED
    episode = Episode.objects.get()
    assert (episode.title, episode.slug, episode.summary) == (
        "On engines",
        "on-engines",
        "A short summary of the talk.",
    )
    assert (episode.aired_on, episode.source_id, episode.language) == (
        datetime.date(1843, 9, 1),
        "youtube:yJDv-zdhzMY",
        "en",
    )
    assert [(s.heading, s.text) for s in episode.sections.all()] == [
        ("", "Opening words."),
        ("The first part", "It weaves **algebraic patterns**（代数图案）, as a loom weaves flowers."),
        ("The second part", "It has no pretensions to originate anything."),
    ]
    assert {(m.entity.name, m.entity.kind, m.listed_as) for m in episode.mentions.all()} == {
        ("Charles Babbage", "person", "people"),
        ("Luigi Menabrea", "person", "people"),
    }
    assert {tag.name for tag in episode.tags.all()} == {"engines", "mathematics"}
    assert [(a.role, a.label, a.speaker.name) for a in episode.appearances.all()] == [
        ("speaker", "Ada Lovelace", "Ada Lovelace")
    ]
    assert [(g.term, g.expansion) for g in episode.glosses.all()] == [("algebraic patterns", "代数图案")]


def test_status_in_file_is_not_applied():
    load(samples.FRONT_MATTER)
    episode = Episode.objects.get()
    assert episode.status == "draft"
    assert (episode.extra["draft"], episode.extra["status"]) == ("false", "evergreen")
    assert set(Episode.objects.public()) == set()
    assert set(Speaker.objects.public()) == set()
    assert set(Entity.objects.public()) == set()


def test_episode_page_becomes_draft_items():
    load(samples.EPISODE_PAGE)
    episode = Episode.objects.get()
    assert (episode.number, episode.duration, episode.title) == (7, 5400, "Notes on an engine")
    assert [(c.start, c.title, c.summary) for c in episode.chapters.all()] == [
        (0, "Beginnings", "How the notes came about."),
        (2400, "The engine", "What it can do."),
    ]
    assert [(q.start, q.label, q.speaker and q.speaker.name) for q in episode.quotes.all()] == [
        (600, "Ada Lovelace", "Ada Lovelace"),
        (181200, "guest", None),
    ]
    assert {row.status for name in ("chapters", "quotes", "predictions") for row in getattr(episode, name).all()} == {
        "draft"
    }


def test_impossible_time_gets_repair():
    load(samples.EPISODE_PAGE)
    finding = Finding.objects.get(code="time-beyond-duration")
    assert (finding.severity, finding.target.start, finding.repair) == ("error", 181200, {"start": 3020})
    assert codes(severity="warning") == ["no-source", "no-summary", "speaker-generic"]


def test_every_character_is_kept():
    text = "\ufeff" + samples.FRONT_MATTER.replace("\n", "\r\n")
    load(text)
    assert Note.objects.get().text == text


def test_same_text_under_other_name_is_skipped():
    load(samples.FRONT_MATTER)
    assert load(samples.FRONT_MATTER).outcome == Outcome.UNCHANGED
    assert load(samples.FRONT_MATTER, "renamed.md").outcome == Outcome.UNCHANGED
    assert Note.objects.count() == 1


def test_second_file_of_recording_is_set_aside():
    load(samples.FRONT_MATTER)
    other = samples.FRONT_MATTER.replace("On engines", "Something else")
    result = load(other, "other.md")
    assert result.outcome == Outcome.WAITING
    assert Episode.objects.get().title == "On engines"
    assert dict(Note.objects.values_list("name", "state")) == {"note.md": "current", "other.md": "second"}
    assert codes(origin="import") == ["second-file"]
    assert load(other + "\nMore.", "other.md").outcome == Outcome.WAITING
    assert sorted(Note.objects.values_list("name", "state")) == [
        ("note.md", "current"),
        ("other.md", "second"),
        ("other.md", "superseded"),
    ]


def test_files_without_source_differ_by_name():
    text = samples.FRONT_MATTER.replace("source: https://www.youtube.com/watch?v=yJDv-zdhzMY\n", "")
    load(text, "a.md")
    load(text.replace("Opening", "Other"), "b.md")
    assert sorted(Episode.objects.values_list("source_id", "slug")) == [
        ("note:a.md", "on-engines"),
        ("note:b.md", "on-engines-2"),
    ]


def test_ambiguous_name_is_not_resolved():
    factories.speaker("Ada Lovelace")
    factories.speaker("Ada Lovelace")
    load(samples.FRONT_MATTER)
    assert Episode.objects.get().appearances.get().speaker is None
    assert codes(code="appearance-unresolved") == ["appearance-unresolved"]


def test_alias_is_resolved():
    ada, engine = factories.speaker("Augusta Ada King"), factories.entity("Mr. Babbage")
    Alias.objects.create(name="Ada Lovelace", speaker=ada)
    Alias.objects.create(name="Charles Babbage", entity=engine)
    load(samples.FRONT_MATTER)
    episode = Episode.objects.get()
    assert episode.appearances.get().speaker == ada
    assert {mention.entity.name for mention in episode.mentions.all()} == {"Mr. Babbage", "Luigi Menabrea"}


def test_generic_label_creates_no_speaker():
    load(samples.FRONT_MATTER.replace("Ada Lovelace", "嘉宾"))
    assert not Speaker.objects.exists()
    assert Episode.objects.get().appearances.get().label == "嘉宾"


def test_three_turns_are_credited():
    turns = "".join(f"\n**Ada Lovelace**: Turn {n}.\n\n**Mary Somerville**: Reply {n}.\n" for n in range(2))
    load(samples.FRONT_MATTER.replace("speaker: Ada Lovelace\n", "") + turns + "\n**Ada Lovelace**: Turn 3.\n")
    assert [(a.label, a.speaker.name) for a in Episode.objects.get().appearances.all()] == [
        ("Ada Lovelace", "Ada Lovelace")
    ]


def test_duplicate_requested_slug_is_refused():
    text = samples.FRONT_MATTER.replace("title:", "slug: engines\ntitle:")
    load(text)
    assert Episode.objects.get().slug == "engines"
    with pytest.raises(NoteError) as caught:
        load(text.replace("yJDv-zdhzMY", "aaaaaaaaaaa"), "other.md")
    assert caught.value.sentence("other.md") == (
        "other.md:1: another episode has the slug 'engines' already. Change the slug in one of the two files."
    )
    assert Note.objects.count() == 1


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("date: '1843-09-01'", "date: 2025-13-45", "date-unreadable"),
        ("title: On engines", "title: " + "x" * 10_000, "value-too-long"),
        ("title: On engines", 'title: "On\x07 engines"', "text-control-characters"),
        ("- engines\n- mathematics", "'[]'", "list-is-string"),
    ],
)
def test_bad_value_becomes_finding(old, new, code):
    text = samples.FRONT_MATTER.replace(old, new).replace("tags:\n'[]'", "tags: '[]'")
    assert load(text).outcome == Outcome.CREATED
    assert Note.objects.get().text == text
    assert code in codes()


def test_unreadable_date_is_kept_raw():
    load(samples.FRONT_MATTER.replace("date: '1843-09-01'", "date: 2025-13-45"))
    episode = Episode.objects.get()
    assert (episode.aired_on, episode.aired_on_raw) == (None, "2025-13-45")


def test_unreadable_time_is_kept_raw():
    load(samples.EPISODE_PAGE.replace("00:40:00", "99:99:99"))
    chapter = Episode.objects.get().chapters.get(start=None)
    assert (chapter.start_raw, chapter.title) == ("99:99:99", "The engine")
    assert "time-unreadable" in codes()


def test_refused_note_is_rolled_back():
    loader = Loader()
    with pytest.raises(NoteError):
        load("---\ntitle: x\n", "bad.md", loader)
    assert not Episode.objects.exists()
    assert load(samples.FRONT_MATTER, loader=loader).outcome == Outcome.CREATED
