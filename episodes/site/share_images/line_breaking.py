"""Line breaking for Chinese (kinsoku rules) and Latin text, and the largest font size that fits.

Pure functions. Widths come from a `measure` function, in the same unit as the line width.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Characters; more than a card holds at the smallest size. Bounds the cost of long texts.
MAX_LENGTH = 600
# Returns the width of a text at one font size.
Measure = Callable[[str], float]

_CJK_CLOSING = "，。、；：？！）」』】〕〉》〗〙］｝”’～％·々ー"
_CJK_OPENING = "（「『【〔〈《〖〘［｛“‘"
# Characters that must not begin, and must not end, a line.
NOT_FIRST = frozenset(f"{_CJK_CLOSING}…—–,.;:?!)]}}%‰°℃")
NOT_LAST = frozenset(f"{_CJK_OPENING}([{{￥$€£#@")
THIN = "\u2009"
_SPACES = frozenset(f" {THIN}")
# Characters removed before the ellipsis of a shortened text.
_TRAILING = f" {THIN}，。、；：,;:.—–…·-/{''.join(NOT_LAST)}"

_HAN = "\u2e80-\u2fff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}\u3000-\u303f\uff00-\uffef]) (?=[{_HAN}\u3000-\u303f\uff00-\uffef])")
_BORDER = re.compile(rf"(?<=[{_HAN}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?=[{_HAN}])")
# ASCII punctuation between Chinese characters, as typed in transcripts; replaced by full-width marks.
_NARROW = re.compile(rf"(?<=[{_HAN}])([,;:!?]) ?(?=[{_HAN}]|\Z)")
_SQUARE = str.maketrans(",;:!?", "，；：！？")
_APOSTROPHE = re.compile(r"(?<=[A-Za-z])’(?=[A-Za-z])")


@dataclass(frozen=True)
class Fitted:
    """Lines at a font size. `cut`: whether the text was shortened with an ellipsis."""

    size: int
    lines: tuple[str, ...]
    cut: bool = False


def normalise_text(text: str) -> str:
    """Return one paragraph without invisible characters, with thin spaces between Chinese and Latin."""
    text = " ".join(text[: MAX_LENGTH * 4].split())
    text = "".join(char for char in text if unicodedata.category(char)[0] != "C" and not "\ufe00" <= char <= "\ufe0f")
    # U+2019 is also the closing quotation mark, which Chinese fonts draw full width.
    text = _APOSTROPHE.sub("'", _BETWEEN_HAN.sub("", text))
    text = _NARROW.sub(lambda found: found[1].translate(_SQUARE), text)
    text = _BORDER.sub(THIN, text[: MAX_LENGTH + 1])
    return text.lstrip(f" {_CJK_CLOSING}").rstrip(f" {_CJK_OPENING}")


def pieces(text: str) -> list[str]:
    """Return the unbreakable parts of the text; spaces stay at the end of a part."""
    parts: list[str] = []
    begin = 0
    for place in range(1, len(text)):
        if _may_break(text, place):
            parts.append(text[begin:place])
            begin = place
    return [*parts, text[begin:]] if text else []


def _may_break(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if after in NOT_FIRST or after in _SPACES:
        return False
    if before in _SPACES:
        return text[:place].rstrip(" " + THIN)[-1:] not in NOT_LAST
    return before not in NOT_LAST and (_wide(before) or _wide(after))


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _split(piece: str, width: float, measure: Measure) -> list[str] | None:
    """Return a part wider than a line in parts that fit, or None if the rules allow no break."""
    parts: list[str] = []
    while measure(piece.rstrip(" " + THIN)) > width:
        place = _last_place(piece, width, measure)
        if not place:
            return None
        parts.append(piece[:place])
        piece = piece[place:]
    return [*parts, piece]


def _last_place(piece: str, width: float, measure: Measure) -> int:
    last = 0
    for place in range(1, len(piece)):
        if measure(piece[:place]) > width:
            break
        if piece[place] not in NOT_FIRST | _SPACES and piece[place - 1] not in NOT_LAST:
            last = place
    return last


def break_lines(text: str, width: float, measure: Measure, split_words: bool = False) -> list[str] | None:
    """Return lines no wider than `width`, or None if a word is wider. split_words: break such words too."""
    lines: list[str] = []
    line, used = "", 0.0
    for piece in pieces(text):
        parts: list[str] | None = [piece]
        if measure(piece.rstrip(" " + THIN)) > width:
            parts = _split(piece, width, measure) if split_words else None
        if parts is None:
            return None
        for part in parts:
            if line and used + measure(part.rstrip(" " + THIN)) > width:
                lines.append(line.rstrip(" " + THIN))
                line, used = "", 0.0
            line, used = line + part, used + measure(part)
    return [*lines, line.rstrip(" " + THIN)] if line else lines


def balance_lines(text: str, lines: list[str], width: float, measure: Measure) -> list[str]:
    """Return the same number of lines with similar lengths, at most a third narrower: no short last line."""
    low, high, best = width * 2 / 3, width, lines
    for _ in range(7):
        middle = (low + high) / 2
        tried = break_lines(text, middle, measure)
        if tried is not None and len(tried) == len(lines):
            high, best = middle, tried
        else:
            low = middle
    return best


def shorten(text: str, width: float, measure: Measure, lines: int = 1) -> Fitted:
    """Return as much of the text as fits into `lines` lines, ending in "…" if shortened. `size` is 0."""
    whole = break_lines(text, width, measure, split_words=True)
    if whole is not None and len(whole) <= lines and len(text) <= MAX_LENGTH:
        return Fitted(0, tuple(whole))
    low, high = 0, min(len(text), MAX_LENGTH)
    best: list[str] = []
    while low < high:
        middle = (low + high + 1) // 2
        start = text[:middle].rstrip(_TRAILING)
        tried = break_lines(f"{start}…", width, measure, split_words=True) if start else []
        if tried is None or len(tried) > lines:
            high = middle - 1
        else:
            low, best = middle, tried
    return Fitted(0, tuple(best), cut=True)


def fit_text(
    text: str, width: float, height: float, sizes: Sequence[int], measures: Callable[[int], Measure], leading: float
) -> Fitted:
    """Return the text at the largest size at which it fits, shortened at the smallest if necessary.

    sizes: descending; measures: returns the measure for a size; leading: line height as a multiple of the size.
    """
    text = normalise_text(text)
    for size in sizes:
        measure = measures(size)
        lines = break_lines(text, width, measure) if len(text) <= MAX_LENGTH else None
        if lines is not None and len(lines) <= max_lines(height, size, leading):
            return Fitted(size, tuple(balance_lines(text, lines, width, measure)))
    size = sizes[-1]
    least = shorten(text, width, measures(size), max_lines(height, size, leading))
    return Fitted(size, least.lines, least.cut)


def max_lines(height: float, size: int, leading: float) -> int:
    """Return the number of lines that fit into the height, at least one."""
    return max(1, int((height - size) // (size * leading)) + 1)
