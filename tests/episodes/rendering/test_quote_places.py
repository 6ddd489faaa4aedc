"""Places of quotes marked in the text."""

import re

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from episodes.rendering import render
from episodes.rendering.quote_places import mark_places


def placed(html: str, **said: str) -> str:
    return str(mark_places(SafeString(html), said)[0])


@pytest.mark.parametrize(
    ("html", "words", "expected"),
    [
        (
            "<p>Before. Machines will think. After.</p>",
            "Machines will think.",
            '<p>Before. <mark class="said" id="at-q1">Machines will think.</mark> After.</p>',
        ),
        (
            "<p>By <b>Ada</b>: it weaves &amp; counts.</p>",
            "Ada: it weaves & counts.",
            '<p>By <b><mark class="said" id="at-q1">Ada</mark></b>'
            '<mark class="said">: it weaves &amp; counts.</mark></p>',
        ),
        (
            "<p>机器会思考，他说。</p><p>机器会思考，他说。</p>",
            "机器会思考，他说。",
            '<p><mark class="said" id="at-q1">机器会思考，他说。</mark></p><p>机器会思考，他说。</p>',
        ),
    ],
)
def test_first_place_is_marked_across_inline_tags(html: str, words: str, expected: str) -> None:
    assert placed(html, **{"at-q1": words}) == expected


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>Machines will</p><p> think.</p>", "Machines will think."),
        ("<p>Too few.</p>", "few."),
        ("<p><code>Machines will think.</code></p>", "Machines will think."),
        ('<p><a href="https://example.org/machines">It</a></p>', "https://example.org/machines"),
        ("<p>Machines may think.</p>", "Machines will think."),
    ],
)
def test_missing_words_change_nothing(html: str, words: str) -> None:
    assert mark_places(SafeString(html), {"at-q1": words}) == (html, set())


def test_first_of_overlapping_places_wins() -> None:
    html, found = mark_places(
        SafeString("<p>Machines will think of us.</p>"), {"a": "Machines will think", "b": "think of us."}
    )
    assert found == {"a"}
    assert html.count("<mark") == html.count("</mark>") == 1


@given(st.text(alphabet="ab *<&机器。\n", max_size=120), st.integers(0, 60), st.integers(8, 40))
def test_marking_keeps_text_and_tags(text: str, begin: int, length: int) -> None:
    html = render(text)
    words = re.sub(r"<[^>]*>", "", html)[begin : begin + length].replace("&lt;", "<").replace("&amp;", "&")
    after, _found = mark_places(html, {"at-q1": words})
    assert re.sub(r"</?mark[^>]*>", "", after) == html
