"""The laws every dialect keeps, for the tests of each."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

from episodes.notes import value_codecs
from episodes.notes.parsed import SEPARATOR, ParsedNote, Record
from tests.shared import NOTES, require

PLACES = {"order"}  # what shifts when something before it goes


def seed(number: int) -> tuple[str, dict[str, Any]]:
    """Text and expected values of one of the five notes the project was created from."""
    require(NOTES.is_dir(), "the real notes are not here (../shared/notes)")
    (path,) = (NOTES / "seeds").glob(f"{number:03}_*.md")
    expected = json.loads((NOTES / "expected" / f"seed{number:03}_expected.json").read_text(encoding="utf-8"))
    return path.read_bytes().decode(), expected


def rows(note: ParsedNote, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
    """What the records say, without their places and without empty values; labels and `order` left out."""
    chosen = [r for r in note.records if (r.kind in kinds if kinds else r.kind != "label")]
    return [(record.kind, said(record)) for record in chosen]


def said(record: Record) -> dict[str, Any]:
    both = {**record.given, **record.values}
    return {name: value for name, value in both.items() if name not in PLACES and value not in ("", None)}


def assert_read_completely(note: ParsedNote) -> None:
    """Laws 1 and 2: the leaves are the note again, and every leaf reads as the value of its record."""
    assert "".join(note.raw(leaf) for leaf in note.leaves) == note.text
    ends = [0, *(leaf.end for leaf in note.leaves)]
    assert [leaf.begin for leaf in note.leaves] == ends[:-1]
    owned = [(leaf.record, leaf.field) for leaf in note.leaves if leaf.record != SEPARATOR]
    assert len(owned) == len(set(owned))
    for leaf in note.leaves:
        if leaf.record != SEPARATOR:
            assert value_codecs.read(leaf.codec, note.raw(leaf)) == note.records[leaf.record].values[leaf.field]
    for record in note.records:
        assert 0 <= record.begin <= record.end <= len(note.text)


def assert_writable(dialect: ModuleType, note: ParsedNote, record: int, field: str, value: Any) -> None:
    """Law 3: another value in the place of one changes this value and nothing else."""
    (leaf,) = (leaf for leaf in note.leaves if leaf.record == record and leaf.field == field)
    raw = value_codecs.write(leaf.codec, note.raw(leaf), value)
    again = dialect.parse(note.text[: leaf.begin] + raw + note.text[leaf.end :])
    expected = [{**r.given, **r.values} for r in note.records]
    expected[record][field] = value
    assert [r.kind for r in again.records] == [r.kind for r in note.records]
    assert [{**r.given, **r.values} for r in again.records] == expected


def assert_cut(dialect: ModuleType, note: ParsedNote, record: int) -> None:
    """Law 4: without the text of an item the note reads as before, without this item."""
    gone = note.records[record]
    again = dialect.parse(note.text[: gone.begin] + note.text[gone.end :])
    expected = [(r.kind, said(r)) for i, r in enumerate(note.records) if r.kind != "label" and i != record]
    assert rows(again) == expected


def inserted(dialect: ModuleType, note: ParsedNote, kind: str, group: str, values: dict[str, Any]) -> ParsedNote:
    """The note read again with a new record in it, after comparing everything else with what it was before."""
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
