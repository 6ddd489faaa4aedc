"""Bold text in sanitised HTML: explained terms become glosses, names <b>; emphasis remains <strong>."""

from __future__ import annotations

import re
from typing import NamedTuple

from episodes.notes.prose import glosses
from episodes.rendering.emphasis import is_name
from episodes.rendering.html_tokens import (
    HEADINGS,
    OPAQUE,
    name_of,
    text_of,
    tokens_of,
)

# Elements whose bold is left unchanged: they are bold or underlined already.
_LEFT_ALONE = OPAQUE | HEADINGS | {"a", "pre", "summary"}
_EXCLUDED_IN_TERM = frozenset({"a", "b", "br", "strong"})
_BRACKET = re.compile(r"[（）()\n]")
_OPENED_BY = {"）": "（", ")": "("}
_LABEL_END = re.compile(r"[:：]\s*$")
_LABEL_FOLLOWED = re.compile(r"\s*(?:[:：]|[–—-]+\s)")

GLOSS, EXPLANATION, GLOSS_END = (
    '<span class="gloss"><b class="term">',
    '</b><span class="explanation">',
    "</span></span>",
)


class Place(NamedTuple):
    """The position before the character at `offset` of a token."""

    token: int
    offset: int


class Pair(NamedTuple):
    """Two brackets. end: the place after the closing one; size: the characters between them."""

    end: Place
    size: int


def mark_terms(pieces: list[str]) -> None:
    """Mark glosses and names. pieces: `blocks_of` one text, changed in place; the text stays.

    `<strong>RL</strong>（E: x）` →
    `<span class="gloss"><b class="term">RL</b><span class="explanation">（E: x）</span></span>`
    """
    for index in range(0, len(pieces), 2):
        if "<strong>" in pieces[index] and not (index and name_of(pieces[index - 1]) in _LEFT_ALONE):
            tokens = tokens_of(pieces[index])
            pieces[index] = _Edits(tokens, _Bold(tokens)).result()


class _Bold:
    """Bold elements and pairs of brackets of a block, found in one pass.

    Brackets pair within a line and within one element, so that a tag around both is balanced.
    """

    def __init__(self, tokens: list[str]) -> None:
        self.strong: list[tuple[int, int]] = []
        self.pairs: dict[Place, Pair] = {}
        self.opened: dict[str, list[tuple[Place, int, int]]] = {"（": [], "(": []}
        self.path: list[tuple[str, int, bool]] = []  # name, token, whether its bold is left unchanged
        self.position = 0
        for index, piece in enumerate(tokens):
            if piece[0] != "<":
                self.text(index, piece)
            elif piece == "<br>":
                self.new_line()
            elif piece[1] == "/":
                name, begin, closed = self.path.pop()
                if name == "strong" and not closed:
                    self.strong.append((begin, index))
            else:
                name = name_of(piece)
                closed = bool(self.path and self.path[-1][2]) or name in _LEFT_ALONE
                self.path.append((name, index, closed))

    def new_line(self) -> None:
        """Forget open brackets: they pair within one line."""
        for waiting in self.opened.values():
            waiting.clear()

    def text(self, index: int, text: str) -> None:
        """Read the brackets of a text."""
        element, closed = self.path[-1][1:] if self.path else (-1, False)
        for bracket in _BRACKET.finditer(text) if not closed else ():
            sign, place = bracket[0], Place(index, bracket.start())
            if sign == "\n":
                self.new_line()
            elif sign in self.opened:
                self.opened[sign].append((place, element, self.position + place.offset))
            elif waiting := self.opened[_OPENED_BY[sign]]:
                begin, same, position = waiting.pop()
                if same == element:
                    size = self.position + place.offset - position
                    self.pairs[begin] = Pair(Place(index, place.offset + 1), size)
        self.position += len(text)


class _Edits:
    """Replaces bold tags of a block by those of glosses and names."""

    def __init__(self, tokens: list[str], bold_elements: _Bold) -> None:
        self.tokens, self.pairs = tokens, bold_elements.pairs
        self.replaced: dict[int, str] = {}
        self.ends: dict[int, list[int]] = {}
        # Ends of the enclosing glosses. Brackets of two kinds may cross, elements must not.
        self.around: list[Place] = []
        for begin, end in sorted(bold_elements.strong):
            self.bold(begin, end)

    def bold(self, begin: int, end: int) -> None:
        """Decide on one bold element."""
        if not self.gloss(begin, end) and not self.is_label(begin, end) and is_name(self.words(begin, end)):
            self.replaced |= {begin: "<b>", end: "</b>"}

    def gloss(self, begin: int, end: int) -> bool:
        """Turn a bold term with brackets into a gloss; return whether it is one."""
        pair = self.pairs.get(Place(end + 1, 0))
        if pair is None or pair.size > glosses.LONGEST:
            return False
        while self.around and self.around[-1] <= (begin, 0):
            self.around.pop()
        if (self.around and self.around[-1] < pair.end) or not self.is_gloss(begin, end, pair.end):
            return False
        self.around.append(pair.end)
        self.replaced |= {begin: GLOSS, end: EXPLANATION}
        self.ends.setdefault(pair.end.token, []).append(pair.end.offset)
        return True

    def is_gloss(self, begin: int, end: int, close: Place) -> bool:
        """Return whether the term and its brackets are a gloss and contain no conflicting element."""
        inside = self.tokens[end + 1 : close.token]
        if any(name_of(token) in _EXCLUDED_IN_TERM for token in self.tokens[begin + 1 : end]):
            return False
        if any(token.startswith("<a ") for token in inside):
            return False
        text = text_of(inside) + self.tokens[close.token][: close.offset]
        # The importer uses the same reader, so the glossary and the page agree.
        return glosses.read(f"**{self.words(begin, end)}**{text}") is not None

    def words(self, begin: int, end: int) -> str:
        """Return the text of a bold element."""
        return text_of(self.tokens[begin + 1 : end])

    def is_label(self, begin: int, end: int) -> bool:
        """Return whether it is a label, `**Risks**: …` at the start of a block or line, or a line all in bold."""
        before = self.tokens[begin - 1] if begin else "\n"
        if not before.endswith("\n") and before != "<br>":
            return False
        after = self.tokens[end + 1] if end + 1 < len(self.tokens) else "\n"
        return after.startswith(("\n", "<br>")) or bool(
            _LABEL_END.search(self.words(begin, end)) or _LABEL_FOLLOWED.match(after)
        )

    def result(self) -> str:
        """Return the HTML of the block."""
        for index, offsets in self.ends.items():
            text = self.tokens[index]
            for offset in sorted(offsets, reverse=True):
                text = text[:offset] + GLOSS_END + text[offset:]
            self.replaced[index] = text
        return "".join(self.replaced.get(index, token) for index, token in enumerate(self.tokens))
