"""Inline patterns of notes for Python-Markdown: links, images, wiki links, footnotes, formulas, highlights."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape
from typing import TypeAlias
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert
from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor, SimpleTagInlineProcessor
from markdown.util import AtomicString

from episodes.notes.prose.formulas import CANDIDATE, is_formula
from episodes.rendering import html_tags

LINK = (
    r"\[(?P<text>(?>[^\[\]]|\[[^\[\]]{0,300}\]){0,1000})\]"
    r"\(\s{0,20}(?P<address><[^<>\n]{0,2000}>|(?>[^\s()\x02\x03]|\x02\d+\x03|\([^\s()\x02\x03]{0,300}\)){0,2000})"
    r"""(?:\s+(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'))?\s*\)"""
)
# `[[Page|words]]` and `![[picture.png]]` refer to files of a vault, which are not here: the words remain.
WIKI_LINK = r"!?\[\[(?=[^\W\d_])(?P<page>[^\[\]|\n\x02]{1,200})(?:\|(?P<text>[^\[\]\n\x02]{1,200}))?\]\]"
FOOTNOTE = r"\[\^(?P<note>\d{1,3}|(?:fn|note|ref|注)[\w-]{0,12})\](?P<colon>:(?=\s))?"
# `==highlighted==`; in `x==y` it is a comparison.
HIGHLIGHT = r"(?<![A-Za-z0-9_)\]=!<>])(==)(?=[^\s=])([^=\n]{1,500})(?<=[^\s=])==(?![A-Za-z0-9_(\[=])"
Found: TypeAlias = tuple[Element | str, int, int]


def set_inline_patterns(md: Markdown) -> None:
    """Replace Python-Markdown's inline patterns for links, images and code, and add those of notes."""
    for name in ("backtick", "html", "link", "image_link"):
        md.inlinePatterns.deregister(name)
    for name in ("reference", "short_reference", "image_reference", "short_image_ref"):
        md.inlinePatterns.deregister(name)
    md.inlinePatterns.register(Inline(CANDIDATE.pattern, md, formula), "formula", 185)
    md.inlinePatterns.register(Inline("!" + LINK, md, image_as_link), "image_link", 160)
    md.inlinePatterns.register(Inline(LINK, md, link), "link", 150)
    md.inlinePatterns.register(Inline(WIKI_LINK, md, wiki_link), "wiki_link", 145)
    md.inlinePatterns.register(Inline(FOOTNOTE, md, footnote), "footnote", 144)
    md.inlinePatterns.register(SimpleTagInlineProcessor(r"(~~)(?=\S)(.{1,500}?)(?<=\S)~~", "del"), "del", 50)
    md.inlinePatterns.register(SimpleTagInlineProcessor(HIGHLIGHT, "mark"), "mark", 50)


class Inline(InlineProcessor):
    """An inline pattern with a function (match, markdown) → (element or text, begin, end), or None for no match."""

    def __init__(self, pattern: str, md: Markdown, handle: Callable[[re.Match[str], Markdown], Found | None]) -> None:
        super().__init__(pattern, md)
        self.handleMatch = lambda m, data: handle(m, md) or (None, None, None)  # type: ignore[method-assign]


def formula(m: re.Match[str], md: Markdown) -> Found | None:
    """Return `$x^2$` as MathML; unreadable LaTeX is left as it is."""
    if not is_formula(m):
        return None
    end = m.end("latex") + len(m["mark"])
    html = mathml(m["latex"].strip(), "block" if m["mark"] == "$$" else "inline")
    return md.htmlStash.store(html or escape(m.string[m.start() : end])), m.start(), end


def link(m: re.Match[str], md: Markdown) -> Found:
    """Return `[text](address "title")` as a link.

    Python-Markdown's own processor reads to the end of the paragraph for each bracket.
    """
    element = Element("a", href=m["address"].strip("<>"))
    element.text = m["text"]
    return element, m.start(), m.end()


def image_as_link(m: re.Match[str], md: Markdown) -> Found:
    """Return an image as a link: loading a remote image would tell its server who reads the page."""
    address = m["address"].strip("<>")
    element = Element("a", href=address)
    element.text = AtomicString(m["text"].strip() or html_tags.image_name(address))
    return element, m.start(), m.end()


def wiki_link(m: re.Match[str], md: Markdown) -> Found:
    """Return the words of a wiki link."""
    return (m["text"] or m["page"]).strip(), m.start(), m.end()


def footnote(m: re.Match[str], md: Markdown) -> Found:
    """Return `[^1]` in the text, and `[^1]:` before the note, as a superscript 1."""
    element = Element("sup")
    element.text = AtomicString(m["note"])
    return element, m.start(), m.end()


@lru_cache(maxsize=1024)
def mathml(latex: str, display: str = "inline") -> str:
    """Return MathML for LaTeX that `is_formula` accepted (it limits length and depth), or "" if unreadable."""
    try:
        return convert(latex, display=display).replace("<math ", f'<math alttext="{escape(latex)}" ', 1)
    except Exception:
        return ""
