"""Reading what somebody typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.search.query import MAX_TERMS, parse


def read(text: str) -> tuple:
    query = parse(text)
    return (
        [term.typed() for term in query.terms],
        [term.typed() for term in query.excluded],
        list(query.speakers),
        list(query.tags),
        query.years,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("人工 智能", (["人工", "智能"], [], [], [], None)),
        ("人工\u3000智能", (["人工", "智能"], [], [], [], None)),
        ('"large model" x', (['"large model"', "x"], [], [], [], None)),
        ("“大 模型”", (['"大 模型"'], [], [], [], None)),
        ("「模型」", (['"模型"'], [], [], [], None)),
        ("a -b", (["a"], ["b"], [], [], None)),
        ('a -"b c"', (["a"], ['"b c"'], [], [], None)),
        ("gpt-4o", (["gpt-4o"], [], [], [], None)),
        ("speaker:川普 x", (["x"], [], ["川普"], [], None)),
        ('讲者："Sam Altman"', ([], [], ["Sam Altman"], [], None)),
        ("tag:ai 标签:安全", ([], [], [], ["ai", "安全"], None)),
        ("year:2024", ([], [], [], [], (2024, 2024))),
        ("year:2025-2023 x", (["x"], [], [], [], (2023, 2025))),
        ("year:soon", (["year:soon"], [], [], [], None)),
        ("https://x.com/a", (["https://x.com/a"], [], [], [], None)),
        ("speaker:", (["speaker:"], [], [], [], None)),
        ("《》 ！", ([], [], [], [], None)),
        ("《三体》", (["《三体》"], [], [], [], None)),
        ("x x X", (["x"], [], [], [], None)),
        ("\x00", ([], [], [], [], None)),
    ],
)
def test_query_is_read(text, expected):
    assert read(text) == expected


def test_query_of_nothing_is_empty():
    assert [parse(text).is_empty for text in ("", "-x", "。", "x", "year:2024")] == [True, True, True, False, False]


@given(st.text(max_size=300))
def test_any_text_is_a_query(text):
    query = parse(text)
    assert len(query.terms) <= MAX_TERMS


@given(
    st.lists(st.sampled_from(["人", '"', "-", ":", "speaker", "year", "2024", " ", "“", "tag:", "a b"]), max_size=12)
)
def test_signs_in_any_order_are_read(pieces):
    parse("".join(pieces))
