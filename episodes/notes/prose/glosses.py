"""Terms explained in the text: `**T**（E: x）`, `**T** (E: x)` without the blank, name only, explanation only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from episodes.notes.parsed import Annotation

# Characters of a gloss; longer brackets are prose.
LONGEST = 1500
_OPENING = re.compile(r"\*\*(?!\s)([^*\n]+)(?<!\s)\*\*([（(])?")
_BRACKETS = {"（": re.compile("[（）]"), "(": re.compile(r"[()]")}
_SPLITTING = re.compile(r"[:：（）()]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_DESCRIBING = re.compile(r"(?:一[个位种家款组门部名项类本座场套群支]|指|即|如|例如|比如|是|由|用于|此处)")
_NAMING = re.compile(r"[《“\"「『]")
_PUNCTUATION = re.compile(r"[，、；。]")
# Longer text in the brackets is an explanation, no name.
LONGEST_NAME_HAN = 11
LONGEST_NAME_WORDS = 8


def find(text: str, begin: int, end: int) -> Iterator[Annotation]:
    """Yield the glosses of text[begin:end] by their beginning; they may be nested. Unclosed ones do not count."""
    brackets = _Brackets(text, end)
    for match in _OPENING.finditer(text, begin, end):
        if not match[2]:
            continue
        close = brackets.closing(match.start(2))
        values = _values(match[1], text[match.end() : close - 1]) if close else None
        if values:
            yield Annotation("gloss", match.start(), close, values)


def read(raw: str) -> dict[str, str | None] | None:
    """Return term, expansion and explanation of a gloss; None if `raw` is not exactly one."""
    match = _OPENING.match(raw)
    if not match or not match[2] or _Brackets(raw, len(raw)).closing(match.start(2)) != len(raw):
        return None
    return _values(match[1], raw[match.end() : -1])


class _Brackets:
    """Pairs the brackets of a line once, however many unclosed glosses it has."""

    def __init__(self, text: str, end: int) -> None:
        self.text, self.end = text, end
        self.paired = {bracket: (0, {}) for bracket in _BRACKETS}

    def closing(self, opening: int) -> int:
        """Return the offset after the bracket that closes the one at `opening`, on the same line and near; else 0."""
        bracket = self.text[opening]
        line_end, pairs = self.paired[bracket]
        if opening >= line_end:
            line_end, pairs = self.paired[bracket] = self._pair(bracket, opening)
        close = pairs.get(opening, 0)
        return close if close - opening <= LONGEST else 0

    def _pair(self, bracket: str, begin: int) -> tuple[int, dict[int, int]]:
        line_end = self.text.find("\n", begin, self.end)
        line_end = self.end if line_end < 0 else line_end
        opened: list[int] = []
        pairs = {}
        for match in _BRACKETS[bracket].finditer(self.text, begin, line_end):
            if match[0] == bracket:
                opened.append(match.start())
            elif opened:
                pairs[opened.pop()] = match.end()
        return line_end, pairs


def _values(term: str, inside: str) -> dict[str, str | None] | None:
    inside = inside.strip()
    if not _LETTER.search(inside) or "://" in inside:
        return None
    name, colon, rest = _split(inside)
    if not colon:
        name, rest = _without_colon(inside)
    return {"term": term, "expansion": _plain(name), "explanation": _plain(rest)}


def _plain(text: str) -> str | None:
    return text.replace("**", "").strip() or None


def _split(inside: str) -> tuple[str, str, str]:
    """Split at the first colon outside inner brackets: a nested gloss has its own."""
    depth = 0
    for match in _SPLITTING.finditer(inside):
        if match[0] in ":：":
            if depth == 0:
                return inside[: match.start()], match[0], inside[match.end() :]
        else:
            depth += 1 if match[0] in "（(" else -1
    return inside, "", ""


def _without_colon(inside: str) -> tuple[str, str]:
    """Return (expansion, explanation) of a name, a description, or a foreign name with a description after a comma."""
    before, comma, after = inside.partition("，")
    if comma and not _HAN.search(before) and _HAN.search(after):
        return before, after
    return ("", inside) if _describes(inside) else (inside, "")


def _describes(inside: str) -> bool:
    han = len(_HAN.findall(inside))
    if not han:
        return len(inside.split()) > LONGEST_NAME_WORDS
    if han > LONGEST_NAME_HAN:
        return True
    if _NAMING.match(inside):
        return False
    return bool(_DESCRIBING.match(inside) or _PUNCTUATION.search(inside) or ("的" in inside and han > 4))
