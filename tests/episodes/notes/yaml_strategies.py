"""Hypothesis strategies for YAML scalars in all styles, and notes that contain one in their front matter."""

from __future__ import annotations

from hypothesis import strategies as st

from episodes.notes.dialects.front_matter.insertion import KNOWN

# One escape of each kind in YAML 1.1; the last ones are characters that columns or JSON refuse or change.
ESCAPES = (
    *(r"\0", r"\a", r"\b", r"\t", r"\n", r"\v", r"\f", r"\r", r"\e", r"\ ", r"\"", r"\/", r"\\"),
    *(r"\N", r"\_", r"\L", r"\P", r"\x00", r"\x41", r"\x85", r"\u0000", r"\u4e2d", r"\u2028", r"\ufeff", r"\ufffd"),
    *(r"\ufffe", r"\U00000000", r"\U0001f600", r"\U0010ffff", r"\ud800", "\\\n  "),
)
PIECES = (
    *(
        "a",
        "中文",
        "😀",
        "é",
        "e\u0301",
        "ﬁ",
        "İ",
        "ß",
        "A",
        "null",
        "~",
        "no",
        "0",
        "12:30",
        "2025-03-25",
        "-",
        "x" * 310,
    ),
    *(" ", "  ", "\t", "\u3000", "\u00a0", "\u200b", "\u2028", "\x85", "\ufeff", "\x07", "\x7f", "\ufffd"),
    *(
        ",",
        "，",
        "、",
        ":",
        ": ",
        "#",
        " #",
        "'",
        "[",
        "]",
        "[]",
        "{",
        "}",
        "&",
        "*",
        "!",
        "|",
        ">",
        "%",
        "@",
        "`",
        "\\",
    ),
)
OTHER_KEYS = ("unknown", "Series", "TAGS", '"a\\0b"', "'quoted key'", "? long", "中文", "x" * 60)

pieces = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
chunks = st.lists(st.one_of(st.sampled_from(PIECES), st.sampled_from(["\n  ", "\n\n  "])), max_size=6).map("".join)
plain = st.one_of(pieces, chunks)
single = chunks.map(lambda text: "'" + text.replace("'", "''") + "'")
double = st.lists(st.one_of(st.sampled_from(ESCAPES), st.sampled_from(PIECES), st.just("\n  ")), max_size=6).map(
    lambda parts: '"' + "".join(part.replace('"', '\\"') if part == '"' else part for part in parts) + '"'
)


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """Draw a literal or folded scalar: all chomping and indentation indicators, in both orders, with or without
    comment.
    """
    chomp, indent = draw(st.sampled_from(["", "-", "+"])), draw(st.sampled_from(["", "1", "2", "3", "9"]))
    indicators = draw(st.sampled_from([chomp + indent, indent + chomp]))
    depth = int(indent or draw(st.sampled_from([1, 2, 4])))
    lines = draw(st.lists(st.one_of(pieces, st.just(""), st.just("  more"), st.just("\tx")), max_size=4))
    written = ["" if not line else " " * depth + line for line in lines]
    comment = draw(st.sampled_from(["", "", " # why", "  "]))
    return "\n".join([draw(st.sampled_from("|>")) + indicators + comment, *written]) + "\n" * draw(st.integers(0, 2))


tags = st.sampled_from(["!!str ", "!!int ", "!odd ", "! "])
quoted = st.one_of(single, double)
flow = st.lists(st.one_of(quoted, pieces), max_size=3).map(lambda parts: "[" + ", ".join(parts) + "]")
mappings = st.lists(st.tuples(quoted, quoted), max_size=2).map(
    lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
)
one_line = st.one_of(plain, single, double, st.builds("{}{}".format, tags, quoted))
scalars = st.one_of(one_line, blocks())
values = st.one_of(scalars, scalars, flow, mappings)


@st.composite
def notes_with_a_value(draw: st.DrawFn) -> str:
    """Draw a note whose front matter has one odd value, in a known or unknown field."""
    key = draw(st.one_of(st.sampled_from(sorted(KNOWN)), st.sampled_from(OTHER_KEYS)))
    shape = draw(st.sampled_from(["value", "value", "block", "indented", "flow", "twice", "key twice"]))
    if shape == "value":
        header = f"{key}: {draw(values)}"
    elif shape == "flow":
        header = f"{key}: [{draw(st.one_of(quoted, pieces))}, {draw(st.one_of(quoted, pieces))}]"
    elif shape == "twice":
        same = draw(one_line)
        header = f"{key}:\n- {same}\n- {same}"
    elif shape == "key twice":
        header = f"{key}: {draw(one_line)}\n{key}: {draw(one_line)}"
    else:
        dash = "- " if shape == "block" else "  - "
        header = f"{key}:\n" + "\n".join(dash + draw(values) for _ in range(draw(st.integers(1, 3))))
    comment = draw(st.sampled_from(["", "", " # said", "  "]))
    before, after = draw(st.sampled_from([("", ""), ("draft: true\n", ""), ("", "after: x\n"), ("", "title: Last\n")]))
    note = f"---\n{before}{header}{comment}\n{after}---\n\nText.\n"
    return note.replace("\n", draw(st.sampled_from(["\n", "\n", "\n", "\r\n"])))
