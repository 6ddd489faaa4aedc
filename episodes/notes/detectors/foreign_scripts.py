"""Words of another language or alphabet than the text's own."""

from __future__ import annotations

import re

from episodes.notes.detectors.frame import Frame
from episodes.notes.quality import Flaw

FEWEST_WORDS = 12
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")
_NO_PROSE = re.compile(r"\s*(?:[|<!>]|\[|https?:|#{1,6}[ \t])")
# Cyrillic, Hebrew and Arabic, the scripts of India and Thailand, Korean; Japanese apart, its dots are everybody's.
_LETTERS = r"\u0400-\u052f\u0590-\u06ff\u0900-\u0e7f\u1100-\u11ff\uac00-\ud7af"
_KANAS = r"\u3041-\u3096\u30a1-\u30fa\u30fc"
_ANY = re.compile(f"[{_LETTERS}{_KANAS}]")
_FOREIGN = re.compile(f"[{_LETTERS}](?:[{_LETTERS} \u200c\u200d]*[{_LETTERS}])?|[{_KANAS}]+")
# In brackets or quotation marks it is meant: the original of a name.
_MEANT = re.compile(r"[（(《「『“\"‘'【\[/：:]\s*\Z")
_KANA = re.compile(r"[\u3041-\u30ff]")
LONGEST_LEAK = 40


def english_lines(frame: Frame) -> Flaw | None:
    """The first line outside the folds that is English and long enough to be a paragraph; `times` counts them."""
    first, times = None, 0
    for begin, text in frame.lines:
        # Most lines of a Chinese text are Chinese from their beginning.
        if len(text) < FEWEST_WORDS * 4 or _HAN.search(text, 0, 30) or _NO_PROSE.match(text):
            continue
        if not _HAN.search(text) and len(_WORD.findall(text, 0, 2000)) >= FEWEST_WORDS:
            first = first or Flaw(begin, begin + len(text), text.strip()[:60])
            times += 1
    return first._replace(times=times) if first else None


def foreign(text: str) -> list[Flaw]:
    """Runs of letters of another alphabet that lie open in the text, each word once."""
    found: dict[str, Flaw] = {}
    if not _ANY.search(text):
        return []
    for match in _FOREIGN.finditer(text):
        if match[0] not in found and _leaks(text, match):
            found[match[0]] = Flaw(match.start(), match.end(), match[0])
    return list(found.values())


def _leaks(text: str, match: re.Match[str]) -> bool:
    if len(match[0]) > LONGEST_LEAK or _MEANT.search(text, max(0, match.start() - 2), match.start()):
        return False
    if not _KANA.match(match[0]):
        return True
    # の in the name of a shop is Japanese; リ in the middle of a Chinese word is a slip.
    around = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
    return len(match[0]) > 1 and len(_HAN.findall(around)) == 2


def is_english(text: str) -> bool:
    """Whether a long text is English all through: a Chinese character takes three bytes."""
    return bool(text) and len(text.encode("utf-8", "surrogatepass")) < len(text) * 1.3


def is_english_title(title: str) -> bool:
    """Whether a title is made of English words alone: two at least, since one may be a name."""
    return not _HAN.search(title) and len(_WORD.findall(title)) > 1
