"""What a dialect reads out of a note. Pure Python, no Django.

A note is tiled by *leaves*: every character belongs to exactly one of them, so that the leaves' text put together is
the note again. A leaf either holds the value of one field of one *record* (its codec tells how to read it, and how to
write another value in its place) or is a separator. Records become rows. *Annotations* (turns, glosses, formulas) lie
inside the text of a record and are found in it by a pure reader; they own no text.

Offsets are indexes into the decoded text (code points), half open: text[begin:end].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from episodes.notes.line_ends import with_line_feeds

SEPARATOR = -1


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogue, which is collected by this name."""
    return text


class NoteError(Exception):
    """A file that cannot be read as a note: what is wrong, at which line (1-based), and the remedy."""

    def __init__(self, problem: str, *, line: int = 1, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.line, self.remedy = problem, line, remedy

    def sentence(self, path: str) -> str:
        """One line for people: `path:line: problem. remedy.`"""
        return f"{path}:{self.line}: {self.problem.rstrip('.')}. {self.remedy.rstrip('.')}."


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the note. `record` indexes ParsedNote.records, or is SEPARATOR."""

    begin: int
    end: int
    record: int = SEPARATOR
    field: str = ""
    codec: str = ""


@dataclass(slots=True)
class Record:
    """One row to be, or a structural `label` that becomes none.

    `values` holds what the leaves of this record read; `given` what follows from its place in the note (a kind, a list
    name, an order). begin/end enclose the whole record including its own separators, so that cutting text[begin:end]
    removes it cleanly.
    """

    kind: str
    begin: int
    end: int
    values: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, self.given.get(name, default))


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something understood inside a record's text: kind is turn, gloss, formula or editor_note."""

    kind: str
    begin: int
    end: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """A list in the note whose members are records of one kind, so that one can be added or taken out.

    `name` is what the note calls it (people, tags, 金句); begin/end enclose the list's value.
    """

    name: str
    kind: str
    begin: int
    end: int
    codec: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something found wrong while reading; becomes a Finding of origin import.

    message: in English; template, params: what it was made of, to be said in the language of whoever reads it.
    record/field name what it is about; record is SEPARATOR for the note as a whole.
    """

    code: str
    severity: str  # error, warning, info
    message: str
    record: int = SEPARATOR
    template: str = field(default="", kw_only=True)
    # Above the attribute `field`, which hides the function of that name.
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
        return self.records[0]

    def of_kind(self, *kinds: str) -> Iterator[tuple[int, Record]]:
        """(index, record) of the given kinds in the note's order."""
        return ((i, r) for i, r in enumerate(self.records) if r.kind in kinds)

    def raw(self, segment: Segment) -> str:
        return self.text[segment.begin : segment.end]

    def line_of(self, offset: int) -> int:
        """1-based line number of an offset."""
        return with_line_feeds(self.text[:offset]).count("\n") + 1


class Builder:
    """Collects records and leaves front to back; whatever lies between two leaves becomes a separator by itself."""

    def __init__(self, dialect: str, text: str) -> None:
        self.note = ParsedNote(dialect, text)
        self._at = 0
        self.record("episode", 0, len(text))

    def record(self, kind: str, begin: int, end: int, /, **given: Any) -> int:
        """Open a record and return its index."""
        self.note.records.append(Record(kind, begin, end, {}, given))
        return len(self.note.records) - 1

    def segment(self, begin: int, end: int, record: int, name: str, codec: str, value: Any) -> None:
        """Own text[begin:end] for a field. Leaves must come in order and may not overlap.

        Every caller passes the value it has read; `tests` hold `codecs.read(codec, raw) == value` over real notes.
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
        """Add a Remark with the sentence that `template` makes of `params`; without any it is the sentence itself."""
        message = template % params if params else template
        made = Remark(code, severity, message, record, template=template, params=params, field=name)
        self.note.remarks.append(made)

    def finish(self) -> ParsedNote:
        if self._at < len(self.note.text):
            self.note.segments.append(Segment(self._at, len(self.note.text)))
            self._at = len(self.note.text)
        return self.note


def to_stored(note: ParsedNote) -> dict[str, Any]:
    """What Note.parsed keeps: places and codecs, no values — those are read again from the text when needed."""
    return {
        "leaves": [
            [segment.begin, segment.end, segment.record, segment.field, segment.codec] for segment in note.segments
        ],
        "records": [[record.kind, record.begin, record.end, record.given] for record in note.records],
        "groups": [[group.name, group.kind, group.begin, group.end, group.codec] for group in note.groups],
    }


def from_stored(dialect: str, text: str, stored: dict[str, Any]) -> ParsedNote:
    """The note as it was read when `to_stored` was called, by whatever version of the parser."""
    from episodes.notes import value_codecs

    note = ParsedNote(dialect, text)
    note.records = [Record(kind, begin, end, {}, given) for kind, begin, end, given in stored["records"]]
    note.segments = [Segment(*segment) for segment in stored["leaves"]]
    note.groups = [Group(*group) for group in stored["groups"]]
    for segment in note.segments:
        if segment.record != SEPARATOR:
            note.records[segment.record].values[segment.field] = value_codecs.read(segment.codec, note.raw(segment))
    return note
