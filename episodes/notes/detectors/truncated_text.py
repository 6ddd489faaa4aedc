"""Text that breaks off in the middle. How a talk ends is no cut: “see you next time” needs no full stop."""

from __future__ import annotations

import re

from episodes.notes.detectors.frame import Frame
from episodes.notes.quality import Flaw

# What an earlier program cut its statements at.
CUT_AT = 80
LONGEST_SIGN_OFF = 20
_CLOSED = re.compile(r"[。！？!?.…”\"’'」』）)】》\]~～;；*_`|>\-—–♪]\s*\Z")
_GOES_ON = re.compile(r"[，,、：:]\s*\Z")
_NO_SENTENCE = re.compile(r"\s*(?:[#|>]|[-*+][ \t]|\d+[.、)][ \t]?|!?\[|<)")
_SIGN_OFF = re.compile(
    r"再见|再見|拜拜|掰掰|下期|下次|下集|感谢|感謝|谢谢|謝謝|订阅|訂閱|点赞|點贊|关注|關注|明镜与点点|敬请期待|未完待续|"
    r"\b(?:bye|thank you|thanks|see you|subscribe|good night|take care)\b",
    re.IGNORECASE,
)


def end_cut(frame: Frame) -> Flaw | None:
    """The last line of a whole text, if its sentence is not finished."""
    found = _last_sentence(frame)
    if found is None or _CLOSED.search(found.evidence) or _SIGN_OFF.search(found.evidence):
        return None
    if found.evidence.endswith((":", "：")) and frame.text.find("<", found.end) >= 0:
        # What it announces stands in a fold.
        return None
    if _GOES_ON.search(found.evidence) or found.end - found.begin >= LONGEST_SIGN_OFF:
        return found
    return None


def goes_on(frame: Frame) -> Flaw | None:
    """The last line of a section that others follow: only a comma at its end shows that it is cut."""
    found = _last_sentence(frame)
    return found if found is not None and re.search(r"[，,、]\s*\Z", found.evidence) else None


def _last_sentence(frame: Frame) -> Flaw | None:
    if not frame.lines:
        return None
    begin, text = frame.lines[-1]
    text = text.rstrip()
    if _NO_SENTENCE.match(text):
        return None
    return Flaw(begin, begin + len(text), text[-60:])


def is_cut_statement(text: str) -> bool:
    """Whether a statement has exactly as many characters as were kept, and no end."""
    return len(text) == CUT_AT and not _CLOSED.search(text)
