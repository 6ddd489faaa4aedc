"""Markdown → safe HTML, and Markdown → plain text. The only place where text becomes markup.

Notes are untrusted: a stranger wrote them, or a machine made them from what strangers said. Markdown is rendered first,
and `sanitiser` reduces the result to an allow-list. `gloss_terms`, `english_runs`, `page` and `highlight` then add
nothing but constant tags around its pieces.
"""

from __future__ import annotations

from html.parser import HTMLParser

from django.utils.safestring import SafeString

from episodes.notes.visible_text import shown
from episodes.rendering.english_runs import mark_english_runs
from episodes.rendering.gloss_terms import mark_terms
from episodes.rendering.html_tags import MARK
from episodes.rendering.html_tokens import blocks_of
from episodes.rendering.markdown_extensions import to_html
from episodes.rendering.sanitiser import MATHML_TAGS, sanitise, words
from episodes.rendering.soft_breaks import join_lines, unwrapped
from episodes.rendering.tree_processors import heading_id

__all__ = ["ID_PREFIX", "RENDERER_VERSION", "heading_id", "plain", "plain_heading", "render"]

# Raise it whenever the same text renders differently: stored HTML of an older version is rendered for every request
# until `manage.py render_again` has replaced it.
RENDERER_VERSION = 3

# Separates the ids of headings from those of the page's template.
ID_PREFIX = "h-"


def render(text: str, *, id_prefix: str = ID_PREFIX) -> SafeString:
    """Return the Markdown of a section or summary as allow-listed HTML. Never raises.

    Headings start at h3; their ids are `id_prefix` and `heading_id`. Several texts on one page need different prefixes,
    each beginning with a letter and ending with a hyphen.
    """
    pieces = blocks_of(sanitise(_html(text, id_prefix)))
    mark_terms(pieces)
    join_lines(pieces)
    mark_english_runs(pieces)
    # The pieces come from the sanitiser.
    return SafeString("".join(pieces))


def plain(text: str) -> str:
    """Return Markdown as one line of text without markup, for meta descriptions, teasers and feeds.

    Folded originals are omitted. The result is text, not HTML: it may contain `<think>` if the note mentions it.
    """
    pieces = blocks_of(sanitise(_html(text, ID_PREFIX)))
    join_lines(pieces)
    reader = _TextOfHtml()
    reader.feed("".join(pieces))
    reader.close()
    return " ".join("".join(reader.pieces).split())


def plain_heading(text: str) -> str:
    """Return a heading or title as text: `1. Title`, `- x` and `#5` begin no list and no heading there."""
    return plain(f"## {' '.join(unwrapped(text).split())}")


def _html(text: str, id_prefix: str) -> str:
    # A lone surrogate cannot be encoded in UTF-8; the sanitiser and databases refuse it.
    html = to_html(shown(text).encode("utf-8", "replace").decode(), id_prefix)
    # A mark remains if Markdown made anything but a paragraph of its line, such as a table.
    return MARK.sub("", html)


class _TextOfHtml(HTMLParser):
    """Collects the text outside details. A block ends a word, an inline element does not."""

    INLINE = words("a b code del em i ins kbd mark small span strong sub sup u") | MATHML_TAGS
    # A power's digits in a row would be wrong: 10¹⁵ as 1015. Such formulas are given as LaTeX.
    TWO_DIMENSIONAL = MATHML_TAGS - words("math mrow mi mn mo ms mtext mspace mstyle mpadded")

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.folded = 0
        self.lists: list[int | None] = []
        self.formula_begin, self.latex, self.is_flat = 0, "", True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.folded += tag == "details"
        if tag == "math":
            self.formula_begin, self.latex, self.is_flat = len(self.pieces), dict(attrs).get("alttext") or "", True
        self.is_flat &= tag not in self.TWO_DIMENSIONAL
        self.separate(tag)
        if tag in ("ol", "ul"):
            self.lists.append(int(dict(attrs).get("start") or 1) if tag == "ol" else None)
        elif tag == "li":
            self.number()

    def handle_endtag(self, tag: str) -> None:
        self.folded -= tag == "details"
        if tag in ("ol", "ul"):
            self.lists.pop()
        if tag == "math" and not self.is_flat and not self.folded:
            self.pieces[self.formula_begin :] = [self.latex]
        self.separate(tag)

    def handle_data(self, data: str) -> None:
        if not self.folded:
            self.pieces.append(data)

    def number(self) -> None:
        """Write the number of a list item."""
        number = self.lists[-1] if self.lists else None
        if number is not None:
            self.lists[-1] = number + 1
            self.handle_data(f"{number}. ")

    def separate(self, tag: str) -> None:
        """Write a space for a block tag."""
        if tag not in self.INLINE:
            self.pieces.append(" ")
