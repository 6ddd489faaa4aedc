"""Dialect 1, front matter and Markdown: reading and refusals."""

from __future__ import annotations

import contextlib
import time

import pytest

from episodes.notes.dialects import front_matter
from episodes.notes.parsed import NoteError
from tests.episodes.notes.dialect_laws import (
    assert_cut,
    assert_read_completely,
    assert_writable,
    inserted,
    seed,
)
from tests.episodes.notes.front_matter_sample import NOTE, assert_annotations_read_alone, header, listed, parse, remarks

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
