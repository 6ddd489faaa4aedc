"""Names and terms marked in HTML that is safe already."""

from hypothesis import given
from hypothesis import strategies as st

from episodes.rendering import render
from episodes.rendering.highlight import mark


def test_names_and_terms_are_marked_the_longer_first():
    html = mark(render("**Ada Lovelace** and Ada know RL."), ["Ada", "Ada Lovelace"], ["RL"])
    assert html == (
        '<p><b><mark class="name">Ada Lovelace</mark></b> and <mark class="name">Ada</mark> know '
        '<mark class="term">RL</mark>.</p>'
    )


def test_a_latin_name_is_whole_and_a_chinese_one_stands_in_its_sentence():
    assert "mark" not in mark(render("Adam, Ada2"), ["Ada"])
    assert mark(render("和姚顺宇谈"), ["姚顺宇"]) == '<p>和<mark class="name">姚顺宇</mark>谈</p>'


def test_a_name_with_an_ampersand_is_found():
    assert mark(render("AT&T rang."), ["AT&T"]) == '<p><mark class="name">AT&amp;T</mark> rang.</p>'


def test_nothing_is_marked_in_code_in_links_or_in_attributes():
    html = render("`Ada` [Ada](https://example.org/Ada)")
    assert mark(html, ["Ada", "example", "code", "href"]) == html


def test_without_names_nothing_changes():
    html = render("Words.")
    assert mark(html, []) is html


@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=8), max_size=5))
def test_without_its_marks_the_html_is_what_it_was(text, names):
    html = render(text)
    marked = mark(html, names)
    bare = marked.replace('<mark class="name">', "").replace("</mark>", "")
    # The page's own marks are allowed in notes; there both lose them.
    assert bare == html.replace("</mark>", "")
