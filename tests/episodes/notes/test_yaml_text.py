"""YAML read as text, and written so that any other reader gets the same text."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from episodes.notes import yaml_text

texts = st.text(st.characters(codec="utf-8")).filter(lambda text: not yaml_text.UNREADABLE.search(text))
ODD = [
    "no",
    "12:30",
    "null",
    "~",
    "",
    " ",
    "[]",
    "a: b",
    "a, b",
    "#x",
    "a #b",
    "- a",
    "---",
    "...",
    "it's",
    '"q"',
    "\\",
    "a\nb",
]
ODD += [
    "😀",
    "《x》",
    "@x",
    "%x",
    "!x",
    "! x",
    "&a",
    "*a",
    "?",
    ": ",
    "{",
    "|",
    "0x1f",
    "2025-01-01",
    "\t",
    "=",
    "a\u2028b",
    "\x07",
    "\ufeff",
]


@pytest.mark.parametrize("raw", ["no", "12:30", "2025-13-45", "0x1f", "1e3", "---", "..."])
def test_scalar_is_always_text(raw):
    assert yaml_text.read_scalar(raw) == raw


@pytest.mark.parametrize("raw", ["", "~", "null", "Null", "NULL", " # nothing"])
def test_null_is_none(raw):
    assert yaml_text.read_scalar(raw) is None


@pytest.mark.parametrize("raw", ["''", '""'])
def test_empty_string_is_not_null(raw):
    assert yaml_text.read_scalar(raw) == ""


@pytest.mark.parametrize(
    ("raw", "text"), [("a: b", "a: b"), ("[a,\n b]", "[a, b]"), ("a: b: c", "a: b: c"), ("- a\n- b", "- a - b")]
)
def test_other_node_reads_as_source(raw, text):
    assert yaml_text.read_scalar(raw) == text


@pytest.mark.parametrize(
    ("raw", "members"),
    [
        ("[a, 'b, c']", ["a", "b, c"]),
        ("\n- a\n- b", ["a", "b"]),
        ("one, two", ["one, two"]),
        ("'[]'", []),
        ("''", []),
        ("null", []),
        ("", []),
        ("['', a, null, ' ']", ["a"]),
        ("[a: b, {c: d}]", ["a: b", "{c: d}"]),
    ],
)
def test_list_is_read_in_all_styles(raw, members):
    assert yaml_text.read_list(raw) == members


def test_other_keys_become_text():
    assert yaml_text.read_any("? [a, b]\n: c") == {"['a', 'b']": "c"}


@pytest.mark.parametrize("raw", ["a\x07b", "a\x00b", "a\ufeffb", "a\x85b", "a\u2028b", "a\ud800b", "a\uffffb"])
def test_invalid_characters_are_replaced(raw):
    assert len(yaml_text.readable(raw)) == len(raw)
    assert len(yaml_text.read_scalar(raw)) == len(raw)


@pytest.mark.parametrize("opening", ["[", "- ", "{a: ", "? ", "- ? "])
@pytest.mark.parametrize("depth", [21, 200_000])
def test_deep_nesting_is_refused_before_composing(opening, depth):
    with pytest.raises(yaml.YAMLError, match="nested deeper"):
        yaml_text.compose(opening * depth)


def test_twenty_levels_are_read():
    assert yaml_text.compose("[" * 20 + "]" * 20) is not None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: &x 1", 0),
        ("a: 1\nb: *x", 1),
        ("a: [*x]", 0),
        ("a: 本**粗**体", None),
        ("a: 'b & c *d*'", None),
        ("a: https://x.y/?b&c", None),
    ],
)
def test_only_anchors_and_aliases_are_found(text, line):
    assert yaml_text.has_alias(text) == line


def test_end_of_block_list_is_last_item():
    text = "t: 😀\r\nl:\r\n- 中\r\n- b # c\r\n# d\r\nm:\r\n  n: o\r\n"
    (_, title), (_, block), (_, mapping) = yaml_text.compose(text).value
    assert text[title.start_mark.index : yaml_text.end_of(title)] == "😀"
    assert text[block.start_mark.index : yaml_text.end_of(block)] == "- 中\r\n- b"
    assert text[mapping.start_mark.index : yaml_text.end_of(mapping)] == "n: o"


@pytest.mark.parametrize("value", ODD)
def test_odd_text_is_read_back(value):
    assert_written(value)


@given(texts)
def test_any_text_is_read_back(value):
    assert_written(value)


def assert_written(value: str) -> None:
    """Assert that a value is on one line and reads the same here, with types, in block and in flow context."""
    written = yaml_text.scalar(value)
    assert "\n" not in written
    assert yaml_text.read_scalar(written) == value
    assert yaml.load(f"k: {written}\nl: 1\n", Loader=yaml.SafeLoader) == {"k": value, "l": 1}
    assert yaml.load(f"[x, {written}, y]", Loader=yaml.SafeLoader) == ["x", value, "y"]


@given(
    st.lists(texts.filter(str.strip)),
    st.sampled_from(["[]", "", "\n- a\n- b", "\n  - a", "null", "one", "\r\n- a\r\n- b"]),
)
def test_list_replaces_any_list(members, raw):
    written = yaml_text.write_list(raw, members)
    assert yaml_text.read_list(written) == members
    before = "k:" if raw[:1] in ("", "\n", "\r") else "k: "
    assert (yaml_text.read_any(before + written)["k"] or []) == members


def test_block_list_stays_one():
    assert yaml_text.write_list("\n  - a\n  - b", ["c", "d: e"]) == "\n  - c\n  - 'd: e'"
    assert yaml_text.write_list("\n- a", []) == " []"
    assert yaml_text.write_list("[a]", ["b"]) == "[b]"


@pytest.mark.parametrize(("raw", "written"), [("", " x"), ("|\n  a\n", "x\n"), ("\n  a: b", " x"), ("'a'", "x")])
def test_written_value_keeps_surrounding_space(raw, written):
    assert yaml_text.write_scalar(raw, "x") == written


def test_emoji_is_not_escaped():
    assert yaml_text.scalar("a: 😀\nb") == '"a: 😀\\nb"'
