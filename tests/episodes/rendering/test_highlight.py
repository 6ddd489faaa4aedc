"""Names and terms highlighted in HTML that is safe already."""

from hypothesis import given
from hypothesis import strategies as st

from episodes.rendering import render
from episodes.rendering.highlight import mark


def test_longer_names_take_precedence():
    html = mark(render("**Ada Lovelace** and Ada know RL."), ["Ada", "Ada Lovelace"], ["RL"])
    assert html == (
        '<p><b><mark class="name">Ada Lovelace</mark></b> and <mark class="name">Ada</mark> know '
        '<mark class="term">RL</mark>.</p>'
    )


def test_latin_names_match_whole_words():
    assert "mark" not in mark(render("Adam, Ada2"), ["Ada"])
    assert mark(render("和姚顺宇谈"), ["姚顺宇"]) == '<p>和<mark class="name">姚顺宇</mark>谈</p>'


def test_name_with_ampersand_is_found():
    assert mark(render("AT&T rang."), ["AT&T"]) == '<p><mark class="name">AT&amp;T</mark> rang.</p>'


def test_code_links_and_attributes_are_unmarked():
    html = render("`Ada` [Ada](https://example.org/Ada)")
    assert mark(html, ["Ada", "example", "code", "href"]) == html


def test_without_names_nothing_changes():
    html = render("Words.")
    assert mark(html, []) is html


@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=8), max_size=5))
def test_html_without_marks_is_unchanged(text, names):
    html = render(text)
    marked = mark(html, names)
    bare = marked.replace('<mark class="name">', "").replace("</mark>", "")
    # Notes may contain marks of their own; both sides lose them here.
    assert bare == html.replace("</mark>", "")
