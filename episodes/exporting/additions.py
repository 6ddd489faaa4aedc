"""Put into a note what it has no place for yet, where a person would put it.

Every function takes the text and returns it with one thing more, or None where the dialect has no place for it. What
was put in is read again: it must say what was meant, and everything else must say what it said before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from episodes.models import Episode, Section
from episodes.models.note_columns import (
    SPECS,
    to_column,
    to_note,
    to_yaml,
)
from episodes.notes import value_codecs
from episodes.notes.dialects.insertion_lines import line_at
from episodes.notes.dialects.note_lines import newline_of
from episodes.notes.parsed import NoteError, ParsedNote, Record, Segment
from episodes.notes.prose.outline import closed

Values = dict[str, Any]
Change = Callable[[ParsedNote], str | None]
_DEFAULT_LEVEL = 3
_DEEPEST_LEVEL = 6


def with_field(dialect: ModuleType, text: str, name: str, value: Any) -> str | None:
    """The note with a value for a field of the episode."""

    def change(note: ParsedNote) -> str | None:
        leaf = leaf_of(note, 0, name)
        if leaf is not None:
            return written(note, leaf, name, value)
        placed = dialect.set_missing(note, name, to_note(value))
        return placed and inserted(text, *placed)

    return _tried(dialect, text, change, "episode", {name: value}, replaces=True)


def with_row(dialect: ModuleType, text: str, kind: str, listed_as: str, values: Values) -> str | None:
    """The note with a record more. values: of the record; those of its columns are read again."""

    def change(note: ParsedNote) -> str | None:
        placed = dialect.insert(note, kind, listed_as, values)
        if placed is not None:
            return inserted(text, *placed)
        group = next((group for group in note.groups if group.name == listed_as and group.codec), None)
        if group is None:
            return None
        name = "label" if kind == "appearance" else "name"
        members = [r.get(name) for _, r in note.of_kind(kind) if group.begin <= r.begin and r.end <= group.end]
        value = value_codecs.write(group.codec, text[group.begin : group.end], [*members, values[name]])
        return text[: group.begin] + value + text[group.end :]

    return _tried(dialect, text, change, kind, _compared(kind, values))


def with_item(dialect: ModuleType, text: str, kind: str, known: Values, values: Values) -> str | None:
    """The note with an item written anew that gets a value it had no place for. known: what it says now."""

    def change(note: ParsedNote) -> str | None:
        record = _record(note, kind, known)
        if record is None:
            return None
        without = text[: record.begin] + text[record.end :]
        placed = dialect.insert(dialect.parse(without), kind, "", values)
        return placed and inserted(without, *placed)

    return _tried(dialect, text, change, kind, _compared(kind, values), replaces=True)


def with_heading(dialect: ModuleType, text: str, section: Section) -> str | None:
    """The note with a heading above the section's text, which has none there."""

    def change(note: ParsedNote) -> str | None:
        place = _section_leaf(note, "text", heading="", text=section.text)
        if place is None:
            return None
        newline, marks = newline_of(text), "#" * min(section.level or _DEFAULT_LEVEL, _DEEPEST_LEVEL)
        heading = value_codecs.write("line", "", section.heading)
        if dialect.MARKDOWN_HEADINGS:
            heading = closed(heading, marks)
        return inserted(text, *line_at(text, place.begin, f"{marks} {heading}{newline}{newline}", newline))

    meant = {"heading": section.heading, "text": section.text}
    return _tried(dialect, text, change, "section", meant, replaces=True)


def with_text(dialect: ModuleType, text: str, section: Section) -> str | None:
    """The note with a text below the section's heading, where nothing is yet."""

    def change(note: ParsedNote) -> str | None:
        place = _section_leaf(note, "heading", heading=section.heading, text="")
        if place is None:
            return None
        newline = newline_of(text)
        end = text.find("\n", place.end) + 1 or len(text)
        return inserted(text, *line_at(text, end, f"{newline}{section.text}{newline}", newline))

    meant = {"heading": section.heading, "text": section.text}
    return _tried(dialect, text, change, "section", meant, replaces=True)


def leaf_of(note: ParsedNote, record: int, name: str) -> Segment | None:
    return next((leaf for leaf in note.segments if leaf.record == record and leaf.field == name), None)


def written(note: ParsedNote, leaf: Segment, name: str, value: Any) -> str:
    """The note with another value in a leaf. Raises ValueError for one that cannot stand there."""
    said = to_yaml(name, value) if leaf.codec == "yaml" else to_note(value)
    return note.text[: leaf.begin] + value_codecs.write(leaf.codec, note.raw(leaf), said) + note.text[leaf.end :]


def inserted(text: str, offset: int, new: str) -> str:
    return text[:offset] + new + text[offset:]


def _section_leaf(note: ParsedNote, name: str, **said: str) -> Segment | None:
    """The leaf of the one section that says this."""
    found = [
        index
        for index, record in note.of_kind("section")
        if all(to_column(Section, field, record.get(field)) == value for field, value in said.items())
    ]
    return leaf_of(note, found[0], name) if len(found) == 1 else None


def _record(note: ParsedNote, kind: str, known: Values) -> Record | None:
    """The one record that says this."""
    found = [record for _, record in note.of_kind(kind) if _says(kind, record, known)]
    return found[0] if len(found) == 1 else None


def _compared(kind: str, values: Values) -> Values:
    """The columns that a new record has to say; where it stands is the note's affair."""
    return {name: values[name] for name in compared_fields(kind) if name in values}


def compared_fields(kind: str) -> list[str]:
    places = {"order", "level", "depth"} | (set() if kind == "section" else {"heading"})
    return [name for name in SPECS[kind].fields if name not in places]


def _says(kind: str, record: Record, meant: Values) -> bool:
    model = Episode if kind == "episode" else SPECS[kind].model
    return all(to_column(model, name, record.get(name)) == value for name, value in meant.items())


def _tried(
    dialect: ModuleType, text: str, change: Change, kind: str, meant: Values, replaces: bool = False
) -> str | None:
    """The changed text, if read again it has one record more that says what is meant, and nothing else is different.

    replaces: the new record takes the place of one of its kind.
    """
    before = dialect.parse(text)
    try:
        changed = change(before)
        after = dialect.parse(changed) if changed is not None else None
    except (NoteError, ValueError):
        return None
    if after is None:
        return None
    was, now = _said(before.records), _said(after.records)
    gone, new = was - now, now - was
    if [key[0] for key in gone.elements()] != [kind] * replaces or [key[0] for key in new.elements()] != [kind]:
        return None
    record = next(record for record in after.records if _key(record) in new)
    return changed if _says(kind, record, meant) else None


def _said(records: Iterable[Record]) -> Counter:
    return Counter(_key(record) for record in records if record.kind != "label")


def _key(record: Record) -> tuple:
    """Everything a record says but its place."""
    values = {**record.given, **record.values}
    return record.kind, repr(sorted((name, value) for name, value in values.items() if name != "order"))
