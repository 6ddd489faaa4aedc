"""Insert values into the text of a note that has no place for them yet.

Each `with_…` function returns the text with one value or record more, or None if the dialect has no place for it. The
result is parsed again: the new record must have the intended values, and all others must be unchanged.
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
    """Return the text with a value for a field of the episode."""

    def change(note: ParsedNote) -> str | None:
        leaf = leaf_of(note, 0, name)
        if leaf is not None:
            return written(note, leaf, name, value)
        placed = dialect.set_missing(note, name, to_note(value))
        return placed and inserted(text, *placed)

    return _tried(dialect, text, change, "episode", {name: value}, replaces=True)


def with_row(dialect: ModuleType, text: str, kind: str, listed_as: str, values: Values) -> str | None:
    """Return the text with a new record. listed_as: name of the list for mentions and tags. values: of the record."""

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
    """Return the text with an item rewritten to hold more values. known: its values in the note, which identify it."""

    def change(note: ParsedNote) -> str | None:
        record = _record(note, kind, known)
        if record is None:
            return None
        without = text[: record.begin] + text[record.end :]
        placed = dialect.insert(dialect.parse(without), kind, "", values)
        return placed and inserted(without, *placed)

    return _tried(dialect, text, change, kind, _compared(kind, values), replaces=True)


def with_heading(dialect: ModuleType, text: str, section: Section) -> str | None:
    """Return the text with a heading above the section's text, which has none."""

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
    """Return the text with the section's text below its heading, which has none."""

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
    """Return the leaf (the span of a value) of a field of the record with this index, or None."""
    return next((leaf for leaf in note.segments if leaf.record == record and leaf.field == name), None)


def written(note: ParsedNote, leaf: Segment, name: str, value: Any) -> str:
    """Return the text with another value in a leaf. Raises ValueError if its codec cannot write the value."""
    encoded = to_yaml(name, value) if leaf.codec == "yaml" else to_note(value)
    return note.text[: leaf.begin] + value_codecs.write(leaf.codec, note.raw(leaf), encoded) + note.text[leaf.end :]


def inserted(text: str, offset: int, new: str) -> str:
    """Return the text with `new` inserted at an offset in code points."""
    return text[:offset] + new + text[offset:]


def _section_leaf(note: ParsedNote, name: str, **values: str) -> Segment | None:
    """Return the leaf of a field of the only section with these values, or None."""
    indexes = [
        index
        for index, record in note.of_kind("section")
        if all(to_column(Section, field, record.get(field)) == value for field, value in values.items())
    ]
    return leaf_of(note, indexes[0], name) if len(indexes) == 1 else None


def _record(note: ParsedNote, kind: str, known: Values) -> Record | None:
    """Return the only record with these values, or None."""
    records = [record for _, record in note.of_kind(kind) if _has_values(kind, record, known)]
    return records[0] if len(records) == 1 else None


def _compared(kind: str, values: Values) -> Values:
    return {name: values[name] for name in compared_fields(kind) if name in values}


def compared_fields(kind: str) -> list[str]:
    """Return the fields that must survive a round trip: all but the position, which depends on the note."""
    places = {"order", "level", "depth"} | (set() if kind == "section" else {"heading"})
    return [name for name in SPECS[kind].fields if name not in places]


def _has_values(kind: str, record: Record, values: Values) -> bool:
    model = Episode if kind == "episode" else SPECS[kind].model
    return all(to_column(model, name, record.get(name)) == value for name, value in values.items())


def _tried(
    dialect: ModuleType, text: str, change: Change, kind: str, meant: Values, replaces: bool = False
) -> str | None:
    """Return the changed text if it parses to one record more with the values `meant` and no other difference.

    replaces: the new record replaces one of its kind.
    """
    before = dialect.parse(text)
    try:
        changed = change(before)
        after = dialect.parse(changed) if changed is not None else None
    except (NoteError, ValueError):
        return None
    if after is None:
        return None
    old_keys, new_keys = _record_keys(before.records), _record_keys(after.records)
    removed, added = old_keys - new_keys, new_keys - old_keys
    if [key[0] for key in removed.elements()] != [kind] * replaces or [key[0] for key in added.elements()] != [kind]:
        return None
    record = next(record for record in after.records if _key(record) in added)
    return changed if _has_values(kind, record, meant) else None


def _record_keys(records: Iterable[Record]) -> Counter:
    return Counter(_key(record) for record in records if record.kind != "label")


def _key(record: Record) -> tuple:
    """Return all values of a record but its position, hashable."""
    values = {**record.given, **record.values}
    return record.kind, repr(sorted((name, value) for name, value in values.items() if name != "order"))
