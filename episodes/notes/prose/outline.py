"""Structure of a Markdown text: headings, folds, and code and comments, which are neither prose nor structure.

One pass per text, cached for the latest texts, because every section of a note asks for it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import NamedTuple

from episodes.notes import header
from episodes.notes.comments import comments
from episodes.notes.parsed import NoteError
from episodes.notes.prose.code_and_comments import regions

Span = tuple[int, int]

# The line break comes first so that the search skips from line to line.
_HEADING = re.compile(r"\n {0,3}(#{1,6})[ \t]+(?=[^\s])([^\n]*)")
_VISIBLE = re.compile(r"[^\r\n]")
_CLOSING_HASHES = re.compile(r"[ \t]+#+[ \t]*\r?\Z")
_ENDS_IN_HASHES = re.compile(r"(?:^|[ \t])#+[ \t]*\Z")
# Openings must be correct; closings may be misspelt (detais, detials, deatils).
_TAG = re.compile(r"<(?:(/)[ \t]*[dD][eE]?[etailsETAILS]{3,7}|[dD][eE][tT][aA][iI][lL][sS]?(?=[\s>]))[^<>]{0,200}>")


class Heading(NamedTuple):
    """A heading on the line text[begin:end]; its words are text[at:stop]."""

    begin: int
    level: int
    at: int
    stop: int
    end: int


class Outline(NamedTuple):
    """Structure of a text. begin: offset of the body. Spans are in order and do not overlap."""

    begin: int
    headings: tuple[Heading, ...]
    folds: tuple[Span, ...]
    opaque: tuple[Span, ...]


@lru_cache(maxsize=4)
def outline(text: str) -> Outline:
    """Return headings outside folds, code and comments, and folds outside code and comments."""
    begin = _body(text)
    # Shifted by one, so that a heading on the first line follows a line break too.
    body = "\n" + text[begin:]
    shift = begin - 1
    hidden = comments(body)
    body = _blank(body, hidden)
    opaque: list[Span] = list(hidden)
    blocks: list[Span] = []
    if any(mark in body for mark in ("`", "~~~", "<!--")):
        for region in regions(body):
            opaque.append((region.begin, region.end))
            if region.kind != "code":
                blocks.append((region.begin, region.end))
    lines = [match for match in _HEADING.finditer(body) if not within(blocks, match.start() + 1)]
    opaque.sort()
    folds = _folds(body, opaque, [match.start() + 1 for match in lines])
    headings = [_heading(match, shift, len(text)) for match in lines if not within(folds, match.start() + 1)]
    return Outline(begin, tuple(headings), _shifted(folds, shift), _shifted(opaque, shift))


def _blank(text: str, spans: tuple[Span, ...]) -> str:
    """Return the text with comments replaced by spaces; offsets stay."""
    pieces, at = [], 0
    for begin, end in spans:
        pieces += [text[at:begin], _VISIBLE.sub(" ", text[begin:end])]
        at = end
    return "".join([*pieces, text[at:]])


def within(spans: list[Span] | tuple[Span, ...], offset: int) -> bool:
    """Return whether a position lies in one of the spans."""
    index = bisect_right(spans, (offset, float("inf"))) - 1
    return index >= 0 and offset < spans[index][1]


def fold_spans(text: str) -> list[Span]:
    """Return (begin, end) of every `<details>` with its tags; an unclosed one ends before the next heading or fold."""
    return list(outline(text).folds)


def _body(text: str) -> int:
    try:
        return header.top(text).body
    except NoteError:
        return 0


def _shifted(spans: list[Span], shift: int) -> tuple[Span, ...]:
    return tuple((begin + shift, end + shift) for begin, end in spans)


def closed(heading: str, marks: str) -> str:
    """Return a heading that ends in `#` with closing marks, without which its own would be read as such."""
    return f"{heading} {marks}" if _ENDS_IN_HASHES.search(heading) else heading


def _heading(match: re.Match[str], shift: int, length: int) -> Heading:
    words = _CLOSING_HASHES.sub("", match[2]).rstrip()
    at = match.start(2) + shift
    end = min(match.end() + 1 + shift, length)
    return Heading(match.start() + 1 + shift, len(match[1]), at, at + len(words), end)


def _folds(body: str, opaque: list[Span], headings: list[int]) -> list[Span]:
    folds: list[Span] = []
    begin = last = -1
    for tag in _TAG.finditer(body):
        if within(opaque, tag.start()):
            continue
        if tag[1]:
            if begin >= 0:
                folds.append((begin, tag.end()))
            begin = -1
        elif begin < 0 or body[last : tag.start()].strip():
            if begin >= 0:
                folds.append((begin, _unclosed(headings, begin, tag.start())))
            begin = tag.start()
        last = tag.end()
    if begin >= 0:
        folds.append((begin, _unclosed(headings, begin, len(body))))
    return folds


def _unclosed(headings: list[int], begin: int, end: int) -> int:
    """Return the end of an unclosed fold: the next heading or fold, so that no chapter is hidden."""
    index = bisect_left(headings, begin)
    return min(headings[index], end) if index < len(headings) else end
