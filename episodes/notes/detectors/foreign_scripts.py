"""Words of another language or alphabet than the text's own."""

from __future__ import annotations

import re

from episodes.notes.detectors.text_parts import Frame
from episodes.notes.quality import Flaw

# English words that make a paragraph rather than a name.
FEWEST_WORDS = 12
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")
_NO_PROSE = re.compile(r"\s*(?:[|<!>]|\[|https?:|#{1,6}[ \t])")
# Cyrillic, Hebrew, Arabic, Indic and Thai scripts, Korean. Kana are separate: their dots occur in any text.
_LETTERS = r"\u0400-\u052f\u0590-\u06ff\u0900-\u0e7f\u1100-\u11ff\uac00-\ud7af"
_KANAS = r"\u3041-\u3096\u30a1-\u30fa\u30fc"
_ANY = re.compile(f"[{_LETTERS}{_KANAS}]")
_FOREIGN = re.compile(f"[{_LETTERS}](?:[{_LETTERS} \u200c\u200d]*[{_LETTERS}])?|[{_KANAS}]+")
# In brackets or quotation marks it is intended: the original form of a name.
_MEANT = re.compile(r"[（(《「『“\"‘'【\[/：:]\s*\Z")
_KANA = re.compile(r"[\u3041-\u30ff]")
# Characters; a longer run is a quotation.
LONGEST_LEAK = 40


def english_lines(frame: Frame) -> Flaw | None:
    """Return the first English line outside the folds with the length of a paragraph; `times` counts them."""
    first, times = None, 0
    for begin, text in frame.lines:
        # Most lines of a Chinese text are Chinese from the beginning.
        if len(text) < FEWEST_WORDS * 4 or _HAN.search(text, 0, 30) or _NO_PROSE.match(text):
            continue
        if not _HAN.search(text) and len(_WORD.findall(text, 0, 2000)) >= FEWEST_WORDS:
            first = first or Flaw(begin, begin + len(text), text.strip()[:60])
            times += 1
    return first._replace(times=times) if first else None


def foreign(text: str) -> list[Flaw]:
    """Return runs of letters of another alphabet outside brackets and quotation marks, each once."""
    flaws: dict[str, Flaw] = {}
    if not _ANY.search(text):
        return []
    for match in _FOREIGN.finditer(text):
        if match[0] not in flaws and _is_leak(text, match):
            flaws[match[0]] = Flaw(match.start(), match.end(), match[0])
    return list(flaws.values())


def _is_leak(text: str, match: re.Match[str]) -> bool:
    if len(match[0]) > LONGEST_LEAK or _MEANT.search(text, max(0, match.start() - 2), match.start()):
        return False
    if not _KANA.match(match[0]):
        return True
    # の in the name of a shop is Japanese; リ within a Chinese word is a slip.
    around = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
    return len(match[0]) > 1 and len(_HAN.findall(around)) == 2


def is_english(text: str) -> bool:
    """Return whether a long text is entirely English: a Chinese character takes three bytes."""
    return bool(text) and len(text.encode("utf-8", "surrogatepass")) < len(text) * 1.3


def is_english_title(title: str) -> bool:
    """Return whether a title consists of English words: at least two, since one may be a name."""
    return not _HAN.search(title) and len(_WORD.findall(title)) > 1
