"""Leftovers of a note's production: marks of joined pieces, a generator's answers, a fence around everything."""

from __future__ import annotations

import re
from collections.abc import Iterator

from episodes.notes.detectors.text_parts import Frame
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
    """Yield the first occurrence of each kind; `times` counts them."""
    text = frame.text
    if "<!--" in text:
        yield from _first(text, _COMMENT)
    if any(mark in text for mark in _TOKENS):
        yield from _first(text, _TOKEN)
    for begin, line in frame.lines:
        # Testing the first letter spares nearly every line the pattern.
        if line.lstrip()[0] in _FIRST and _ANSWER.match(line):
            yield Flaw(begin, begin + len(line), " ".join(line.split())[:EVIDENCE])


def _first(text: str, pattern: re.Pattern[str]) -> Iterator[Flaw]:
    matches = list(pattern.finditer(text))
    if matches:
        yield Flaw(matches[0].start(), matches[0].end(), " ".join(matches[0][0].split())[:EVIDENCE], len(matches))
