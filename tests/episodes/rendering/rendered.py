"""Rendered HTML for tests: shorthands, the check that it is safe, and a strategy for any text."""

import re
from html.parser import HTMLParser

from hypothesis import strategies as st

from episodes.rendering import render
from episodes.rendering.sanitiser import ATTRIBUTES, MATHML_TAGS, TEXT_TAGS

ALLOWED = TEXT_TAGS | MATHML_TAGS
# Tags of the sanitiser's output, and the constant tags added to it.
CLASSES_OF = {
    "p": {"english-text", "turn"},
    "b": {"speaker", "term"},
    "span": {"colon", "gloss", "explanation"},
    "details": {"original"},
    "code": set(),
}


def one_line(html):
    """Return HTML without line breaks between tags, which Markdown chooses."""
    return re.sub(r">\n+<", "><", html).strip()


def html_of(*lines):
    return one_line(render("\n".join(lines)))


class Inventory(HTMLParser):
    """Every tag and attribute of a page, as a browser would parse them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def assert_safe(html):
    inventory = Inventory(html)
    assert inventory.tags <= ALLOWED
    for tag, name, value in inventory.attributes:
        assert name in ATTRIBUTES.get(tag, set()) | ATTRIBUTES["*"] | ({"rel"} if tag == "a" else set())
        if name == "href":
            assert value.lower().startswith(("http:", "https:", "mailto:"))
        if name == "id":
            assert value.startswith("h-")
        if name == "class":
            assert set(value.split()) <= CLASSES_OF[tag] or (tag == "code" and value.startswith("language-"))


# Elements of Markdown, HTML, notes and this renderer's own placeholders.
PIECES = re.split(
    r"\s+",
    r"""<details> <summary> </summary> </details> <p> </p> <script> </script> <b> </b> <img src=x onerror=x > <!-- -->
    <style> <a href=javascript:x ``` ` ** * _ [ ]( ) ! $ \ # >> - 1. | |- : ： & &lt; &#60; <svg/onload=x> <math> x
    字 ~~ --- <iframe " ' = / <br> </sup> <sub> http://a.b id=x class=turn wzxhzdk:0 klzzwxh:0000""",
)
CHARACTERS = [" ", "    ", "\n", "\n\n", "\ud800", "\x00", "\x02", "\x03"]
ANY_TEXT = st.text(max_size=120) | st.lists(st.sampled_from(PIECES + CHARACTERS), max_size=40).map("".join)
