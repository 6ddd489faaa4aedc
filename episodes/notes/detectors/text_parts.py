"""A text split once for all detectors: its folds, and the lines outside folds and code."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from episodes.notes.prose.code_and_comments import regions
from episodes.notes.prose.outline import Span, outline

_CODE_MARKS = ("```", "~~~", "<!--")


class Line(NamedTuple):
    """A line that is not blank."""

    begin: int
    text: str


class Frame:
    """A text with its folds and visible lines, each computed at first use."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def folds(self) -> list[Span]:
        """Spans of the folds with their tags."""
        opened = self.text.count("<details")
        if not opened:
            return []
        if opened != self.text.count("</details>"):
            return list(outline(self.text).folds)
        # Ten times as fast as the outline, which also reads headings and code.
        spans: list[Span] = []
        at = self.text.find("<details")
        while at >= 0:
            end = self.text.find("</details>", at)
            if end < 0:
                return list(outline(self.text).folds)
            spans.append((at, end + len("</details>")))
            at = self.text.find("<details", end)
        return spans

    @cached_property
    def lines(self) -> list[Line]:
        """Lines that are neither folded, nor code, nor a comment."""
        hidden = list(self.folds)
        if any(mark in self.text for mark in _CODE_MARKS):
            hidden += [(region.begin, region.end) for region in regions(self.text) if region.kind != "code"]
            hidden.sort()
        lines, at = [], 0
        for begin, end in (*hidden, (len(self.text), len(self.text))):
            if begin > at:
                lines += _lines(self.text[at:begin], at)
            at = max(at, end)
        return lines

    @cached_property
    def folded(self) -> str:
        """The text of all folds, joined."""
        return "\n".join(self.text[begin:end] for begin, end in self.folds)


def _lines(text: str, at: int) -> Iterator[Line]:
    """Yield the lines that are not blank. Splitting is four times as fast as a pattern."""
    for line in text.split("\n"):
        if line and not line.isspace():
            yield Line(at, line)
        at += len(line) + 1
