"""Text that breaks off. The farewell of a talk does not count: “see you next time” needs no full stop."""

from __future__ import annotations

import re

from episodes.notes.detectors.text_parts import Frame
from episodes.notes.quality import Flaw

# Characters at which an earlier program cut statements.
CUT_AT = 80
# Characters of a last line without full stop that may be a farewell.
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
    """Return the last line of a whole text if its sentence is unfinished, else None."""
    last = _last_sentence(frame)
    if last is None or _CLOSED.search(last.evidence) or _SIGN_OFF.search(last.evidence):
        return None
    if last.evidence.endswith((":", "：")) and frame.text.find("<", last.end) >= 0:
        # The announced text is in a fold.
        return None
    if _GOES_ON.search(last.evidence) or last.end - last.begin >= LONGEST_SIGN_OFF:
        return last
    return None


def goes_on(frame: Frame) -> Flaw | None:
    """Return the last line of a section that others follow if it ends with a comma, else None."""
    last = _last_sentence(frame)
    return last if last is not None and re.search(r"[，,、]\s*\Z", last.evidence) else None


def _last_sentence(frame: Frame) -> Flaw | None:
    if not frame.lines:
        return None
    begin, text = frame.lines[-1]
    text = text.rstrip()
    if _NO_SENTENCE.match(text):
        return None
    return Flaw(begin, begin + len(text), text[-60:])


def is_cut_statement(text: str) -> bool:
    """Return whether a statement has exactly CUT_AT characters and no end."""
    return len(text) == CUT_AT and not _CLOSED.search(text)
