"""Check that a parsed note accounts for all of its text, and measure how much was not recognised."""

from __future__ import annotations

from episodes.notes.parsed import SEPARATOR, ParsedNote, Record
from episodes.notes.prose.outline import fold_spans


def check_tiling(note: ParsedNote) -> None:
    """Raise ValueError for the first hole, overlap, wrong record or wrong span."""
    at = 0
    for segment in note.segments:
        if segment.begin != at:
            what = "hole" if segment.begin > at else "overlap"
            raise ValueError(
                f"{what} between {at} and segment {segment.field or 'separator'} at {segment.begin}:{segment.end}"
            )
        if segment.end < segment.begin:
            raise ValueError(f"segment {segment.field} ends before it begins: {segment.begin}:{segment.end}")
        if segment.record != SEPARATOR and not 0 <= segment.record < len(note.records):
            raise ValueError(
                f"segment {segment.field} at {segment.begin} belongs to record {segment.record}, which does not exist"
            )
        if segment.record != SEPARATOR and not _encloses(note.records[segment.record], segment.begin, segment.end):
            raise ValueError(
                f"segment {segment.field} at {segment.begin}:{segment.end} lies outside its record {segment.record}"
            )
        at = segment.end
    if at != len(note.text):
        raise ValueError(f"hole between {at} and the end of the note at {len(note.text)}")
    _check_values(note)


def _encloses(record: Record, begin: int, end: int) -> bool:
    return record.begin <= begin and end <= record.end


def _check_values(note: ParsedNote) -> None:
    """Raise ValueError unless every value has exactly one segment and every annotation lies in the note."""
    owned = [(segment.record, segment.field) for segment in note.segments if segment.record != SEPARATOR]
    valued = [(index, name) for index, record in enumerate(note.records) for name in record.values]
    if sorted(owned) != sorted(valued):
        twice = sorted({pair for pair in owned if owned.count(pair) > 1} | (set(owned) ^ set(valued)))
        raise ValueError(f"value and segment do not match: {twice[0]}")
    for annotation in note.annotations:
        if not 0 <= annotation.begin < annotation.end <= len(note.text):
            raise ValueError(f"{annotation.kind} at {annotation.begin}:{annotation.end} lies outside the note")


def fallback_share(note: ParsedNote) -> float:
    """Return the share (0 to 1) of characters that were not recognised.

    Text of body sections without heading, outside turns, glosses, formulas and folds.
    """
    known = [(annotation.begin, annotation.end) for annotation in note.annotations] + fold_spans(note.text)
    known.sort()
    unknown = 0
    for segment in note.segments:
        if segment.record == SEPARATOR or segment.field != "text":
            continue
        record = note.records[segment.record]
        if record.kind == "section" and record.get("kind") == "body" and not record.get("heading"):
            unknown += _uncovered(segment.begin, segment.end, known)
    return unknown / len(note.text) if note.text else 0.0


def _uncovered(begin: int, end: int, spans: list[tuple[int, int]]) -> int:
    """Return the number of characters of begin:end outside the spans, which are in order and may overlap."""
    free, at = 0, begin
    for start, stop in spans:
        if start >= end:
            break
        if stop > at:
            free += max(0, start - at)
            at = stop
    return free + max(0, end - at)
