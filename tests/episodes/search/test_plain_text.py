"""Markdown as search reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.search.plain_text import LONGEST, passages, plain
from episodes.search.tokens import tokens


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("可**解释**性", "可解释性"),
        ("a *b* `c` ~~d~~ __e__ snake_case 2*3", "a b c d e snake_case 2*3"),
        ("[words](https://x.com/secret 'a')", "[words](https://x.com/secret 'a')"),
        ("[words](https://x.com/secret)", "words"),
        ('![alt](/a_(b).png "title")', "alt"),
        ("# Heading\ntext", "Heading\ntext"),
        ("人工\n智能", "人工智能"),
        ("> quoted\n> more", "quoted\nmore"),
        ("- one\n- two", "one\ntwo"),
        ("<details><summary>English</summary>\n\nwords\n\n</details>", "English\n\nwords"),
        ("a <b>c</b>d <think> e", "a cd <think> e"),
        ("a &amp; b", "a & b"),
        ("one<!-- hidden -->", "one"),
        ("a | b\n--- | ---\nc | d", "a | b\n\nc | d"),
        ("", ""),
    ],
)
def test_markdown_becomes_plain(markdown, expected):
    assert plain(markdown) == expected


def test_headings_begin_passages():
    long = "词" * 2_000
    assert list(passages(f"# One\n\n{long}\n\n# Two\n\n{long}\n\nend")) == [f"One\n\n{long}", f"Two\n\n{long}\n\nend"]


def test_long_paragraph_is_cut_at_sentences():
    sentence = "词" * 99 + "。"
    pieces = list(passages(sentence * 100))
    assert {len(piece) for piece in pieces} == {LONGEST, 2_000}
    assert {piece[-1] for piece in pieces} == {"。"}


def test_cut_without_sentences_overlaps():
    pieces = list(passages("词" * 3_990 + "可解释性" + "词" * 3_000))
    assert [("可解释性" in piece) for piece in pieces] == [True, True]


@given(
    st.lists(st.sampled_from(["# H\n", "words here. ", "\n\n", "可解释性。", "**b**", "`c`", "a" * 700, "词" * 3_000]))
)
def test_passages_hold_every_token(pieces):
    text = "".join(pieces)
    held = list(passages(text))
    assert all(0 < len(piece) <= LONGEST for piece in held)
    assert {token for piece in held for token in tokens(piece)} >= set(tokens(plain(text)))
