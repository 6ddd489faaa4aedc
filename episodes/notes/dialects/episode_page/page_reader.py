"""What is being read of an episode page: the builder, and the lines no rule has claimed yet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from episodes.notes import timecodes, value_codecs
from episodes.notes.dialects.note_lines import Block, Line
from episodes.notes.parsed import Builder, Group, ParsedNote
from episodes.notes.parsed import gettext_noop as _


@dataclass(slots=True)
class Part:
    """A heading and the lines under it. name: a key of page_words, `header` or `unknown`."""

    name: str
    heading: Line | None
    match: re.Match[str] | None
    lines: list[Line]

    @property
    def title(self) -> str:
        return self.match["heading"] if self.match else ""


class Page:
    """Front to back: stray lines are collected and written as a body section before the next leaf."""

    def __init__(self, dialect: str, text: str) -> None:
        self.text = text
        self.builder = Builder(dialect, text)
        self.sections = 0
        self.takeaways = 0
        self._stray: list[Line] = []
        self._label: int | None = None
        self._items = 0
        self._end_of_items = 0

    @property
    def note(self) -> ParsedNote:
        return self.builder.note

    def open(self, part: Part) -> None:
        """Read the heading of a part into a label record; an unknown part's heading belongs to its section."""
        self.flush()
        self._items, self._label = 0, None
        if part.name == "unknown" or part.match is None or part.heading is None:
            return
        self._end_of_items = part.heading.stop
        self._label = self.label(part.match, part.heading.begin, part.heading.stop, part=part.name)

    def label(self, match: re.Match[str], begin: int, end: int, /, **given: str) -> int:
        """The record of a heading with its declared count."""
        record = self.builder.record("label", begin, end, **given)
        self.segment(*match.span("heading"), record, "heading", "line")
        if match["count"]:
            self.segment(*match.span("count"), record, "count", "integer")
        return record

    def close(self, part: Part) -> None:
        self.flush()
        if self._label is None or part.name in ("visual", "entities"):
            return
        kind = self._kind_of_items(part.name)
        begin = part.heading.stop if part.heading else 0
        self.note.groups.append(Group(part.title, kind, begin, max(begin, self._end_of_items)))
        self.check_count(self._label, self._items)

    @staticmethod
    def _kind_of_items(part: str) -> str:
        kinds = {"chapters": "chapter", "quotes": "quote", "predictions": "prediction", "takeaways": "takeaway"}
        return kinds.get(part, "observation")

    def check_count(self, label: int, found: int) -> None:
        record = self.note.records[label]
        declared = record.values.get("count")
        if declared is not None and declared != found:
            message = _("%(heading)s: the note declares %(declared)s, %(found)s were found")
            said = {"heading": record.values["heading"], "declared": declared, "found": found}
            self.builder.remark("count-differs", "warning", message, label, "count", **said)

    def item(self, kind: str, begin: int, end: int, /, **given: object) -> int:
        """Open the record of an item; stray lines before it are written first."""
        self.flush()
        self._items += 1
        self._end_of_items = max(self._end_of_items, end)
        return self.builder.record(kind, begin, end, **given)

    def segment(self, begin: int, end: int, record: int, name: str, codec: str) -> None:
        value = value_codecs.read(codec, self.text[begin:end])
        self.builder.segment(begin, end, record, name, codec, value)

    def time(self, begin: int, end: int, record: int) -> None:
        raw = self.text[begin:end]
        value = timecodes.parse(raw)
        self.builder.segment(begin, end, record, "start", "time", value)
        if value is None:
            message = _("%(raw)s cannot be read as a time")
            self.builder.remark("time-unreadable", "warning", message, record, "start", raw=repr(raw))

    def stray(self, lines: Iterable[Line]) -> None:
        self._stray.extend(lines)

    def stray_block(self, block: Block) -> None:
        self.stray([block.head, *block.rest])

    def flush(self) -> None:
        """Write the stray lines as one section of kind body; text without outer blank lines."""
        lines = self._taken()
        if lines:
            record = self._section(lines[0].begin, lines[-1].stop, level=0)
            self.segment(lines[0].begin, _without_line_end(self.text, lines[-1]), record, "text", "text")

    def headed(self, heading: Line, at: int) -> None:
        """Write the stray lines as a section under a heading, whose words begin at `at`."""
        lines = self._taken()
        level = len(line_marks(self.text, heading)) or 2
        record = self._section(heading.begin, lines[-1].stop if lines else heading.stop, level)
        self.segment(at, heading.end, record, "heading", "line")
        if lines:
            self.segment(lines[0].begin, _without_line_end(self.text, lines[-1]), record, "text", "text")

    def _taken(self) -> list[Line]:
        """The stray lines, no longer stray, from the first to the last that is not blank."""
        lines, self._stray = self._stray, []
        filled = [number for number, line in enumerate(lines) if not line.blank]
        return lines[filled[0] : filled[-1] + 1] if filled else []

    def _section(self, begin: int, end: int, level: int) -> int:
        self.sections += 1
        return self.builder.record("section", begin, end, kind="body", order=self.sections - 1, level=level)

    def finish(self) -> ParsedNote:
        self.flush()
        return self.builder.finish()


def line_marks(text: str, line: Line) -> str:
    """The # marks of a Markdown heading."""
    raw = text[line.at : line.end]
    return raw[: len(raw) - len(raw.lstrip("#"))]


def _without_line_end(text: str, line: Line) -> int:
    end = line.stop
    while end > line.begin and text[end - 1] in "\r\n":
        end -= 1
    return end
