"""What the making of a note left in it: marks of pieces put together, answers of a generator, a fence around it all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from episodes.notes.detectors.frame import Frame
from episodes.notes.quality import EVIDENCE, Flaw

_COMMENT = re.compile(r"<!--[ \t]*(?:chunk|part|segment|分块|第)[ \t]*\d[^>\n]{0,40}-->", re.IGNORECASE)
_TOKEN = re.compile(
    r"^</?think(?:ing)?>|<\|(?:im_start|im_end|endoftext)\|>|^[ \t]*(?:```|~~~)(?:markdown|md)[ \t]*$", re.M
)
_TOKENS = ("<think", "</think", "<|", "```m", "~~~m")
_ANSWER = re.compile(
    r"[ \t]*(?:好的[，,]?(?:以下是|这是(?:您|你|为您|根据))|以下是(?:您|你|翻译|整理|为您|根据)"
    r"|作为(?:一个|一名)?(?:AI|人工智能|语言模型)"
    r"|[（(\[](?:未完|续上|接上文|此处省略|内容过长|由于篇幅|转录结束|翻译结束|to be continued|continued|truncated)"
    r"|As an AI\b|I'm sorry, but\b|I cannot (?:process|fulfil)|Here is the (?:translat|format|rest|continu))"
)
_FIRST = frozenset("好以作（([AIH")


def leftovers(frame: Frame) -> Iterator[Flaw]:
    """Each kind of them where it stands first; `times` says how often."""
    text = frame.text
    if "<!--" in text:
        yield from _first(text, _COMMENT)
    if any(mark in text for mark in _TOKENS):
        yield from _first(text, _TOKEN)
    for begin, line in frame.lines:
        # Looking at the first letter alone spares nearly every line the pattern.
        if line.lstrip()[0] in _FIRST and _ANSWER.match(line):
            yield Flaw(begin, begin + len(line), " ".join(line.split())[:EVIDENCE])


def _first(text: str, pattern: re.Pattern[str]) -> Iterator[Flaw]:
    found = list(pattern.finditer(text))
    if found:
        yield Flaw(found[0].start(), found[0].end(), " ".join(found[0][0].split())[:EVIDENCE], len(found))
