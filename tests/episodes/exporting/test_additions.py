"""Values without a place in the note are inserted or reported."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from episodes.exporting.exporter import NotWritable, compose
from episodes.importing.loader import Loader, Outcome
from episodes.models import Chapter, Episode, Note, Prediction, Quote, Section
from episodes.notes.dialects import front_matter, interview_record
from tests import samples
from tests.episodes.exporting.test_exporter import changed_lines, exported, imported
from tests.episodes.notes import record_sample

pytestmark = pytest.mark.django_db
NOTE = "---\ntitle: T\n---\n\nOpening.\n\n### One\n\nText.\n\n## Two ##\n\nMore.\n"


def written(episode: Episode) -> str:
    """Return the exported note, after checking that importing it again changes nothing."""
    composed = compose(episode, episode.notes.current().get())
    assert composed.left_out == []
    episode.save()
    assert Loader().load("note.md", composed.text.encode()).outcome == Outcome.UNCHANGED
    assert exported(Episode.objects.get(pk=episode.pk)) == composed.text
    return composed.text


def left_out(episode: Episode) -> list[str]:
    composed = compose(episode, episode.notes.current().get())
    assert composed.text == episode.notes.current().get().text
    return composed.left_out


# --- fields of the episode


@pytest.mark.parametrize(
    ("text", "field", "value", "lines"),
    [
        (NOTE, "duration", 3725, ["+duration: '01:02:05'"]),
        (NOTE, "number", 7, ["+number: 7"]),
        (
            NOTE.replace("title: T", "duration: '1:02:03'"),
            "duration",
            60,
            ["-duration: '1:02:03'", "+duration: '00:01:00'"],
        ),
        (NOTE.replace("title: T", "number: 007"), "number", 8, ["-number: 007", "+number: 8"]),
        (NOTE.replace("title: T", "number: 7"), "number", None, ["-number: 7", "+number: null"]),
        (samples.EPISODE_PAGE, "aired_on", datetime.date(2025, 3, 25), ["+", "+日期: 2025-03-25"]),
        (record_sample.RECORD, "duration", 3725, ["+", "+- 时长：01:02:05"]),
    ],
)
def test_field_is_added_on_own_line(text, field, value, lines):
    episode = imported(text)
    setattr(episode, field, value)
    assert changed_lines(text, written(episode)) == lines


@pytest.mark.parametrize(("seconds", "said"), [(3720, "62 min"), (3725, "01:02:05"), (45, "00:00:45")])
@pytest.mark.parametrize("text", [samples.EPISODE_PAGE, samples.EPISODE_PAGE.replace(" · 时长: 90 min", "")])
def test_duration_of_page_keeps_seconds(text, seconds, said):
    episode = imported(text)
    episode.duration = seconds
    assert f"时长: {said}" in written(episode)


@pytest.mark.parametrize("value", ["an hour", "90", "[1, 2]", "'99:99:99'", "''", "2025-03-25"])
def test_unreadable_duration_is_kept(value):
    text = NOTE.replace("title: T", f"duration: {value}")
    episode = imported(text)
    assert (episode.duration, list(episode.extra), episode.duration_raw) == (None, ["duration"], "")
    episode.duration = 60
    assert left_out(episode) == ["duration has no place in this dialect"]


def test_notes_parsed_by_older_version_are_written():
    """A key that an older parser did not know is the field's place now."""
    text = NOTE.replace("title: T", "number: 5")
    episode = imported(text)
    note = episode.notes.get()
    note.parsed["leaves"] = [
        [b, e, 0 if r == 0 else r, "x" if n == "number" else n, c] for b, e, r, n, c in note.parsed["leaves"]
    ]
    note.save()
    episode.number = 6
    assert "number: 6\n" in compose(episode, note).text


@pytest.mark.parametrize("text", [samples.EPISODE_PAGE, record_sample.RECORD])
def test_unwritable_field_is_reported(text):
    episode = imported(text)
    episode.area = "history"
    assert left_out(episode) == ["area has no place in this dialect"]


# --- headings and texts of sections

HEADINGS = ["x #", "C #", "#", "##", "x ##  #", "C#", "# x", "x # y", "*x*", "a  b"]


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_any_heading_is_written(heading, order):
    episode = imported(NOTE)
    Section.objects.filter(order=order).update(heading=heading)
    Section.objects.filter(level=0, order=order).update(level=3)
    written(episode)


@pytest.mark.parametrize("heading", HEADINGS)
def test_any_heading_of_new_section_is_written(heading):
    episode = imported(NOTE)
    Section.objects.create(episode=episode, heading=heading, text="Words.", order=3)
    assert exported(episode).startswith(NOTE)


@pytest.mark.parametrize("title", HEADINGS)
def test_title_in_heading_is_written(title):
    episode = imported("# T\n\nText.\n")
    episode.title = title
    written(episode)


def test_missing_heading_is_added_above_text():
    episode = imported(NOTE)
    Section.objects.filter(order=0).update(heading="Beginning", level=2)
    assert changed_lines(NOTE, written(episode)) == ["+", "+## Beginning"]


