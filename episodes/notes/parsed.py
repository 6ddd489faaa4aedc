"""Result of reading a note: segments, records, annotations. Pure Python, no Django.

A note is tiled by *segments*: every character belongs to exactly one, so the segments' text joined is the note again. A
segment either holds the value of one field of one *record* (its codec tells how to read and write it) or is a
separator. Records become rows. *Annotations* (turns, glosses, formulas) lie inside the text of a record; a pure reader
finds them there, and they own no text.

Offsets are code points of the decoded text, half open: text[begin:end].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from episodes.notes.line_ends import with_line_feeds

# `Segment.record` of text between values.
SEPARATOR = -1


def gettext_noop(text: str) -> str:
    """Mark a text for translation. makemessages finds it by this name; Django's own is not available here."""
    return text


class NoteError(Exception):
    """A file that cannot be read as a note, with the problem, its line (1-based) and a remedy."""

    def __init__(self, problem: str, *, line: int = 1, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.line, self.remedy = problem, line, remedy

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle makes the error of in another process: its arguments have names."""
        return partial(NoteError, line=self.line, remedy=self.remedy), (self.problem,)

    def sentence(self, path: str) -> str:
        """Return the error on one line: `path:line: problem. remedy.`"""
        return f"{path}:{self.line}: {self.problem.rstrip('.')}. {self.remedy.rstrip('.')}."


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the note. `record` is an index in ParsedNote.records, or SEPARATOR."""

    begin: int
    end: int
    record: int = SEPARATOR
    field: str = ""
    codec: str = ""


@dataclass(slots=True)
class Record:
    """A future row, or a structural `label` that becomes none.

    `values` holds what the record's segments read as; `given` what follows from its position (a kind, a list name, an
    order). begin and end enclose the record with its own separators, so that cutting text[begin:end] removes it
    cleanly.
    """

    kind: str
    begin: int
    end: int
    values: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value that was read, else one that was given."""
        return self.values.get(name, self.given.get(name, default))


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something recognised inside a record's text. kind: turn, gloss, formula or editor_note."""

    kind: str
    begin: int
    end: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """A list in the note of records of one kind, so that one can be added or removed.

    `name` is the note's own name for it (people, tags, 金句); begin and end enclose the list's value.
    """

    name: str
    kind: str
    begin: int
    end: int
    codec: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A problem found while reading; becomes a Finding of origin import.

    message: in English. template, params: its translatable form.

    record, field: the value in question; record is SEPARATOR for the note as a whole.
    """

    code: str
    severity: str  # error, warning, info
    message: str
    record: int = SEPARATOR
    template: str = field(default="", kw_only=True)
    # Must precede the attribute `field`, which hides the function of that name.
    params: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    field: str = ""


@dataclass(slots=True)
class ParsedNote:
    """A note read by one dialect. records[0] is always the episode itself."""

    dialect: str
    text: str
    segments: list[Segment] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def episode(self) -> Record:
        """The record of the episode itself."""
        return self.records[0]

    def of_kind(self, *kinds: str) -> Iterator[tuple[int, Record]]:
        """Return an iterator of (index, record) for these kinds, in the note's order."""
        return ((i, r) for i, r in enumerate(self.records) if r.kind in kinds)

    def raw(self, segment: Segment) -> str:
        """Return the text of a segment."""
        return self.text[segment.begin : segment.end]

    def line_of(self, offset: int) -> int:
        """Return the line number of an offset, 1-based."""
        return with_line_feeds(self.text[:offset]).count("\n") + 1


class Builder:
    """Collects records and segments from front to back; text between two segments becomes a separator."""

    def __init__(self, dialect: str, text: str) -> None:
        self.note = ParsedNote(dialect, text)
        self._at = 0
        self.record("episode", 0, len(text))

    def record(self, kind: str, begin: int, end: int, /, **given: Any) -> int:
        """Open a record and return its index."""
        self.note.records.append(Record(kind, begin, end, {}, given))
        return len(self.note.records) - 1

    def segment(self, begin: int, end: int, record: int, name: str, codec: str, value: Any) -> None:
        """Assign text[begin:end] to a field of a record, with the value it reads as.

        Tests hold `value_codecs.read(codec, raw) == value` over real notes.

        Raises ValueError if the segment overlaps an earlier one: they must come in order.
        """
        if begin < self._at or end < begin:
            raise ValueError(f"leaf {name} at {begin}:{end} overlaps what is read up to {self._at}")
        if begin > self._at:
            self.note.segments.append(Segment(self._at, begin))
        self.note.segments.append(Segment(begin, end, record, name, codec))
        self.note.records[record].values[name] = value
        self._at = end

    def remark(
        self, code: str, severity: str, template: str, record: int = SEPARATOR, name: str = "", **params: Any
    ) -> None:
        """Add a Remark. `template` with `params` is its message; without params it is the message itself."""
        message = template % params if params else template
        remark = Remark(code, severity, message, record, template=template, params=params, field=name)
        self.note.remarks.append(remark)

    def finish(self) -> ParsedNote:
        """Return the note, with the rest of the text as a separator."""
        if self._at < len(self.note.text):
            self.note.segments.append(Segment(self._at, len(self.note.text)))
            self._at = len(self.note.text)
        return self.note


def to_stored(note: ParsedNote) -> dict[str, Any]:
    """Return the JSON for Note.parsed: positions and codecs without values, which are read again from the text."""
    return {
        "leaves": [
            [segment.begin, segment.end, segment.record, segment.field, segment.codec] for segment in note.segments
        ],
        "records": [[record.kind, record.begin, record.end, record.given] for record in note.records],
        "groups": [[group.name, group.kind, group.begin, group.end, group.codec] for group in note.groups],
    }


def from_stored(dialect: str, text: str, stored: dict[str, Any]) -> ParsedNote:
    """Return the note as it was parsed for `to_stored`, independent of the present parser.

    Raises LookupError, TypeError or ValueError if the JSON has another shape.
    """
    from episodes.notes import value_codecs

    note = ParsedNote(dialect, text)
    note.records = [Record(kind, begin, end, {}, given) for kind, begin, end, given in stored["records"]]
    note.segments = [Segment(*segment) for segment in stored["leaves"]]
    note.groups = [Group(*group) for group in stored["groups"]]
    for segment in note.segments:
        if segment.record != SEPARATOR:
            note.records[segment.record].values[segment.field] = value_codecs.read(segment.codec, note.raw(segment))
    return note
