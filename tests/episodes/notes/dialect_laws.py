"""Laws that every dialect keeps, shared by the tests of each."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

from episodes.notes import value_codecs
from episodes.notes.parsed import SEPARATOR, ParsedNote, Record
from tests.shared import NOTES, require

PLACES = {"order"}  # changes when something before it is removed


def seed(number: int) -> tuple[str, dict[str, Any]]:
    """Return text and expected values of one of the five notes that the project was created from."""
    require(NOTES.is_dir(), "the real notes are not here (../shared/notes)")
    (path,) = (NOTES / "seeds").glob(f"{number:03}_*.md")
    expected = json.loads((NOTES / "expected" / f"seed{number:03}_expected.json").read_text(encoding="utf-8"))
    return path.read_bytes().decode(), expected


def rows(note: ParsedNote, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the values of the records, without positions, empty values, labels and `order`."""
    chosen = [r for r in note.records if (r.kind in kinds if kinds else r.kind != "label")]
    return [(record.kind, row_values(record)) for record in chosen]


def row_values(record: Record) -> dict[str, Any]:
    both = {**record.given, **record.values}
    return {name: value for name, value in both.items() if name not in PLACES and value not in ("", None)}


def assert_read_completely(note: ParsedNote) -> None:
    """Laws 1 and 2: the segments are the note again, and each reads as its record's value."""
    assert "".join(note.raw(segment) for segment in note.segments) == note.text
    ends = [0, *(segment.end for segment in note.segments)]
    assert [segment.begin for segment in note.segments] == ends[:-1]
    owned = [(segment.record, segment.field) for segment in note.segments if segment.record != SEPARATOR]
    assert len(owned) == len(set(owned))
    for segment in note.segments:
        if segment.record != SEPARATOR:
            assert (
                value_codecs.read(segment.codec, note.raw(segment))
                == note.records[segment.record].values[segment.field]
            )
    for record in note.records:
        assert 0 <= record.begin <= record.end <= len(note.text)


def assert_writable(dialect: ModuleType, note: ParsedNote, record: int, field: str, value: Any) -> None:
    """Law 3: writing another value changes this value and nothing else."""
    (segment,) = (segment for segment in note.segments if segment.record == record and segment.field == field)
    raw = value_codecs.write(segment.codec, note.raw(segment), value)
    again = dialect.parse(note.text[: segment.begin] + raw + note.text[segment.end :])
    expected = [{**r.given, **r.values} for r in note.records]
    expected[record][field] = value
    assert [r.kind for r in again.records] == [r.kind for r in note.records]
    assert [{**r.given, **r.values} for r in again.records] == expected


def assert_cut(dialect: ModuleType, note: ParsedNote, record: int) -> None:
    """Law 4: without the text of an item the note reads as before, without this item."""
    gone = note.records[record]
    again = dialect.parse(note.text[: gone.begin] + note.text[gone.end :])
    expected = [(r.kind, row_values(r)) for i, r in enumerate(note.records) if r.kind != "label" and i != record]
    assert rows(again) == expected


def inserted(dialect: ModuleType, note: ParsedNote, kind: str, group: str, values: dict[str, Any]) -> ParsedNote:
    """Return the note read again with a new record, after comparing everything else with the note before."""
    place = dialect.insert(note, kind, group, values)
    assert place is not None
    offset, text = place
    again = dialect.parse(note.text[:offset] + text + note.text[offset:])
    before, after = rows(note), rows(again)
    assert len(after) == len(before) + 1
    new = next((i for i, row in enumerate(after) if i == len(before) or row != before[i]), None)
    assert after[:new] + after[new + 1 :] == before
    assert after[new][0] == kind
    wanted = {name: value for name, value in values.items() if value not in ("", None)}
    assert {name: after[new][1].get(name) for name in wanted} == wanted
    return again
