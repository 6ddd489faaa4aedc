"""State of reading an episode page: the builder and the unclaimed lines."""

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
    """A heading and the lines under it. name: a part of `vocabulary`, `header` or `unknown`."""

    name: str
    heading: Line | None
    match: re.Match[str] | None
    lines: list[Line]

    @property
    def title(self) -> str:
        """The words of the heading."""
        return self.match["heading"] if self.match else ""


class Page:
    """Builds a note from front to back.

    Unclaimed lines are collected, and written as a body section before the next segment.
    """

    def __init__(self, dialect: str, text: str) -> None:
        self.text = text
        self.builder = Builder(dialect, text)
        self.sections = 0
        self.takeaways = 0
        self._unclaimed: list[Line] = []
        self._label: int | None = None
        self._items = 0
        self._end_of_items = 0

    @property
    def note(self) -> ParsedNote:
        """The note built so far."""
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
        """Add the record of a heading with its declared count, and return its index."""
        record = self.builder.record("label", begin, end, **given)
        self.segment(*match.span("heading"), record, "heading", "line")
        if match["count"]:
            self.segment(*match.span("count"), record, "count", "integer")
        return record

    def close(self, part: Part) -> None:
        """Finish a part: write unclaimed lines, add its group, compare the declared count."""
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

    def check_count(self, label: int, count: int) -> None:
        """Add a remark if a heading declares another number of items than were found."""
        record = self.note.records[label]
        declared = record.values.get("count")
        if declared is not None and declared != count:
            message = _("%(heading)s: the note declares %(declared)s, %(found)s were found")
            params = {"heading": record.values["heading"], "declared": declared, "found": count}
            self.builder.remark("count-differs", "warning", message, label, "count", **params)

    def item(self, kind: str, begin: int, end: int, /, **given: object) -> int:
        """Open the record of an item, after writing unclaimed lines."""
        self.flush()
        self._items += 1
        self._end_of_items = max(self._end_of_items, end)
        return self.builder.record(kind, begin, end, **given)

    def segment(self, begin: int, end: int, record: int, name: str, codec: str) -> None:
        """Add a segment with the value that its codec reads."""
        value = value_codecs.read(codec, self.text[begin:end])
        self.builder.segment(begin, end, record, name, codec, value)

    def time(self, begin: int, end: int, record: int) -> None:
        """Add the segment of a time; an unreadable one is null and gets a remark."""
        raw = self.text[begin:end]
        value = timecodes.parse(raw)
        self.builder.segment(begin, end, record, "start", "time", value)
        if value is None:
            message = _("%(raw)s cannot be read as a time")
            self.builder.remark("time-unreadable", "warning", message, record, "start", raw=repr(raw))

    def add_unclaimed(self, lines: Iterable[Line]) -> None:
        """Collect lines that no reader understood."""
        self._unclaimed.extend(lines)

    def add_unclaimed_block(self, block: Block) -> None:
        """Collect all lines of a block."""
        self.add_unclaimed([block.head, *block.rest])

    def flush(self) -> None:
        """Write the collected lines as a section of kind body, without outer blank lines."""
        lines = self._take_unclaimed()
        if lines:
            record = self._section(lines[0].begin, lines[-1].stop, level=0)
            self.segment(lines[0].begin, _without_line_end(self.text, lines[-1]), record, "text", "text")

    def headed(self, heading: Line, at: int) -> None:
        """Write the collected lines as a section under a heading, whose words begin at `at`."""
        lines = self._take_unclaimed()
        level = len(line_marks(self.text, heading)) or 2
        record = self._section(heading.begin, lines[-1].stop if lines else heading.stop, level)
        self.segment(at, heading.end, record, "heading", "line")
        if lines:
            self.segment(lines[0].begin, _without_line_end(self.text, lines[-1]), record, "text", "text")

    def _take_unclaimed(self) -> list[Line]:
        """Return the collected lines without outer blank ones, and clear them."""
        lines, self._unclaimed = self._unclaimed, []
        filled_lines = [number for number, line in enumerate(lines) if not line.blank]
        return lines[filled_lines[0] : filled_lines[-1] + 1] if filled_lines else []

    def _section(self, begin: int, end: int, level: int) -> int:
        self.sections += 1
        return self.builder.record("section", begin, end, kind="body", order=self.sections - 1, level=level)

    def finish(self) -> ParsedNote:
        """Return the note, with unclaimed lines written."""
        self.flush()
        return self.builder.finish()


def line_marks(text: str, line: Line) -> str:
    """Return the `#` marks of a Markdown heading."""
    raw = text[line.at : line.end]
    return raw[: len(raw) - len(raw.lstrip("#"))]


def _without_line_end(text: str, line: Line) -> int:
    end = line.stop
    while end > line.begin and text[end - 1] in "\r\n":
        end -= 1
    return end