def test_new_section_without_heading_comes_first():
    text = NOTE.replace("Opening.\n\n", "")
    episode = imported(text)
    Section.objects.create(episode=episode, heading="", text="First words.", order=0)
    assert changed_lines(text, exported(episode)) == ["+", "+First words.", "+"]
    other = imported_beside(NOTE)
    section = Section.objects.create(episode=other, heading="", text="First words.", order=0)
    assert left_out(other) == [f"section {section.pk} has no place in this dialect: {section}"]


def imported_beside(text: str) -> Episode:
    return Episode.objects.get(pk=Loader().load("beside.md", text.replace("title: T", "title: U").encode()).episode_id)


def test_text_below_last_heading_is_written():
    text = NOTE + "\n### End"
    episode = imported(text)
    Section.objects.filter(heading="End").update(text="Last words.")
    assert written(episode) == text + "\n\nLast words."


def test_title_shared_with_section_is_written():
    episode = imported(BRIEFED)
    assert episode.sections.filter(heading=episode.title).exists()
    episode.title = "简报：另一个题目"
    assert changed_lines(BRIEFED, exported(episode)) == ["-# 「简报」 A lamp", "+# 简报：另一个题目"]


BRIEFED = "# 「简报」 A lamp\n\nWords of it.\n\n# 访谈录\n\n- 视频链接：https://www.youtube.com/watch?v=yJDv-zdhzMY\n"


# --- items of a page


@pytest.mark.parametrize(
    ("model", "field", "value"),
    [
        (Chapter, "summary", "What it is about."),
        (Chapter, "start", 61),
        (Quote, "label", "Ada Lovelace"),
        (Quote, "start", 61),
        (Quote, "context", "Why she said it."),
        (Prediction, "label", "Ada Lovelace"),
        (Prediction, "horizon", "ten years"),
        (Prediction, "start", 61),
    ],
)
def test_missing_field_of_item_is_written(model, field, value):
    bare = "  • A bare chapter\n", "  • : Words nobody owns.\n", "  • : Words of hope.\n"
    text = (
        "Episode 7 — Ada\n\nTitle\n\n章节 (2)\n\n  • 00:00:30 · First\n"
        + bare[0]
        + "\n金句 (2)\n\n  • 00:00:40 — Bo:\n\n    Yes.\n"
        + bare[1]
        + "\n预测 (2)\n\n  • 00:00:50 (soon) — Bo: So.\n"
        + bare[2]
    )
    episode = imported(text)
    row = model.objects.order_by("pk").last()
    setattr(row, field, value)
    row.save()
    again = compose(episode, episode.notes.get())
    assert again.left_out == []
    other = Episode.objects.get(pk=Loader().load("other.md", again.text.encode()).episode_id)
    for relation in ("chapters", "quotes", "predictions"):
        assert said(other, relation) == said(episode, relation)


def said(episode: Episode, relation: str) -> list:
    columns = {
        "chapters": ("start", "title", "summary"),
        "quotes": ("start", "label", "text", "context"),
        "predictions": ("start", "horizon", "label", "words"),
    }[relation]
    return sorted(map(str, getattr(episode, relation).values_list(*columns)))


def test_item_with_unreadable_time_is_not_rewritten():
    text = samples.EPISODE_PAGE.replace("00:40:00 · The engine\n    • What it can do.", "99:99:99 · The engine")
    episode = imported(text)
    chapter = Chapter.objects.get(title="The engine", summary="")
    Chapter.objects.filter(pk=chapter.pk).update(summary="New.")
    assert left_out(episode) == [f"summary of chapter {chapter.pk} has no place in this dialect"]


# --- all fields in all dialects


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([samples.FRONT_MATTER, samples.EPISODE_PAGE, record_sample.RECORD, "Only text.\n", "# T #\n"]),
    st.sampled_from(["title", "summary", "insight", "area", "series", "source_url", "duration", "number", "aired_on"]),
    st.sampled_from(["x #", "a: b", "'", "中文", "https://example.net/a?b=c", "---", "**x**", "  • x", "null"]),
    st.integers(0, 10**6),
)
def test_value_is_written_reported_or_refused(text, field, words, number):
    Episode.objects.all().delete()
    Note.objects.all().delete()
    episode = imported(text)
    value = {"duration": number, "number": number, "aired_on": datetime.date(2025, 3, 25)}.get(field, words.strip())
    setattr(episode, field, value)
    try:
        composed = compose(episode, episode.notes.get())
    except NotWritable as error:
        assert str(error).startswith(f"{field} cannot be written in this dialect")  # noqa: PT017 - or no error at all
        return
    if composed.left_out:
        assert composed.left_out == [f"{field} has no place in this dialect"]
        assert composed.text == text
    else:
        Episode.objects.all().delete()
        assert getattr(imported(composed.text), field) == value


@pytest.mark.parametrize("dialect", [front_matter, interview_record])
def test_dialect_version_was_incremented(dialect):
    assert dialect.VERSION >= 2
