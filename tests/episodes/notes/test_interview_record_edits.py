"""Editing of interview records: new values, removed key points, added key points and people."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.notes.dialects import interview_record
from tests.episodes.notes import dialect_laws as laws
from tests.episodes.notes.record_sample import BRIEF, LINKS, RECORD, REVIEW, TITLE, TRANSCRIPT

# --- the laws

WORDS = st.text("abc 灯塔d", min_size=1, max_size=12).map(lambda s: " ".join(s.split())).filter(bool)
PARAGRAPHS = st.lists(WORDS, min_size=1, max_size=3)
VARIANTS = [RECORD, RECORD.replace("\n", "\r\n"), RECORD.replace(BRIEF, ""), TRANSCRIPT + REVIEW, RECORD.rstrip()]
LINES = {"title", "summary", "label", "note", "source_url", "url"}


def new_value(record, field):
    if field == "heading":
        return WORDS.map(lambda words: f"「简报」{words}") if record.given["kind"] == "brief" else WORDS
    return WORDS if field in LINES else PARAGRAPHS.map("\n\n".join) | PARAGRAPHS.map("\n".join)


def editable(note):
    for segment in note.segments:
        if segment.record >= 0 and note.records[segment.record].kind != "label":
            named = segment.field == "heading" and note.records[segment.record].given["kind"] in ("intro", "outline")
            if not named and segment.field not in ("source_url", "url"):
                yield segment


@given(st.data())
@settings(max_examples=300)
def test_new_value_changes_nothing_else(data):
    note = interview_record.parse(data.draw(st.sampled_from(VARIANTS)))
    segment = data.draw(st.sampled_from(list(editable(note))))
    value = data.draw(new_value(note.records[segment.record], segment.field))
    laws.assert_writable(interview_record, note, segment.record, segment.field, value)


@pytest.mark.parametrize("text", VARIANTS)
def test_every_key_point_can_be_cut_out(text):
    note = interview_record.parse(text)
    for index, _ in note.of_kind("takeaway", "appearance"):
        laws.assert_cut(interview_record, note, index)


# --- added records


@pytest.mark.parametrize("text", VARIANTS)
@pytest.mark.parametrize(
    "values",
    [
        {"text": "A new point.", "depth": 0, "heading": "一、 The lamp"},
        {"text": "A deep one,\nin two lines.", "depth": 2, "heading": "二、 The keeper"},
        {"text": "Of a new group.", "depth": 0, "heading": "三、 The sea"},
        {"text": "Of no group.", "depth": 1, "heading": ""},
    ],
)
def test_added_key_point_is_read(text, values):
    laws.inserted(interview_record, interview_record.parse(text), "takeaway", "", values)


def test_added_key_point_follows_order():
    values = {"text": "Second.", "depth": 0, "heading": "一、 The lamp", "order": 1}
    offset, written = interview_record.insert(interview_record.parse(RECORD), "takeaway", "", values)
    assert written == "-   Second.\n"
    assert RECORD[offset:].startswith("-   **Oil**")


def test_first_key_point_is_added():
    empty = RECORD[: RECORD.index("**一、 The lamp**")]
    laws.inserted(interview_record, interview_record.parse(empty), "takeaway", "", {"text": "First.", "heading": ""})


@pytest.mark.parametrize("text", [RECORD, RECORD.replace("\n", "\r\n"), TITLE.split("\n")[0], TITLE + TRANSCRIPT])
@pytest.mark.parametrize("role", ["guest", "host", "narrator", "speaker"])
def test_added_person_is_read(text, role):
    values = {"role": role, "label": "Cy Oh"}
    laws.inserted(interview_record, interview_record.parse(text), "appearance", "", values)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("chapter", {"start": 1, "title": "x"}),
        ("tag", {"name": "x"}),
        ("mention", {"name": "x"}),
        ("appearance", {"role": "channel", "label": "x"}),
        ("appearance", {"role": "guest", "label": "x (y)"}),
        ("appearance", {"role": "guest", "label": "x、y"}),
    ],
)
def test_record_without_place_is_refused(kind, values):
    assert interview_record.insert(interview_record.parse(RECORD), kind, "", values) is None


def test_key_point_needs_the_heading():
    note = interview_record.parse(BRIEF + TITLE + TRANSCRIPT)
    assert interview_record.insert(note, "takeaway", "", {"text": "x"}) is None


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (RECORD.replace(BRIEF.split("\n")[3] + "\n\n", ""), "summary", "In short."),
        ("## 「简报」x\n\n" + LINKS + TRANSCRIPT, "summary", "In short."),
        (TRANSCRIPT + REVIEW, "title", "A title"),
        (RECORD.replace(LINKS.split("\n")[2] + "\n", ""), "source_url", "https://youtu.be/abc"),
        (RECORD, "aired_on", "2024-02-03"),
    ],
)
def test_missing_field_is_added(text, field, value):
    note = interview_record.parse(text)
    assert field not in note.episode.values
    offset, written = interview_record.set_missing(note, field, value)
    again = interview_record.parse(text[:offset] + written + text[offset:])
    assert again.episode.values == {**note.episode.values, field: value}
    assert laws.rows(again)[1:] == laws.rows(note)[1:]


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "there is one"), ("insight", "no place"), ("aired_on", "someday"), ("aired_on", None)],
)
def test_field_without_place_is_refused(field, value):
    assert interview_record.set_missing(interview_record.parse(RECORD), field, value) is None


POINT = st.fixed_dictionaries(
    {
        "text": st.lists(WORDS, min_size=1, max_size=3).map("\n".join) | PARAGRAPHS.map("\n\n".join),
        "depth": st.integers(0, 3),
        "heading": st.sampled_from(["", "一、 The lamp", "三、 New"]),
    }
)


@given(st.lists(POINT, max_size=10), st.data())
@settings(max_examples=100)
def test_key_points_can_be_added_and_cut(points, data):
    note = interview_record.parse(LINKS + TITLE + TRANSCRIPT + "# 要点回顾\n\n**一、 The lamp**\n")
    for values in points:
        note = laws.inserted(interview_record, note, "takeaway", "", values)
    laws.assert_read_completely(note)
    found = [index for index, _ in note.of_kind("takeaway")]
    assert len(found) == len(points)
    if found:
        laws.assert_cut(interview_record, note, data.draw(st.sampled_from(found)))


def test_real_key_points_can_be_edited():
    note = interview_record.parse(laws.seed(1)[0])
    for index, _ in list(note.of_kind("takeaway"))[::9]:
        laws.assert_cut(interview_record, note, index)
    values = {"text": "A new point.", "depth": 1, "heading": "三、 关键技术与当前进展"}
    laws.inserted(interview_record, note, "takeaway", "", values)
