"""Rendering takes linear time for any text."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from episodes.rendering import plain, render
from episodes.rendering.highlight import mark
from episodes.rendering.html_to_markdown import to_markdown
from episodes.rendering.long_paragraphs import (
    MARKS,
    MAX_WORK,
    PIECE,
    marks_in,
    pieces_of,
)
from episodes.rendering.outline_list import as_list
from episodes.rendering.page import Page
from episodes.rendering.soft_breaks import unwrapped
from tests.linear import grows_linearly

# Each took quadratic time once, or resembles one that did.
MARKED = ["\\", "\\*", "&amp;", "&a;", "**（", "$\\a$ ", "|-", "==a "]
BLOCKS = ["> ```a\n", "1) a\n1. b\n", "1、a\n", '<a b="', "中\n", "a\\\n"]
ALPHABET = [
    *"\\*_`[]()<>&$|~=!#{}:；：（）【】\"' \n\t-+.、0a中",
    *("**", "](", "<a ", "<b>", "</b>", "&amp;", "```", "> ", "- ", "1. ", "<details>", "<summary>", "</details>"),
    *("<!--", "http://", "\n\n", '="', "**a**: ", "（E: "),
]


@pytest.mark.parametrize("piece", MARKED + BLOCKS)
def test_time_grows_with_the_length(piece):
    assert grows_linearly(render, piece)


@pytest.mark.parametrize("piece", ["`", "~~", "```\n", "- a\n", "│ ", "\n- "])
def test_time_of_outline_grows_with_length(piece):
    assert grows_linearly(as_list, piece)


@pytest.mark.parametrize("piece", ["&", "<b>a</b> ", "a`b` ", "中\n", "**a** "])
def test_time_of_html_processing_grows_with_length(piece):
    html = render(piece * 4)
    for made in (to_markdown, lambda html: Page().add_section(html), lambda html: mark(html, ["ab", "a&b"])):
        assert grows_linearly(made, html)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=6).map("".join))
def test_time_grows_linearly_for_random_text(piece):
    assert grows_linearly(render, piece, 6_000)


def test_measurement_distinguishes_quadratic_from_linear():
    """The measurement detects a function that copies everything for each character, not one that copies once."""
    assert not grows_linearly(lambda text: sum(text.count("c") for _ in text[::4]), "ab", 25_000)
    assert grows_linearly(lambda text: [ord(character) for character in text * 20], "ab")


class TestPieces:
    @settings(deadline=None)
    @given(st.lists(st.sampled_from([*ALPHABET, "\x02wzxhzdk:1\x03", "\\\\\\"])).map("".join), st.integers(1, 400))
    def test_pieces_join_to_the_text(self, piece, times):
        text = piece * times
        pieces = list(pieces_of(text))
        assert "".join(pieces) == text
        assert all(0 < len(each) <= PIECE for each in pieces) or not text

    def test_pieces_keep_escapes_and_placeholders_whole(self):
        for text in ("\\" * 9_001, "\\*" * 5_000, "a\x02wzxhzdk:1\x03" * 1_000):
            for piece in list(pieces_of(text))[:-1]:
                assert (len(piece) - len(piece.rstrip("\\"))) % 2 == 0
                assert piece.count("\x02") == piece.count("\x03")

    def test_paragraph_of_marks_is_complete(self):
        words = [f"word{number}" for number in range(6_000)]
        text = " ".join(f"\\*{word}\\_ **{word}**" for word in words)
        assert marks_in(text) * len(text) > MAX_WORK
        html = render(text)
        assert html.count("<p>") == html.count("</p>") == 1
        assert re.sub(r"<[^>]*>", "", html).split() == [part for word in words for part in (f"*{word}_", word)]
        assert plain(text).split() == [part for word in words for part in (f"*{word}_", word)]

    def test_list_under_long_item_keeps_place(self):
        html = render(f"- {'**a** ' * 9_000}\n    - under\n- next")
        assert html.count("<ul>") == 2
        assert html.endswith("under</li>\n</ul>\n</li>\n<li>next</li>\n</ul>")

    def test_every_mark_of_a_pattern_counts(self):
        assert set("\\*_[<&$~") < set(MARKS)


@settings(deadline=None)
@given(st.text(alphabet="中文，“a1 \t\n", max_size=40))
def test_plain_text_loses_only_line_breaks(text):
    assert re.sub(r"\s", "", unwrapped(text)) == re.sub(r"\s", "", text)
    assert unwrapped(unwrapped(text)) == unwrapped(text)
