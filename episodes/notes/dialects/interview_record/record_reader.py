"""State of reading an interview record."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from episodes.notes import value_codecs
from episodes.notes.dialects.note_lines import Line, require_match
from episodes.notes.parsed import Builder, ParsedNote
from episodes.notes.prose.outline import Heading

_RULE = re.compile(r"[ \t]*(?:-[ \t]*){3,}$|[ \t]*(?:\*[ \t]*){3,}$|[ \t]*(?:_[ \t]*){3,}$")
_FIRST_LINE = re.compile(r"(?:[ \t]*\r?\n)+")
_SPACES = re.compile(r"[ \t]*")
_LONGEST_RULE = 80


class Block(NamedTuple):
    """A heading and the text below it, text[begin:end], up to the next heading."""

    part: str
    heading: Heading | None
    begin: int
    end: int


class RecordReader:
    """Builds a note from front to back.

    Unclaimed lines are collected, and written as a body section before the next segment.
    """

    def __init__(self, dialect: str, text: str) -> None:
        self.text = text
        self.builder = Builder(dialect, text)
        self.title_at = ""
        self.sections = 0
        self.takeaways = 0
        self.unit: int | None = None  # columns of one level of key points
        self._unclaimed: list[Line] = []

    @property
    def note(self) -> ParsedNote:
        """The note built so far."""
        return self.builder.note

    def segment(self, begin: int, end: int, record: int, name: str, codec: str) -> None:
        """Add a segment with the value that its codec reads."""
        value = value_codecs.read(codec, self.text[begin:end])
        self.builder.segment(begin, end, record, name, codec, value)

    def record(self, kind: str, begin: int, end: int, /, **given: object) -> int:
        """Open a record, after writing unclaimed lines."""
        self.flush()
        return self.builder.record(kind, begin, end, **given)

    def section(self, kind: str, begin: int, end: int, level: int = 0, **given: object) -> int:
        """Open the record of a section and return its index."""
        index = self.record("section", begin, end, kind=kind, order=self.sections, level=level, **given)
        self.sections += 1
        return index

    def headed(self, block: Block, kind: str) -> int:
        """Open the section of a block; its heading is a segment of its own unless it is the episode's title."""
        heading = block.heading
        if heading is None:
            return self.section(kind, block.begin, block.end)
        if self.is_title(block.part):
            title = self.text[heading.at : heading.stop]
            index = self.section(kind, heading.begin, block.end, heading.level, heading=title)
            self.segment(heading.at, heading.stop, 0, "title", "line")
        else:
            index = self.section(kind, heading.begin, block.end, heading.level)
            self.segment(heading.at, heading.stop, index, "heading", "line")
        return index

    def is_title(self, place: str) -> bool:
        """Return whether this source provides the title; only the first one does."""
        return self.title_at == place and "title" not in self.note.episode.values

    def text_segment(self, record: int, begin: int, end: int) -> None:
        """Add the text of a record, without blank lines and rules around it."""
        begin, end = trimmed(self.text, begin, end)
        if begin < end:
            self.segment(begin, end, record, "text", "text")

    def label(self, block: Block, part: str) -> None:
        """Add a heading that becomes no row."""
        if block.heading is None:
            return
        record = self.record("label", block.heading.begin, block.heading.end, part=part)
        self.segment(block.heading.at, block.heading.stop, record, "heading", "line")

    def add_unclaimed(self, lines: Iterable[Line]) -> None:
        """Collect lines that no reader understood."""
        self._unclaimed.extend(lines)

    def write_body(self, begin: int, end: int) -> None:
        """Write a range of text as a body section of its own."""
        begin, end = trimmed(self.text, begin, end)
        if begin < end:
            self.text_segment(self.section("body", begin, end), begin, end)

    def flush(self) -> None:
        """Write the collected lines as a body section."""
        lines, self._unclaimed = self._unclaimed, []
        if lines:
            self.write_body(lines[0].begin, lines[-1].stop)

    def finish(self) -> ParsedNote:
        """Return the note, with unclaimed lines written."""
        self.flush()
        return self.builder.finish()


def is_rule(text: str, begin: int, end: int) -> bool:
    """Return whether a range of text is a horizontal rule."""
    return end - begin <= _LONGEST_RULE and _RULE.match(text, begin, end) is not None


def trimmed(text: str, begin: int, end: int) -> tuple[int, int]:
    """Return the range without blank lines and rules around it; trailing spaces of its last line stay."""
    while True:
        if match := _FIRST_LINE.match(text, begin, end):
            begin = match.end()
        line_end = text.find("\n", begin, end)
        if line_end < 0 or not is_rule(text, begin, len(text[begin:line_end].rstrip()) + begin):
            break
        begin = line_end + 1
    while True:
        last = _end_of_words(text, begin, end)
        line = max(text.rfind("\n", begin, last) + 1, begin)
        apart = not text[max(begin, line - 2) : line].strip() or line == begin
        if last == begin or not (apart and is_rule(text, line, last)):
            break
        end = line
    return begin, max(begin, min(end, require_match(_SPACES.match(text, last)).end()))


def _end_of_words(text: str, begin: int, end: int) -> int:
    while end > begin and text[end - 1] in " \t\r\n":
        end -= 1
    return end
