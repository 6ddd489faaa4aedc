"""Key points of an interview record: nested bullets, in groups under bold lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

from episodes.notes.dialects.interview_record.record_reader import Block, RecordReader, is_rule
from episodes.notes.dialects.note_lines import Line, lines_of
from episodes.notes.parsed import Group

_GROUP = re.compile(r"\*\*(?P<heading>[^*\n]+(?:\*[^*\n]+)*)\*\*[:：]?")
_NUMBERED = re.compile(r"\d{1,2}[.)][ \t]+")
# Columns.
_WIDEST_UNIT = 4


class _Point:
    """A bullet and the lines that continue it."""

    def __init__(self, line: Line, at: int) -> None:
        self.line, self.at, self.last = line, at, line


def read_review(reader: RecordReader, block: Block) -> None:
    """Read key points; a deeper heading opens a group, as a bold line does."""
    part = "review" if block.part == "review" else "group"
    reader.label(block, part)
    heading = reader.text[block.heading.at : block.heading.stop] if block.heading and part == "group" else ""
    lines = lines_of(reader.text, block.begin, block.end)
    points = _Points(reader, heading, unit_of(line.indent for line in lines if line.bullet))
    for line in lines:
        points.read(line)
    points.close()
    name = reader.text[block.heading.at : block.heading.stop] if block.heading else ""
    reader.note.groups.append(Group(name, "takeaway", block.begin, max(block.begin, points.end)))


def unit_of(indents: Iterable[int]) -> int:
    """Return the columns of one level: the narrowest indentation of a bullet, between two and four."""
    return max(2, min(_WIDEST_UNIT, *(indent for indent in indents if indent), _WIDEST_UNIT))


class _Points:
    """Reads the lines of one block in order."""

    def __init__(self, reader: RecordReader, heading: str, unit: int) -> None:
        self.reader, self.heading, self.unit = reader, heading, unit
        self.point: _Point | None = None
        self.after_blank = False
        self.end = 0

    def read(self, line: Line) -> None:
        """Read one line."""
        text = self.reader.text
        numbered = None if line.bullet else _NUMBERED.match(text, line.at, line.end)
        if line.blank:
            if self.point is None:
                self.reader.add_unclaimed([line])
        elif (line.bullet or numbered) and line.at < line.end and not is_rule(text, line.begin, line.end):
            self.close(line)
            self.point = _Point(line, numbered.end() if numbered else line.at)
        elif group := self._group(line):
            self.close()
            self._open_group(line, group)
        elif self.point and (line.indent or not self.after_blank):
            self.point.last = line
        else:
            self.close()
            if not is_rule(text, line.begin, line.end):
                self.reader.add_unclaimed([line])
        self.after_blank = line.blank

    def _group(self, line: Line) -> re.Match[str] | None:
        if line.indent or line.bullet:
            return None
        return _GROUP.fullmatch(self.reader.text, line.at, line.end)

    def _open_group(self, line: Line, group: re.Match[str]) -> None:
        record = self.reader.record("label", line.begin, line.stop, part="group")
        self.reader.segment(*group.span("heading"), record, "heading", "line")
        self.heading = group["heading"]

    def close(self, following: Line | None = None) -> None:
        """Write the open point; it ends at the following bullet, else after its own last line."""
        point, self.point = self.point, None
        if point is None:
            return
        reader = self.reader
        end = following.begin if following else point.last.stop
        depth = point.line.indent // self.unit
        record = reader.record(
            "takeaway", point.line.begin, end, order=reader.takeaways, depth=depth, heading=self.heading
        )
        reader.takeaways += 1
        reader.segment(point.at, point.last.end, record, "text", "indented")
        self.end = end
