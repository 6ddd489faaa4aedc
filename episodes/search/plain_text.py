"""Markdown as search reads it: plain paragraphs, cut into passages. No database, and no rendering, which takes longer.

Only what changes words is done: tags, addresses of links and marks of emphasis go, since a mark within a word would
divide it. Other marks separate words anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from episodes.notes.visible_text import shown
from episodes.rendering.soft_breaks import unwrapped

# Characters of a passage.
LONGEST = 4_000
# Characters after which a heading begins another passage.
_ENOUGH = 1_500
# Characters that the halves of a sentence longer than a passage share, so that no words are lost between them.
_SHARED = 60

_BLOCK_TAG = re.compile(r"</?(?:details|detail|summary|p|div|blockquote|hr|br)\b[^<>\n]*>", re.IGNORECASE)
_INLINE_TAG = re.compile(
    r"</?(?:b|i|em|strong|u|mark|small|kbd|del|ins|code|sup|sub|a|font|span|img)\b[^<>\n]*>", re.IGNORECASE
)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"\n]*\")?\)")
_STARS = re.compile(r"(?<!\d)\*(?=\S)|(?<=[^\s\d])\*")
_UNDERSCORES = re.compile(r"(?<!\w)_{1,2}(?=\S)|(?<=\S)_{1,2}(?!\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_LINE_START = re.compile(r"^[ \t]*(?:>[ \t]?)*(?:#{1,6}[ \t]+|[-*+][ \t]+(?=\S))?", re.MULTILINE)
_RULE = re.compile(r"^[-=|:*_ \t]+$", re.MULTILINE)
_SPACES = re.compile(r"[ \t\xa0]+")
_SENTENCE_END = re.compile(r"[。！？!?；;…\n]|\.(?=\s)")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+", re.MULTILINE)
# Marks the paragraph that begins with a heading; no note can contain it on the page.
_MARK = "\x02"


def plain(markdown: str) -> str:
    """Return the visible text of Markdown: paragraphs divided by an empty line, folded originals among them."""
    return _marked(markdown).replace(_MARK, "")


def _marked(markdown: str) -> str:
    """Return the same with _MARK before each heading."""
    text = _HEADING.sub(f"\n\n{_MARK}", shown(markdown).replace(_MARK, ""))
    if "<" in text:
        text = _INLINE_TAG.sub("", _BLOCK_TAG.sub("\n\n", text))
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    text = _LINE_START.sub("", text)
    # `str.replace` for what is frequent: one pattern for all takes ten times as long.
    text = text.replace("**", "").replace("`", "").replace("~~", "")
    if "*" in text:
        text = _STARS.sub("", text)
    if "_" in text:
        text = _UNDERSCORES.sub("", text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    if "&" in text:
        text = unescape(text)
    text = _SPACES.sub(" ", unwrapped(_RULE.sub("", text)))
    # A lone surrogate cannot be stored, and PostgreSQL refuses NUL.
    text = text.replace("\x00", "").encode("utf-8", "replace").decode()
    blocks = (block.strip() for block in re.split(r"\n\s*\n", text))
    return "\n\n".join(block for block in blocks if block)


def passages(markdown: str) -> Iterator[str]:
    """Yield a text in passages of at most LONGEST characters, cut at headings and paragraphs, else at sentences."""
    held: list[str] = []
    size = 0
    for block in _marked(markdown).split("\n\n"):
        for piece in _sentences(block.replace(_MARK, "")):
            if held and (size + len(piece) > LONGEST or (block[0] == _MARK and size > _ENOUGH)):
                yield "\n\n".join(held)
                held, size = [], 0
            held.append(piece)
            size += len(piece) + 2
    if held:
        yield "\n\n".join(held)


def _sentences(block: str) -> Iterator[str]:
    """Yield a block, in pieces that end with sentences if it is longer than a passage."""
    begin = 0
    while len(block) - begin > LONGEST:
        limit = begin + LONGEST
        ends = [match.end() for match in _SENTENCE_END.finditer(block, begin + LONGEST // 2, limit)]
        end = ends[-1] if ends else block.rfind(" ", begin + LONGEST // 2, limit) + 1
        if piece := block[begin : end or limit].strip():
            yield piece
        begin = end or limit - _SHARED
    if last := block[begin:].strip():
        yield last
