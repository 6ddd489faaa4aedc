"""Where a line may end: the rules of Chinese (kinsoku), Latin words whole, and the largest size at which all fits.

Pure: how wide something is comes from outside, as a function of a text in the same unit as the width of the line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# More than any card holds at its smallest size, so that no length of text costs more than this.
LONGEST = 600
# Of one character, width of a line and so on: a text's width at a size.
Measure = Callable[[str], float]

_CJK_CLOSING = "，。、；：？！）」』】〕〉》〗〙］｝”’～％·々ー"
_CJK_OPENING = "（「『【〔〈《〖〘［｛“‘"
NOT_FIRST = frozenset(f"{_CJK_CLOSING}…—–,.;:?!)]}}%‰°℃")
NOT_LAST = frozenset(f"{_CJK_OPENING}([{{￥$€£#@")
THIN = "\u2009"
_SPACES = frozenset(f" {THIN}")
# What a cut text does not end with before its ellipsis.
_TRAILING = f" {THIN}，。、；：,;:.—–…·-/{''.join(NOT_LAST)}"

_HAN = "\u2e80-\u2fff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}\u3000-\u303f\uff00-\uffef]) (?=[{_HAN}\u3000-\u303f\uff00-\uffef])")
_BORDER = re.compile(rf"(?<=[{_HAN}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?=[{_HAN}])")
# Transcripts write Chinese with the marks of a Latin keyboard. As type they are squares like everything around them.
_NARROW = re.compile(rf"(?<=[{_HAN}])([,;:!?]) ?(?=[{_HAN}]|\Z)")
_SQUARE = str.maketrans(",;:!?", "，；：！？")
_APOSTROPHE = re.compile(r"(?<=[A-Za-z])’(?=[A-Za-z])")


@dataclass(frozen=True)
class Fitted:
    """Lines at a size. `cut`: whether words were left out and an ellipsis stands for them."""

    size: int
    lines: tuple[str, ...]
    cut: bool = False


def prepared(text: str) -> str:
    """One paragraph without characters nobody sees, with the thin space that stands between Chinese and Latin."""
    text = " ".join(text[: LONGEST * 4].split())
    text = "".join(char for char in text if unicodedata.category(char)[0] != "C" and not "\ufe00" <= char <= "\ufe0f")
    # The apostrophe shares its code with the closing quotation mark, which Chinese fonts draw a whole square wide.
    text = _APOSTROPHE.sub("'", _BETWEEN_HAN.sub("", text))
    text = _NARROW.sub(lambda found: found[1].translate(_SQUARE), text)
    text = _BORDER.sub(THIN, text[: LONGEST + 1])
    return text.lstrip(f" {_CJK_CLOSING}").rstrip(f" {_CJK_OPENING}")


def pieces(text: str) -> list[str]:
    """The text cut wherever a line may end; spaces stay at the end of what they follow."""
    found: list[str] = []
    begin = 0
    for place in range(1, len(text)):
        if _may_break(text, place):
            found.append(text[begin:place])
            begin = place
    return [*found, text[begin:]] if text else []


def _may_break(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if after in NOT_FIRST or after in _SPACES:
        return False
    if before in _SPACES:
        return text[:place].rstrip(" " + THIN)[-1:] not in NOT_LAST
    return before not in NOT_LAST and (_wide(before) or _wide(after))


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _torn(piece: str, width: float, measure: Measure) -> list[str] | None:
    """A piece wider than a line in parts that are not; None where the rules leave no place for it."""
    parts: list[str] = []
    while measure(piece.rstrip(" " + THIN)) > width:
        place = _last_place(piece, width, measure)
        if not place:
            return None
        parts.append(piece[:place])
        piece = piece[place:]
    return [*parts, piece]


def _last_place(piece: str, width: float, measure: Measure) -> int:
    found = 0
    for place in range(1, len(piece)):
        if measure(piece[:place]) > width:
            break
        if piece[place] not in NOT_FIRST | _SPACES and piece[place - 1] not in NOT_LAST:
            found = place
    return found


def broken(text: str, width: float, measure: Measure, tear: bool = False) -> list[str] | None:
    """Lines no wider than that; None where a word is. tear: take such a word apart; then None only if that fails."""
    lines: list[str] = []
    line, used = "", 0.0
    for piece in pieces(text):
        parts: list[str] | None = [piece]
        if measure(piece.rstrip(" " + THIN)) > width:
            parts = _torn(piece, width, measure) if tear else None
        if parts is None:
            return None
        for part in parts:
            if line and used + measure(part.rstrip(" " + THIN)) > width:
                lines.append(line.rstrip(" " + THIN))
                line, used = "", 0.0
            line, used = line + part, used + measure(part)
    return [*lines, line.rstrip(" " + THIN)] if line else lines


def balanced(text: str, lines: list[str], width: float, measure: Measure) -> list[str]:
    """As many lines, but of about the same length: no last line of one character. At most a third narrower."""
    low, high, best = width * 2 / 3, width, lines
    for _ in range(7):
        middle = (low + high) / 2
        tried = broken(text, middle, measure)
        if tried is not None and len(tried) == len(lines):
            high, best = middle, tried
        else:
            low = middle
    return best


def shortened(text: str, width: float, measure: Measure, lines: int = 1) -> Fitted:
    """As much of the text as fits into that many lines, with … for the rest. `size` is 0."""
    whole = broken(text, width, measure, tear=True)
    if whole is not None and len(whole) <= lines and len(text) <= LONGEST:
        return Fitted(0, tuple(whole))
    low, high = 0, min(len(text), LONGEST)
    best: list[str] = []
    while low < high:
        middle = (low + high + 1) // 2
        kept = text[:middle].rstrip(_TRAILING)
        tried = broken(f"{kept}…", width, measure, tear=True) if kept else []
        if tried is None or len(tried) > lines:
            high = middle - 1
        else:
            low, best = middle, tried
    return Fitted(0, tuple(best), cut=True)


def fitted(
    text: str, width: float, height: float, sizes: Sequence[int], measures: Callable[[int], Measure], leading: float
) -> Fitted:
    """The largest of the sizes, which descend, at which the text fits; at the smallest it is shortened.

    leading: distance of lines, in sizes.
    """
    text = prepared(text)
    for size in sizes:
        measure = measures(size)
        lines = broken(text, width, measure) if len(text) <= LONGEST else None
        if lines is not None and len(lines) <= room(height, size, leading):
            return Fitted(size, tuple(balanced(text, lines, width, measure)))
    size = sizes[-1]
    least = shortened(text, width, measures(size), room(height, size, leading))
    return Fitted(size, least.lines, least.cut)


def room(height: float, size: int, leading: float) -> int:
    """Lines of a size in that height, at least one: the distance counts between them only."""
    return max(1, int((height - size) // (size * leading)) + 1)
