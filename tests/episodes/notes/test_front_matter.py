"""Dialect 1, front matter and Markdown: reading, refusals, and the laws of writing."""

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
    row_values,
    rows,
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


# --- reading


def test_every_known_key_is_read():
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


def test_lists_have_kinds_of_entities():
    note = header("people: [a]", "companies_orgs: [b]", "companies: [c]", "products_models: [d]", "media_books: [e]")
    kinds = [record.get("entity_kind") for _, record in note.of_kind("mention")]
    assert kinds == ["person", "organisation", "organisation", "product", "work"]


def test_other_keys_are_kept_as_text():
    note = parse(NOTE)
    assert list(note.extra.items()) == [
        ("draft", "true"),
        ("channel", None),
        ("nested", {"a": "1", "b": ["x", "y"]}),
    ]
    ((_, record),) = note.of_kind("extra")
    assert record.values == note.extra


def test_sections_begin_at_all_headings():
    note = parse(NOTE)
    assert [(r.get("order"), r.get("level"), r.get("heading"), r.get("text")) for _, r in note.of_kind("section")] == [
        (0, 0, "", "Before any heading."),
        (1, 3, "First", "**RL**（Reinforcement Learning: 强化学习） works."),
        (2, 2, "Second", "Text."),
    ]
    assert [annotation.values["term"] for annotation in note.annotations] == ["RL"]


def test_section_ends_at_next_heading():
    note = parse(NOTE)
    _, first, _ = (record for _, record in note.of_kind("section"))
    assert note.text[first.begin : first.end].startswith("### First\n")
    assert note.text[first.end :].startswith("## Second")


def test_groups_have_codecs_of_their_lists():
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
def test_code_folds_and_comments_have_no_headings(heading):
    note = parse(f"---\n---\n### yes\n\n{heading}\n")
    assert [record.get("heading") for _, record in note.of_kind("section")] == ["yes"]


def test_empty_body_has_no_section():
    assert [record.kind for record in parse("---\ntitle: x\n---\n\n \n").records] == ["episode"]


def test_section_without_text_can_be_filled():
    note = parse("---\n---\n### a\n\n### b\n### c\n")
    assert [record.values for _, record in note.of_kind("section")] == [
        {"heading": "a", "text": ""},
        {"heading": "b"},
        {"heading": "c"},
    ]
    assert [record.get("text") for _, record in note.of_kind("section")] == ["", "", ""]


@pytest.mark.parametrize("before", ["", "\ufeff"])
def test_first_heading_is_title_without_header(before):
    note = parse(before + "# The title #\n\nText.\n\n# Part\n\nMore.\n")
    assert note.episode.values == {"title": "The title"}
    assert [(record.get("heading"), record.get("text")) for _, record in note.of_kind("section")] == [
        ("", "Text."),
        ("Part", "More."),
    ]


def test_title_key_leaves_headings_unchanged():
    note = header("title: x") and parse("---\ntitle: x\n---\n# Part\n")
    assert note.episode.get("title") == "x"
    assert [record.get("heading") for _, record in note.of_kind("section")] == ["Part"]


def test_first_heading_of_other_level_stays():
    assert "title" not in parse("## Part\n\n# Later\n").episode.values


@pytest.mark.parametrize("text", ["---\n---\n", "\ufeff---\ntitle: x\n---\n", "----\ntitle: x\n----\nText"])
def test_fence_is_detected(text):
    assert front_matter.detect(text)
    assert [record for _, record in parse(text).of_kind("section")] == [
        record for record in parse(text).records if record.kind == "section"
    ]


@pytest.mark.parametrize("text", ["", "# T\n", "\n---\nWords.\n---\n", "--- a\n", "-- \n"])
def test_text_without_fence_is_still_read(text):
    assert not front_matter.detect(text)
    parse(text)


def test_quoted_and_capitalised_keys_are_read():
    note = header('"title": "x"', '"tags": ["a"]', "Series: deep")
    assert note.episode.values == {"title": "x", "series": "deep"}
    assert listed(note, "tag") == [("", "a")]


def test_flow_mapping_is_read():
    note = header('{"title": "x", "tags": ["a", "b"], "draft": true}')
    assert (note.episode.get("title"), listed(note, "tag"), note.extra) == (
        "x",
        [("", "a"), ("", "b")],
        {"draft": "true"},
    )


def test_exact_key_precedes_capitalised_one():
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
def test_only_guests_are_separated_at_commas(line, labels):
    assert [label for _, label in listed(header(line), "appearance")] == labels


# --- odd values are read with a remark


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
def test_odd_value_is_read_with_remark(line, remark):
    assert remarks(header(line)) == {remark}


@pytest.mark.parametrize("date", ["'2025-03-25'", "2025-03-25", "2025-03-25T10:00:00", "''", "null", ""])
def test_usual_dates_have_no_remark(date):
    assert remarks(header(f"date: {date}")) == set()


def test_first_of_repeated_keys_counts():
    note = header("title: a", "title: b", "title: c", "tags: [x]", "tags: [y]", "layout: l", "layout: m")
    assert note.episode.get("title") == "a"
    assert listed(note, "tag") == [("", "x")]
    assert note.extra == {"title (2)": "b", "title (3)": "c", "tags (2)": ["y"], "layout": "l", "layout (2)": "m"}


def test_empty_items_are_not_records():
    assert listed(header("people:", "- ''", "- Ann", "-", "- '  '"), "mention") == [("people", "Ann")]


def test_item_with_unquoted_colon_is_text():
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
def test_unreadable_file_is_refused_with_remedy(text, line, remedy):
    with pytest.raises(NoteError) as refusal:
        front_matter.parse(text)
    assert refusal.value.line == line
    assert remedy in refusal.value.remedy


def test_nested_aliases_are_refused_unexpanded():
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    with pytest.raises(NoteError, match="alias"):
        front_matter.parse("\n".join(["---", *lines, "---", ""]))


def test_refusal_is_one_line():
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


def assert_annotations_read_alone(note: ParsedNote) -> None:
    for annotation in note.annotations:
        assert prose.read(annotation.kind, note.text[annotation.begin : annotation.end]) == annotation.values


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


# --- seeds, field by field


@pytest.mark.parametrize("number", [0, 2, 3])
def test_all_fields_of_seed_are_read(number):
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
def test_headings_and_glosses_of_seed_are_read(number):
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
def test_laws_hold_for_seed(number):
    text, _ = seed(number)
    note = parse(text)
    for index, record in note.of_kind("mention", "tag"):
        assert_cut(front_matter, note, index)
        assert_writable(front_matter, note, index, "name", f"{record.get('name')}: 'new', # one")
    for field in ("title", "summary", "insight", "series"):
        assert_writable(front_matter, note, 0, field, 'new: "one"\nand two')
    for group, kind in (("people", "mention"), ("companies", "mention"), ("tags", "tag")):
        inserted(front_matter, note, kind, group, {"name": "- new: one"})


def test_header_of_marks_takes_linear_time():
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
