"""Long paragraphs full of marks are read for inline mark-up piece by piece, so that the time grows with their length.

Python-Markdown copies the whole paragraph for each mark it finds in it: 80,000 backslashes took 5 s, 200,000 a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

# Characters × marks of one paragraph: what is copied for it takes about 0.05 s.
MOST_WORK = 50_000_000
# Characters. Bold or a link that reaches from one piece of a cut paragraph into the next stays as it is written.
PIECE = 4_000

MARKS = "\\*_[<&$~\n"
_TAG = "piece"
# Where one may cut, the best first: behind a line, behind a sentence, behind a word.
_ENDS = re.compile("\n"), re.compile(r"[。！？]|[.!?](?=\s)"), re.compile(r"\s")


def register_pieces(md: Markdown) -> None:
    """Cut before inline patterns are applied (priority 20) and join again behind that."""
    md.treeprocessors.register(Cut(md), "cut", 21)
    md.treeprocessors.register(Join(md), "join", 19)


class Cut(Treeprocessor):
    def run(self, root: Element) -> None:
        for element in list(root.iter()):
            text = element.text
            if text and not isinstance(text, AtomicString) and len(text) * marks_in(text) > MOST_WORK:
                element.text, *rest = pieces_of(text)
                for place, piece in enumerate(rest):
                    child = Element(_TAG)
                    child.text = piece
                    element.insert(place, child)


class Join(Treeprocessor):
    def run(self, root: Element) -> None:
        for parent in [each for each in root.iter() if any(child.tag == _TAG for child in each)]:
            children = list(parent)
            text, parent.text = parent.text, None
            for child in children:
                parent.remove(child)
            _append(parent, [text, *(part for child in children for part in _parts(child))])


def _parts(child: Element) -> Iterator[Any]:
    """The element; of a piece its texts and elements."""
    if child.tag != _TAG:
        yield child
        return
    yield child.text
    yield from child
    yield child.tail


def _append(parent: Element, parts: list[Any]) -> None:
    """Put texts and elements behind each other. The texts between two elements are joined once: there may be many."""
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
    return sum(map(text.count, MARKS))


def pieces_of(text: str) -> Iterator[str]:
    """The text in pieces of at most PIECE characters; together they are the text."""
    begin = 0
    while len(text) - begin > PIECE:
        end = _end_of_piece(text, begin)
        yield text[begin:end]
        begin = end
    yield text[begin:]


def _end_of_piece(text: str, begin: int) -> int:
    limit = begin + PIECE
    for pattern in _ENDS:
        ends = [found.end() for found in pattern.finditer(text, begin + PIECE // 2, limit)]
        if ends:
            limit = ends[-1]
            break
    # Python-Markdown's own mark for something it has put aside is never cut.
    opened = text.rfind("\x02", begin, limit)
    if opened > begin and opened > text.rfind("\x03", begin, limit):
        limit = opened
    before = text[begin:limit]
    # A backslash stays with what it escapes.
    return limit - (len(before) - len(before.rstrip("\\"))) % 2
