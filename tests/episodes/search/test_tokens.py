"""The tokenizer: what a text and a query have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.search.tokens import LONGEST, Phrase, normalise, pattern, phrase, tokens

LETTERS = "人工智能体系的链AIaiｒag 。，《》—-1２ßé繁體后後\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("可解释性", "可解 解释 释性 性"),
        ("链", "链"),
        ("GPT-4o", "gpt 4o"),
        ("ＡＩ　安全", "ai 安全 全"),
        ("《人工》智能", "人工 工 智能 能"),
        ("OpenAI发布GPT", "openai 发布 布 gpt"),
        ("可解釋性", "可解 解释 释性 性"),
        ("乾杯、後來", "干杯 杯 后来 来"),
        ("snake_case", "snake case"),
        ("Straße", "strasse"),
        ("カタカナ", "カタ タカ カナ ナ"),
        ("…！", ""),
        ("", ""),
    ],
)
def test_tokens_of_text(text, expected):
    assert " ".join(tokens(text)) == expected


def test_long_token_is_cut():
    assert tokens("a" * 5_000) == ["a" * LONGEST]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("可解释性", Phrase(("可解", "解释", "释性"))),
        ("链", Phrase(("链",), prefix=True)),
        ("AI链", Phrase(("ai", "链"), prefix=True)),
        ("区块链AI", Phrase(("区块", "块链", "链", "ai"))),
        ("machine learning", Phrase(("machine", "learning"))),
        ("甲。甲", Phrase(("甲", "甲"), prefix=True)),
        ("，。", None),
    ],
)
def test_phrase_of_query(text, expected):
    assert phrase(text) == expected


def holds(text: str, query: str) -> bool:
    """Return whether the tokens of a text hold a phrase, by definition."""
    wanted, have = phrase(query), tokens(text)
    assert wanted is not None
    size = len(wanted.tokens)
    for at in range(len(have) - size + 1):
        piece = tuple(have[at : at + size])
        last = piece[-1].startswith(wanted.tokens[-1]) if wanted.prefix else piece[-1] == wanted.tokens[-1]
        if piece[:-1] == wanted.tokens[:-1] and last:
            return True
    return False


@given(st.text("人工智能体", max_size=30), st.text("人工智能体", min_size=1, max_size=4))
def test_chinese_phrase_is_containment(text, query):
    assert holds(text, query) == (query in text)


@given(st.text(LETTERS, max_size=40), st.text(LETTERS, min_size=1, max_size=8))
def test_pattern_finds_what_tokens_hold(text, query):
    if (wanted := phrase(query)) is not None and holds(text, query):
        assert pattern(wanted).search(normalise(text))


@given(st.text(max_size=60))
def test_tokens_survive_normalising_twice(text):
    assert tokens(normalise(text)) == tokens(text)


@given(st.text(max_size=60))
def test_text_holds_itself(text):
    if phrase(text) is not None:
        assert holds(text, text)
