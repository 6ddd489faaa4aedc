"""Difference of two texts, word by word."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.bases.text_diff import (
    DELETE,
    EQUAL,
    INSERT,
    SKIP,
    Piece,
    collapse_unchanged,
    diff,
)
from tests.linear import grows_linearly

SHORT = {EQUAL: "=", DELETE: "-", INSERT: "+", SKIP: "…"}


def marked(old, new):
    return " ".join(f"{SHORT[op]}[{text}]" for op, text in diff(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("same", "same", "=[same]"),
        ("", "new", "+[new]"),
        ("old", "", "-[old]"),
        ("The engine weaves.", "The machine weaves.", "=[The ] -[engine] +[machine] =[ weaves.]"),
        # Two adjacent words are one change.
        ("a big engine here", "a small loom here", "=[a ] -[big engine] +[small loom] =[ here]"),
        ("It's 1.5 now", "It's 1.6 now", "=[It's ] -[1.5] +[1.6] =[ now]"),
        ("我们认为人工智能会来。", "我们认为机器智能会来。", "=[我们认为] -[人工] +[机器] =[智能会来。]"),
        ("他说的很好。", "她说得很好。", "-[他说的] +[她说得] =[很好。]"),
        ("第一句。", "第一句。再来一句。", "=[第一句。] +[再来一句。]"),
        ("用 Python 写", "用 Rust 写", "=[用 ] -[Python] +[Rust] =[ 写]"),
        ("用Python写", "用Rust写", "=[用] -[Python] +[Rust] =[写]"),
        # Marks stay with their word; next to Chinese they are words themselves.
        ("a **bold** word", "a bold word", "=[a ] -[**bold**] +[bold] =[ word]"),
        ("**强化学习**是", "强化学习是", "-[**] =[强化学习] -[**] =[是]"),
        ("one\ntwo\nthree\n", "one\n2\nthree\n", "=[one\n] -[two] +[2] =[\nthree\n]"),
        ("one\r\ntwo", "one\ntwo", "=[one] -[\r\n] +[\n] =[two]"),
    ],
)
def test_changes_are_marked_by_word(old, new, expected):
    assert marked(old, new) == expected


TEXT = st.text(alphabet=st.sampled_from("ab的是学 \n\r\t。，.*_#`’-é👩\u0300"), max_size=60) | st.text(max_size=40)


@given(TEXT, TEXT)
def test_pieces_join_to_both_texts(old, new):
    pieces = diff(old, new)
    assert "".join(text for op, text in pieces if op != INSERT) == old
    assert "".join(text for op, text in pieces if op != DELETE) == new
    assert all(text for _op, text in pieces)
    # No two adjacent pieces are of one kind.
    assert all(a.op != b.op for a, b in itertools.pairwise(pieces))


@given(TEXT)
def test_text_does_not_differ_from_itself(text):
    assert diff(text, text) == ([Piece(EQUAL, text)] if text else [])


@given(TEXT, TEXT, TEXT)
def test_collapsed_text_is_unchanged(old, new, around):
    pieces = diff(old + around * 5 + old, new + around * 5 + new)
    shown = collapse_unchanged(pieces, 10)
    assert [piece for piece in shown if piece.op in (DELETE, INSERT)] == [
        piece for piece in pieces if piece.op in (DELETE, INSERT)
    ]
    assert all(len(text) <= 20 for op, text in shown if op == EQUAL)


def test_long_unchanged_text_keeps_its_ends():
    pieces = [Piece(EQUAL, "a" * 100), Piece(DELETE, "x"), Piece(EQUAL, "b" * 30 + "c" * 30), Piece(INSERT, "y")]
    assert collapse_unchanged([*pieces, Piece(EQUAL, "d" * 100)], 10) == [
        Piece(SKIP, "…"), Piece(EQUAL, "a" * 10), Piece(DELETE, "x"),
        Piece(EQUAL, "b" * 10), Piece(SKIP, "…"), Piece(EQUAL, "c" * 10),
        Piece(INSERT, "y"), Piece(EQUAL, "d" * 10), Piece(SKIP, "…"),
    ]  # fmt: skip


WORDS = [f"word{i}" for i in range(997)]
LINES = [" ".join(WORDS[(i * 7 + j * 13) % 997] for j in range(12)) + f" {i}." for i in range(10_000)]
MEGABYTES = {
    "every other line": ("\n".join(LINES), "\n".join(line if i % 2 else f"x{line}" for i, line in enumerate(LINES))),
    "one line": (" ".join(LINES), " ".join(line if i % 2 else f"x{line}" for i, line in enumerate(LINES))),
    "one letter": ("a" * 1_000_000, "a" * 999_999 + "b"),
    "two words": ("a b " * 250_000, "b c " * 250_000),
    "empty lines": ("\n" * 1_000_000, "\n" * 999_000 + "x"),
    "Chinese without a stop": ("的是学习" * 250_000, "的是学问" * 250_000),
}


@pytest.mark.parametrize("case", MEGABYTES)
def test_diff_of_a_megabyte_takes_seconds(case):
    old, new = MEGABYTES[case]
    begun = time.process_time()
    pieces = diff(old, new)
    # Measured at 0.1 to 0.8 s; a quadratic algorithm takes hours.
    assert time.process_time() - begun < 10
    assert "".join(text for op, text in pieces if op != INSERT) == old


@pytest.mark.parametrize("piece", [".", "?!", "。", ". ", "a.", "*", "- "])
def test_time_grows_with_the_length(piece):
    assert grows_linearly(lambda text: diff(text, f"b{text[::-1]}"), piece, 10_000)
