"""Processing of long paragraphs with many marks in pieces, so that the time grows linearly with their length.

Python-Markdown copies the whole paragraph for each mark in it: 80,000 backslashes took 5 s, 200,000 a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

# Characters × marks of one paragraph: about 0.05 s of copying.
MAX_WORK = 50_000_000
# Characters of a piece. Bold or a link that crosses two pieces of a cut paragraph is not recognised.
PIECE = 4_000

MARKS = "\\*_[<&$~\n"
_TAG = "piece"
# Places to cut, the best first: after a line, a sentence, a word.
_ENDS = re.compile("\n"), re.compile(r"[。！？]|[.!?](?=\s)"), re.compile(r"\s")


def register_pieces(md: Markdown) -> None:
    """Register the cut before inline patterns (priority 20) and the join after them."""
    md.treeprocessors.register(Cut(md), "cut", 21)
    md.treeprocessors.register(Join(md), "join", 19)


class Cut(Treeprocessor):
    """Tree processor that cuts long paragraphs into elements."""

    def run(self, root: Element) -> None:
        """Cut every text that would take too long."""
        for element in list(root.iter()):
            text = element.text
            if text and not isinstance(text, AtomicString) and len(text) * marks_in(text) > MAX_WORK:
                element.text, *rest = pieces_of(text)
                for place, piece in enumerate(rest):
                    child = Element(_TAG)
                    child.text = piece
                    element.insert(place, child)


class Join(Treeprocessor):
    """Tree processor that joins the pieces again."""

    def run(self, root: Element) -> None:
        """Join all pieces."""
        for parent in [each for each in root.iter() if any(child.tag == _TAG for child in each)]:
            children = list(parent)
            text, parent.text = parent.text, None
            for child in children:
                parent.remove(child)
            _append(parent, [text, *(part for child in children for part in _parts(child))])


def _parts(child: Element) -> Iterator[Any]:
    """Yield an element; of a piece its texts and elements."""
    if child.tag != _TAG:
        yield child
        return
    yield child.text
    yield from child
    yield child.tail


def _append(parent: Element, parts: list[Any]) -> None:
    """Append texts and elements in order. Texts between two elements are joined once: there may be many."""
    waiting: list[str] = []
    last: Element | None = None
    for part in [*parts, None]:
        if isinstance(part, str):
            waiting.append(part)
        elif part is not None:
            _put(parent, last, waiting)
            last, waiting = part, [part.tail or ""]
            parent.append(part)
    _put(parent, last, waiting)


def _put(parent: Element, last: Element | None, texts: list[str]) -> None:
    if last is None:
        parent.text = "".join(texts)
    else:
        last.tail = "".join(texts)


def marks_in(text: str) -> int:
    """Return the number of characters that may be marks."""
    return sum(map(text.count, MARKS))


def pieces_of(text: str) -> Iterator[str]:
    """Yield the text in pieces of at most PIECE characters; joined they are the text."""
    begin = 0
    while len(text) - begin > PIECE:
        end = _end_of_piece(text, begin)
        yield text[begin:end]
        begin = end
    yield text[begin:]


def _end_of_piece(text: str, begin: int) -> int:
    limit = begin + PIECE
    for pattern in _ENDS:
        ends = [match.end() for match in pattern.finditer(text, begin + PIECE // 2, limit)]
        if ends:
            limit = ends[-1]
            break
    # Python-Markdown's placeholders must not be cut.
    opened = text.rfind("\x02", begin, limit)
    if opened > begin and opened > text.rfind("\x03", begin, limit):
        limit = opened
    before = text[begin:limit]
    # A backslash must stay with the character it escapes.
    return limit - (len(before) - len(before.rstrip("\\"))) % 2
