"""Editing of notes with front matter: added records and fields, and the laws of writing for random notes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from episodes.notes import value_codecs
from episodes.notes.dialects import front_matter
from episodes.notes.parsed import SEPARATOR, Group, NoteError, ParsedNote
from tests.episodes.notes.dialect_laws import (
    assert_cut,
    assert_read_completely,
    assert_writable,
    inserted,
    row_values,
    rows,
)
from tests.episodes.notes.front_matter_sample import NOTE, assert_annotations_read_alone, header, listed, parse
from tests.episodes.notes.note_strategies import names, nearly_notes, notes, plain_words, words

SLOW = settings(suppress_health_check=[HealthCheck.data_too_large])


# --- writing


@pytest.mark.parametrize(
    ("kind", "group", "values"),
    [
        ("mention", "people", {"name": "Carl: the third"}),
        ("mention", "companies", {"name": "New, Inc."}),
        ("tag", "tags", {"name": "# odd"}),
        ("tag", "", {"name": "new"}),
        ("section", "", {"heading": "Third", "text": "More.\n\nAnd more.", "level": 2}),
    ],
)
def test_added_record_is_read(kind, group, values):
    inserted(front_matter, parse(NOTE), kind, group, values)


def test_added_item_has_style_of_list():
    note = parse(NOTE)
    assert front_matter.insert(note, "tag", "tags", {"name": "tide"})[1] == "  - tide\n"
    assert front_matter.insert(note, "mention", "people", {"name": "Carl"})[1] == "- Carl\n"


@pytest.mark.parametrize(
    ("kind", "group", "values"),
    [
        ("mention", "companies_orgs", {"name": "x"}),  # a flow list is rewritten with its codec
        ("mention", "products_models", {"name": "x"}),
        ("mention", "人物", {"name": "x"}),
        ("tag", "people", {"name": "x"}),
        ("appearance", "host", {"label": "x"}),
        ("appearance", "speaker", {"label": "x"}),
        ("chapter", "", {"start": 1, "title": "x"}),
        ("section", "", {"heading": "", "text": "x"}),
        ("mention", "people", {"name": " "}),
    ],
)
def test_record_without_place_is_refused(kind, group, values):
    assert front_matter.insert(parse(NOTE), kind, group, values) is None


@pytest.mark.parametrize("text", ["---\n---\n", "---\nguest:\nspeaker:\n---\n", "# T\n\nText.\n", "\ufeff", "  a: b"])
@pytest.mark.parametrize("role", ["guest", "speaker"])
def test_credit_is_added_to_empty_key(text, role):
    again = inserted(front_matter, parse(text), "appearance", role, {"label": "O'Neil, the: first"})
    assert listed(again, "appearance") == [(role, "O'Neil, the: first")]


@pytest.mark.parametrize(
    "text",
    [NOTE, "---\n---\n", "---\r\narea: x\r\n---\r\n", "  text\n", "\ufeff# T\n\n\ntext", "---\n  area: x\n---\n"],
)
@pytest.mark.parametrize(
    ("field", "value"), [("insight", "a: 'b'"), ("series", "null"), ("slug", "x"), ("summary", "a\nb")]
)
def test_missing_field_gets_a_key(text, field, value):
    note = parse(text)
    offset, new = front_matter.set_missing(note, field, value)
    again = parse(text[:offset] + new + text[offset:])
    assert again.episode.values == {**note.episode.values, field: value}
    assert rows(again)[1:] == rows(note)[1:]


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (NOTE, "title", "x"),  # exists already
        (NOTE.replace("title:", "number: 2\ntitle:"), "number", 3),
        (NOTE.replace("title:", "duration: an hour\ntitle:"), "duration", 60),
        (NOTE, "insight", None),
        ('---\n{"a": "b"}\n---\n', "insight", "x"),
        ("---\na: b\n...\n---\n", "insight", "x"),
    ],
)
def test_field_without_place_is_refused(text, field, value):
    assert front_matter.set_missing(parse(text), field, value) is None


def test_missing_projects_become_a_list():
    note = header("title: x")
    offset, new = front_matter.set_missing(note, "projects", ["a", "b, c"])
    assert parse(note.text[:offset] + new + note.text[offset:]).episode.get("projects") == ["a", "b, c"]


# --- laws, for random notes


@SLOW
@given(nearly_notes)
def test_any_text_is_accounted_or_refused(text):
    note = parse_or_refuse(text)
    if isinstance(note, NoteError):
        assert note.remedy
        assert 1 <= note.line <= text.count("\n") + text.count("\r") + 1
        return
    assert_read_completely(note)
    assert_annotations_read_alone(note)
    for group in note.groups:
        if group.codec:
            assert value_codecs.read(group.codec, note.text[group.begin : group.end]) == members(note, group)


def parse_or_refuse(text: str) -> ParsedNote | NoteError:
    try:
        return parse(text)
    except NoteError as refusal:
        return refusal


def members(note: ParsedNote, group: Group) -> list[str]:
    inside = [r for r in note.records if r.kind == group.kind and group.begin <= r.begin <= r.end <= group.end]
    return [record.get("name") or record.get("label") for record in inside]


@SLOW
@given(notes(), st.data())
def test_new_value_changes_nothing_else(text, data):
    note = parse(text)
    segments = [segment for segment in note.segments if segment.record != SEPARATOR]
    if not segments:
        return
    segment = data.draw(st.sampled_from(segments))
    if segment.codec == "yaml_list":
        value = data.draw(st.lists(words, max_size=3))
    elif segment.codec in ("line", "text", "name"):
        value = data.draw(plain_words)
    else:
        value = data.draw(words)
    assert_writable(front_matter, note, segment.record, segment.field, value)


@SLOW
@given(notes(), st.data())
def test_list_items_and_sections_can_be_cut(text, data):
    note = parse(text)
    blocks = [group for group in note.groups if not group.codec]
    items = [
        index
        for index, record in note.of_kind("mention", "tag", "section")
        if record.kind == "section" or any(group.begin <= record.begin <= group.end for group in blocks)
    ]
    if items:
        assert_cut(front_matter, note, data.draw(st.sampled_from(items)))


@SLOW
@given(notes(), st.data())
def test_other_lists_can_be_rewritten(text, data):
    note = parse(text)
    groups = [group for group in note.groups if group.codec]
    if not groups:
        return
    group = data.draw(st.sampled_from(groups))
    value = data.draw(st.lists(words, max_size=3))
    raw = value_codecs.write(group.codec, text[group.begin : group.end], value)
    again = parse(text[: group.begin] + raw + text[group.end :])
    list_of = [
        r.get("name") or r.get("label") for r in again.records if group.name in (r.get("listed_as"), r.get("role"))
    ]
    if group.name == "tags":
        list_of = [name for _, name in listed(again, "tag")]
    assert list_of == value
    others = [row for row in rows(note) if not of_group(row, group)]
    assert [row for row in rows(again) if not of_group(row, group)] == others


def of_group(row: tuple[str, dict], group: Group) -> bool:
    kind, values = row
    return kind == group.kind and (kind == "tag" or group.name in (values.get("listed_as"), values.get("role")))


@SLOW
@given(notes(), st.sampled_from(["people", "media_books", "tags", "guest", "speaker"]), names)
def test_any_record_is_added_or_refused(text, group, name):
    note = parse(text)
    kind = {"tags": "tag", "guest": "appearance", "speaker": "appearance"}.get(group, "mention")
    values = {"label" if kind == "appearance" else "name": name}
    if front_matter.insert(note, kind, group, values) is not None:
        inserted(front_matter, note, kind, group, values)


@SLOW
@given(notes(), plain_words, plain_words)
def test_section_can_be_added_to_any_note(text, heading, body):
    inserted(front_matter, parse(text), "section", "", {"heading": heading, "text": body, "level": 3})


@SLOW
@given(notes(), st.sampled_from(["insight", "slug", "series", "source_url"]), words)
def test_field_can_be_set_or_is_refused(text, field, value):
    note = parse(text)
    place = front_matter.set_missing(note, field, value)
    assert (place is None) == (field in note.episode.values)
    if place:
        again = parse(text[: place[0]] + place[1] + text[place[0] :])
        assert row_values(again.episode) == {**row_values(note.episode), field: value}
        assert rows(again)[1:] == rows(note)[1:]
