"""Dialect 1: front matter and Markdown. What is read, what is refused, and the laws that let it be written again."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from episodes.notes import prose, value_codecs
from episodes.notes.dialects import front_matter
from episodes.notes.parsed import SEPARATOR, Group, NoteError, ParsedNote
from tests.episodes.notes import accounting
from tests.episodes.notes.dialect_laws import (
    assert_cut,
    assert_read_completely,
    assert_writable,
    inserted,
    rows,
    said,
    seed,
)
from tests.episodes.notes.note_strategies import names, nearly_notes, notes, plain_words, words

SLOW = settings(suppress_health_check=[HealthCheck.data_too_large])

NOTE = """---
title: 'A talk: on tides'
date: '2025-03-25'
speaker: North & South x East
guest: Ann Lee, 李四、Bob
people:
- Ann Lee
- "Bob, the elder"
companies_orgs: [Tide Labs, "Moon, Inc."]
products_models: []
tags:
  - sea
  - moon  # twice a day
project:
- one
draft: true
channel: null
nested:
  a: 1
  b: [x, y]
---

Before any heading.

### First

**RL**（Reinforcement Learning: 强化学习） works.

## Second ##

Text.
"""


def parse(text: str) -> ParsedNote:
    note = front_matter.parse(text)
    accounting.check_tiling(note)
    return note


def remarks(note: ParsedNote) -> set[tuple[str, str]]:
    return {(remark.code, remark.field) for remark in note.remarks}


def header(*lines: str) -> ParsedNote:
    return parse("\n".join(["---", *lines, "---", "Body.", ""]))


def listed(note: ParsedNote, kind: str) -> list[tuple[str, str]]:
    return [(r.get("listed_as") or r.get("role") or "", r.get("name") or r.get("label")) for _, r in note.of_kind(kind)]


# --- what is read


def test_it_reads_every_key_with_a_field():
    note = parse(NOTE)
    assert note.episode.values == {"title": "A talk: on tides", "aired_on": "2025-03-25", "projects": ["one"]}
    assert listed(note, "appearance") == [
        ("speaker", "North & South x East"),
        ("guest", "Ann Lee"),
        ("guest", "李四"),
        ("guest", "Bob"),
    ]
    assert listed(note, "mention") == [
        ("people", "Ann Lee"),
        ("people", "Bob, the elder"),
        ("companies_orgs", "Tide Labs"),
        ("companies_orgs", "Moon, Inc."),
    ]
    assert listed(note, "tag") == [("", "sea"), ("", "moon")]
    assert note.remarks == []


def test_every_list_has_its_kind_of_entity():
    note = header("people: [a]", "companies_orgs: [b]", "companies: [c]", "products_models: [d]", "media_books: [e]")
    kinds = [record.get("entity_kind") for _, record in note.of_kind("mention")]
    assert kinds == ["person", "organisation", "organisation", "product", "work"]


def test_other_keys_are_kept_in_order_and_as_text():
    note = parse(NOTE)
    assert list(note.extra.items()) == [
        ("draft", "true"),
        ("channel", None),
        ("nested", {"a": "1", "b": ["x", "y"]}),
    ]
    ((_, record),) = note.of_kind("extra")
    assert record.values == note.extra


def test_sections_are_cut_at_headings_of_any_level():
    note = parse(NOTE)
    assert [(r.get("order"), r.get("level"), r.get("heading"), r.get("text")) for _, r in note.of_kind("section")] == [
        (0, 0, "", "Before any heading."),
        (1, 3, "First", "**RL**（Reinforcement Learning: 强化学习） works."),
        (2, 2, "Second", "Text."),
    ]
    assert [annotation.values["term"] for annotation in note.annotations] == ["RL"]


def test_a_section_ends_where_the_next_heading_line_begins():
    note = parse(NOTE)
    _, first, _ = (record for _, record in note.of_kind("section"))
    assert note.text[first.begin : first.end].startswith("### First\n")
    assert note.text[first.end :].startswith("## Second")


def test_groups_tell_how_each_list_is_changed():
    note = parse(NOTE)
    assert {(group.name, group.kind, group.codec) for group in note.groups} == {
        ("speaker", "appearance", "yaml_list"),
        ("guest", "appearance", "yaml_names"),
        ("people", "mention", ""),
        ("companies_orgs", "mention", "yaml_list"),
        ("products_models", "mention", "yaml_list"),
        ("tags", "tag", ""),
    }


@pytest.mark.parametrize(
    "heading", ["```\n### no\n```", "<details>\n### no\n</details>", "<!--\n### no\n-->", "#no", "####### no"]
)
def test_no_heading_in_code_folds_and_comments(heading):
    note = parse(f"---\n---\n### yes\n\n{heading}\n")
    assert [record.get("heading") for _, record in note.of_kind("section")] == ["yes"]


def test_an_empty_body_has_no_section():
    assert [record.kind for record in parse("---\ntitle: x\n---\n\n \n").records] == ["episode"]


def test_a_section_without_text_keeps_a_place_for_it():
    note = parse("---\n---\n### a\n\n### b\n### c\n")
    assert [record.values for _, record in note.of_kind("section")] == [
        {"heading": "a", "text": ""},
        {"heading": "b"},
        {"heading": "c"},
    ]
    assert [record.get("text") for _, record in note.of_kind("section")] == ["", "", ""]


@pytest.mark.parametrize("before", ["", "\ufeff"])
def test_text_without_front_matter_has_its_title_in_the_first_heading(before):
    note = parse(before + "# The title #\n\nText.\n\n# Part\n\nMore.\n")
    assert note.episode.values == {"title": "The title"}
    assert [(record.get("heading"), record.get("text")) for _, record in note.of_kind("section")] == [
        ("", "Text."),
        ("Part", "More."),
    ]


def test_a_title_in_the_front_matter_leaves_the_headings_alone():
    note = header("title: x") and parse("---\ntitle: x\n---\n# Part\n")
    assert note.episode.get("title") == "x"
    assert [record.get("heading") for _, record in note.of_kind("section")] == ["Part"]


def test_a_first_heading_of_another_level_is_no_title():
    assert "title" not in parse("## Part\n\n# Later\n").episode.values


@pytest.mark.parametrize("text", ["---\n---\n", "\ufeff---\ntitle: x\n---\n", "----\ntitle: x\n----\nText"])
def test_it_is_detected_by_its_fence(text):
    assert front_matter.detect(text)
    assert [record for _, record in parse(text).of_kind("section")] == [
        record for record in parse(text).records if record.kind == "section"
    ]


@pytest.mark.parametrize("text", ["", "# T\n", "\n---\nWords.\n---\n", "--- a\n", "-- \n"])
def test_text_without_a_fence_is_not_detected_and_still_read(text):
    assert not front_matter.detect(text)
    parse(text)


def test_json_quoted_keys_and_a_capital_series_are_read():
    note = header('"title": "x"', '"tags": ["a"]', "Series: deep")
    assert note.episode.values == {"title": "x", "series": "deep"}
    assert listed(note, "tag") == [("", "a")]


def test_front_matter_in_braces_is_read():
    note = header('{"title": "x", "tags": ["a", "b"], "draft": true}')
    assert (note.episode.get("title"), listed(note, "tag"), note.extra) == (
        "x",
        [("", "a"), ("", "b")],
        {"draft": "true"},
    )


def test_the_exact_key_counts_before_one_with_capitals():
    note = header("Series: other", "series: mine")
    assert note.episode.get("series") == "mine"
    assert note.extra == {"Series": "other"}


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("guest:", []),
        ("guest: ''", []),
        ("guest: null", []),
        ("guest: Ann", ["Ann"]),
        ("guest: Ann, Bob", ["Ann", "Bob"]),
        ("guest: 'Ann，李四, '", ["Ann", "李四"]),
        ('guest: "Ann\\tLee, Bob"', ["Ann\tLee, Bob"]),
        ("guest: [Ann, 'Lee, Bob']", ["Ann", "Lee, Bob"]),
        ("speaker: A & B x C, D", ["A & B x C, D"]),
        ("speaker: ''", []),
        ("speaker: null", []),
    ],
)
def test_guests_are_separated_at_commas_and_speakers_never(line, labels):
    assert [label for _, label in listed(header(line), "appearance")] == labels


# --- odd values are read, and remarked


@pytest.mark.parametrize(
    ("line", "remark"),
    [
        ("date: soon", ("date-unreadable", "aired_on")),
        ("date: '2025-13-45'", ("date-unreadable", "aired_on")),
        ("date: 12:30", ("date-unreadable", "aired_on")),
        ("title: |-\n  one\n  two", ("title-line-break", "title")),
        ("title: " + "x" * 10_000, ("value-long", "title")),
        ("title: {a: b}", ("value-not-text", "title")),
        ("title: [a, b]", ("value-not-text", "title")),
        ("tags: null", ("list-is-null", "tags")),
        ("tags: one", ("list-is-string", "tags")),
        ("tags: '[]'", ("list-is-string", "tags")),
        ("project: '[]'", ("list-is-string", "projects")),
        ("tags: ['', a]", ("list-empty-item", "tags")),
        ("tags: {a: b}", ("value-not-text", "tags")),
        ("tags:\n- a: b", ("value-not-text", "tags")),
        ("title: a\x07b", ("text-control-characters", "")),
        ("title: a\ntitle: b", ("key-repeated", "title (2)")),
    ],
)
def test_an_odd_value_is_remarked_and_refuses_nothing(line, remark):
    assert remarks(header(line)) == {remark}


@pytest.mark.parametrize("date", ["'2025-03-25'", "2025-03-25", "2025-03-25T10:00:00", "''", "null", ""])
def test_dates_as_notes_write_them_are_fine(date):
    assert remarks(header(f"date: {date}")) == set()


def test_of_a_repeated_key_the_first_counts_and_all_are_kept():
    note = header("title: a", "title: b", "title: c", "tags: [x]", "tags: [y]", "layout: l", "layout: m")
    assert note.episode.get("title") == "a"
    assert listed(note, "tag") == [("", "x")]
    assert note.extra == {"title (2)": "b", "title (3)": "c", "tags (2)": ["y"], "layout": "l", "layout (2)": "m"}


def test_empty_items_are_no_records():
    assert listed(header("people:", "- ''", "- Ann", "-", "- '  '"), "mention") == [("people", "Ann")]


def test_a_member_with_an_unquoted_colon_is_read_as_it_is_written():
    assert listed(header("people:", "- Ann: the first", "- Bob"), "mention") == [
        ("people", "Ann: the first"),
        ("people", "Bob"),
    ]


def test_yaml_types_stay_text():
    note = header("title: no", "series: 12:30", "area: 0x1f", "category: 2025-01-01", "slug: 1e3")
    assert set(note.episode.values.values()) == {"no", "12:30", "0x1f", "2025-01-01", "1e3"}


def test_spans_count_characters_not_bytes():
    note = parse("\ufeff---\r\ntitle: 😀😀 中\r\ntags:\r\n- 😀\r\n- b\r\n---\r\n### 😀\r\n\r\nt\r\n")
    assert note.episode.get("title") == "😀😀 中"
    assert [note.text[r.begin : r.end] for _, r in note.of_kind("tag")] == ["- 😀\r\n", "- b\r\n"]
    assert [r.values for _, r in note.of_kind("section")] == [{"heading": "😀", "text": "t"}]


# --- files that are refused, with line and remedy


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        ("---\ntitle: x\n", 1, "---"),
        ("----\ntitle: x\n", 1, "----"),
        ("---\na: b\ntitle: x: y\n---\n", 3, "`title`"),
        ("---\na: b\ntitle: 'x\n---\n", 3, "`title`"),
        ("---\n- a\n- b\n---\n", 2, "key: value"),
        ("---\njust words\n---\n", 2, "key: value"),
        ("---\na: &x [1]\nb: *x\n---\n", 2, "`a`"),
        ("---\na: 1\ntitle: *bold* words\n---\n", 3, "`title`"),
        ("---\na:\n\t- b\n---\n", 3, "spaces"),
        ("---\na: " + "[" * 21 + "]" * 21 + "\n---\n", 2, "front matter"),
        ("---\na: " + "[" * 200_000 + "\n---\n", 2, "front matter"),
        ("---\na: @x\n---\n", 2, "`a`"),
        ("---\ntags:\n- x\n- @y\n---\n", 4, "`tags`"),
    ],
)
def test_an_unreadable_file_is_refused_with_line_and_remedy(text, line, remedy):
    with pytest.raises(NoteError) as refusal:
        front_matter.parse(text)
    assert refusal.value.line == line
    assert remedy in refusal.value.remedy


def test_a_bomb_of_aliases_is_refused_before_it_unfolds():
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    with pytest.raises(NoteError, match="alias"):
        front_matter.parse("\n".join(["---", *lines, "---", ""]))


def test_the_refusal_reads_as_one_line():
    with pytest.raises(NoteError) as refusal:
        front_matter.parse("---\ntitle: a: b\n---\n")
    assert refusal.value.sentence("n.md") == (
        "n.md:2: the front matter is not valid YAML: mapping values are not allowed in this context. "
        "Put the value of `title` in quotes, or close the quote or bracket that is open."
    )


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
def test_a_new_record_is_put_in_its_place(kind, group, values):
    inserted(front_matter, parse(NOTE), kind, group, values)


def test_a_new_member_is_written_like_those_before_it():
    note = parse(NOTE)
    assert front_matter.insert(note, "tag", "tags", {"name": "tide"})[1] == "  - tide\n"
    assert front_matter.insert(note, "mention", "people", {"name": "Carl"})[1] == "- Carl\n"


@pytest.mark.parametrize(
    ("kind", "group", "values"),
    [
        ("mention", "companies_orgs", {"name": "x"}),  # a flow list is written anew with its codec
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
def test_what_has_no_place_is_refused(kind, group, values):
    assert front_matter.insert(parse(NOTE), kind, group, values) is None


@pytest.mark.parametrize("text", ["---\n---\n", "---\nguest:\nspeaker:\n---\n", "# T\n\nText.\n", "\ufeff", "  a: b"])
@pytest.mark.parametrize("role", ["guest", "speaker"])
def test_a_credited_name_goes_where_there_is_none(text, role):
    again = inserted(front_matter, parse(text), "appearance", role, {"label": "O'Neil, the: first"})
    assert listed(again, "appearance") == [(role, "O'Neil, the: first")]


@pytest.mark.parametrize(
    "text",
    [NOTE, "---\n---\n", "---\r\narea: x\r\n---\r\n", "  text\n", "\ufeff# T\n\n\ntext", "---\n  area: x\n---\n"],
)
@pytest.mark.parametrize(
    ("field", "value"), [("insight", "a: 'b'"), ("series", "null"), ("slug", "x"), ("summary", "a\nb")]
)
def test_a_missing_field_gets_a_key(text, field, value):
    note = parse(text)
    offset, new = front_matter.set_missing(note, field, value)
    again = parse(text[:offset] + new + text[offset:])
    assert again.episode.values == {**note.episode.values, field: value}
    assert rows(again)[1:] == rows(note)[1:]


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (NOTE, "title", "x"),  # has a leaf already
        (NOTE.replace("title:", "number: 2\ntitle:"), "number", 3),
        (NOTE.replace("title:", "duration: an hour\ntitle:"), "duration", 60),
        (NOTE, "insight", None),
        ('---\n{"a": "b"}\n---\n', "insight", "x"),
        ("---\na: b\n...\n---\n", "insight", "x"),
    ],
)
def test_a_field_without_a_place_is_refused(text, field, value):
    assert front_matter.set_missing(parse(text), field, value) is None


def test_missing_projects_become_a_list():
    note = header("title: x")
    offset, new = front_matter.set_missing(note, "projects", ["a", "b, c"])
    assert parse(note.text[:offset] + new + note.text[offset:]).episode.get("projects") == ["a", "b, c"]


# --- the laws, on anything


@SLOW
@given(nearly_notes)
def test_any_text_is_read_or_refused_and_what_is_read_is_accounted_for(text):
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


def assert_annotations_read_alone(note: ParsedNote) -> None:
    for annotation in note.annotations:
        assert prose.read(annotation.kind, note.text[annotation.begin : annotation.end]) == annotation.values


def members(note: ParsedNote, group: Group) -> list[str]:
    inside = [r for r in note.records if r.kind == group.kind and group.begin <= r.begin <= r.end <= group.end]
    return [record.get("name") or record.get("label") for record in inside]


@SLOW
@given(notes(), st.data())
def test_another_value_changes_this_value_only(text, data):
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
def test_a_member_of_a_block_list_and_a_section_can_be_cut(text, data):
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
def test_any_other_list_can_be_written_anew(text, data):
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
def test_anything_can_be_added_or_is_refused(text, group, name):
    note = parse(text)
    kind = {"tags": "tag", "guest": "appearance", "speaker": "appearance"}.get(group, "mention")
    values = {"label" if kind == "appearance" else "name": name}
    if front_matter.insert(note, kind, group, values) is not None:
        inserted(front_matter, note, kind, group, values)


@SLOW
@given(notes(), plain_words, plain_words)
def test_a_section_can_be_added_to_any_note(text, heading, body):
    inserted(front_matter, parse(text), "section", "", {"heading": heading, "text": body, "level": 3})


@SLOW
@given(notes(), st.sampled_from(["insight", "slug", "series", "source_url"]), words)
def test_a_field_can_be_set_in_any_note(text, field, value):
    note = parse(text)
    place = front_matter.set_missing(note, field, value)
    assert (place is None) == (field in note.episode.values)
    if place:
        again = parse(text[: place[0]] + place[1] + text[place[0] :])
        assert said(again.episode) == {**said(note.episode), field: value}
        assert rows(again)[1:] == rows(note)[1:]


# --- the seeds, field by field


@pytest.mark.parametrize("number", [0, 2, 3])
def test_every_field_of_a_seed_is_read(number):
    text, expected = seed(number)
    front, note = expected["front_matter"], parse(text)
    assert_read_completely(note)
    assert_annotations_read_alone(note)
    assert note.episode.values == {
        "title": front["title"],
        "summary": front["summary"],
        "insight": front["insight"],
        "source_url": front["source"],
        "area": front["area"],
        "category": front["category"],
        "series": front["series"],
        "aired_on": front["date"],
        "projects": front["project"],
    }
    assert listed(note, "appearance") == [("speaker", front["speaker"])]
    assert [name for _, name in listed(note, "tag")] == front["tags"]
    lists = ("companies_orgs", "media_books", "people", "products_models")
    assert listed(note, "mention") == [(key, name) for key in lists for name in front[key]]
    assert list(note.extra.items()) == [("draft", "true"), ("layout", front["layout"]), ("status", front["status"])]
    assert note.remarks == []


@pytest.mark.parametrize("number", [0, 2, 3])
def test_every_heading_and_gloss_of_a_seed_is_read(number):
    text, expected = seed(number)
    note = parse(text)
    headings = [
        {"line": note.line_of(r.begin), "level": r.get("level"), "text": r.get("heading")}
        for _, r in note.of_kind("section")
        if r.get("level")
    ]
    assert headings == expected["headings"]
    keys = ("line", "term", "counterpart", "explanation")
    wanted = [tuple(gloss[key] for key in keys) for gloss in expected["glosses"]]
    found = [
        (note.line_of(a.begin), a.values["term"], a.values["expansion"], a.values["explanation"])
        for a in note.annotations
        if a.kind == "gloss"
    ]
    assert sorted(found, key=str) == sorted(wanted, key=str)
    turns = [(note.line_of(a.begin), a.values["name"]) for a in note.annotations if a.kind == "turn"]
    assert turns == [(turn["line"], turn["speaker"]) for turn in expected["turn_like_lines"]]


@pytest.mark.parametrize("number", [0, 2, 3])
def test_the_laws_hold_on_a_seed(number):
    text, _ = seed(number)
    note = parse(text)
    for index, record in note.of_kind("mention", "tag"):
        assert_cut(front_matter, note, index)
        assert_writable(front_matter, note, index, "name", f"{record.get('name')}: 'new', # one")
    for field in ("title", "summary", "insight", "series"):
        assert_writable(front_matter, note, 0, field, 'new: "one"\nand two')
    for group, kind in (("people", "mention"), ("companies", "mention"), ("tags", "tag")):
        inserted(front_matter, note, kind, group, {"name": "- new: one"})


def test_a_header_of_marks_takes_no_longer_than_its_length():
    texts = [
        "---\na: " + mark * 20_000 + "\n---\n"
        for mark in ("'", '"', "[", "{", "- ", "&a ", "*a ", ": ", "? ", "#", "|")
    ]
    texts += [
        "---\n---\n" + mark * 20_000
        for mark in ("<details>", "```\n", "<!--", "**a**（", "# a\n", "`", "$", "**N**:\n", "N:\n")
    ]
    began = time.process_time()
    for text in texts:
        with contextlib.suppress(NoteError):
            front_matter.parse(text)
    assert time.process_time() - began < 20
