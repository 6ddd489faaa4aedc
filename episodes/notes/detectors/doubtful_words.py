"""Words that a transcriber marked as uncertain in brackets: a list of work, not of mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from episodes.notes.quality import Flaw

# Each alternative begins with its own letter: with a class or group among them the search is five times slower.
_CHINESE = (
    r"疑[为似是為]|存疑|应[为是指]|應[為是指]|误听|誤聽|口误|口誤|笔误|听不清|聽不清|无法辨认|"
    r"转[录写]错误|识别错误|原文[可为如]|音译不确定"
)
# “Possibly” occurs in brackets everywhere; only at their beginning does it mark a doubt.
_POSSIBLY = r"(?:(?:译?注|此处|这里|原文|或|也)[：:，]?)?[^，。（）()\n]{0,4}可能[是为為指]"
_ENGLISH = ("inaudible", "unintelligible", "unclear name", "misinterpretation", "misheard", "phonetic")
_DOUBT = re.compile(
    rf"[（(\[](?={_POSSIBLY}|[^（）()\[\]\n]{{0,60}}(?:{_CHINESE}|{'|'.join(_ENGLISH)}))[^（）()\[\]\n]{{2,120}}[）)\]]"
)
_TRIGGER = re.compile(rf"{_CHINESE}|可能[是为為指]")
# Characters of context before the brackets, and the longest distance from the bracket to the word.
BEFORE = 20
LONGEST = 60


def doubts(text: str) -> Iterator[Flaw]:
    """Yield each doubt with the words before it."""
    end = 0
    for trigger in _triggers(text):
        begin = max(text.rfind(mark, max(end, trigger - LONGEST), trigger + 1) for mark in "（([")
        match = _DOUBT.match(text, begin) if begin >= 0 else None
        if match:
            before = text[max(0, begin - BEFORE) : begin].rpartition("\n")[2]
            end = match.end()
            yield Flaw(begin, end, before + match[0])


def _triggers(text: str) -> list[int]:
    """Return the offsets of the words of doubt: searched first, because brackets are far more frequent."""
    offsets = [match.start() for match in _TRIGGER.finditer(text)]
    for word in _ENGLISH:
        at = text.find(word)
        while at >= 0:
            offsets.append(at)
            at = text.find(word, at + 1)
    return sorted(offsets)
