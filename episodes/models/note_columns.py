"""Mapping between records of a parsed note and database rows, used by the loader and the exporter."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from episodes.bases.fields import SecondsField
from episodes.models import (
    Appearance,
    Chapter,
    Episode,
    Mention,
    Observation,
    Prediction,
    Quote,
    Section,
    TaggedEpisode,
    Takeaway,
)
from episodes.notes import timecodes, yaml_text
from episodes.notes.parsed import SEPARATOR, ParsedNote, Record, Segment
from episodes.notes.tag_names import tag_key


@dataclass(frozen=True)
class Spec:
    """Table, relation and fields of one kind of record.

    relation: the related name on Episode.

    fields: the fields that the note provides; the record and the model use the same names.

    words: the fields that identify a record among those of its kind.
    """

    model: type[models.Model]
    relation: str
    fields: tuple[str, ...]
    words: tuple[str, ...]


SPECS: dict[str, Spec] = {
    # First: labels of quotes are resolved against the credits.
    "appearance": Spec(Appearance, "appearances", ("role", "label"), ("role", "label")),
    "section": Spec(Section, "sections", ("kind", "heading", "level", "text", "order"), ("kind", "heading")),
    "chapter": Spec(Chapter, "chapters", ("start", "title", "summary"), ("title",)),
    "quote": Spec(Quote, "quotes", ("start", "label", "text", "context"), ("text",)),
    "prediction": Spec(Prediction, "predictions", ("start", "horizon", "label", "words"), ("words",)),
    "observation": Spec(Observation, "observations", ("kind", "start", "cue", "detail", "reading"), ("kind", "detail")),
    "takeaway": Spec(Takeaway, "takeaways", ("text", "order", "depth", "heading"), ("text",)),
    "mention": Spec(Mention, "mentions", ("listed_as",), ("name", "listed_as")),
    "tag": Spec(TaggedEpisode, "tagged", (), ("name",)),
}
EPISODE_FIELDS = (
    "title",
    "summary",
    "insight",
    "aired_on",
    "duration",
    "number",
    "source_url",
    "area",
    "category",
    "series",
    "projects",
)
# The column for the raw text of a value that cannot be read; the field itself is null then.
RAW_COLUMNS = {"start": "start_raw", "aired_on": "aired_on_raw", "duration": "duration_raw"}


def to_column(model: type[models.Model], name: str, value: Any) -> Any:
    """Return a note's value as its column holds it.

    An empty string instead of None, dates as date, char fields on one line and cut to their length.
    """
    column = model._meta.get_field(name)
    if isinstance(column, models.DateField):
        return parse_date(value)
    if isinstance(column, models.JSONField):
        return list(value or [])
    if isinstance(column, models.IntegerField):
        return _number(column, value)
    text = "" if value is None else str(value)
    if isinstance(column, models.CharField):
        if "\n" in text or "\r" in text:
            text = " ".join(text.split())
        return text[: column.max_length]
    return text


def _number(column: models.IntegerField, value: Any) -> int | None:
    """Return a number as its column holds it, also from text.

    Out of range: None for a nullable column, else the nearest value.
    """
    if isinstance(value, str):
        value = timecodes.parse(value) if isinstance(column, SecondsField) else yaml_text.read_number(value)
    if value is None or value < 0:
        return None
    limit = 32_767 if isinstance(column, models.PositiveSmallIntegerField) else 2_147_483_647
    return value if value <= limit else None if column.null else limit


def to_note(value: Any) -> Any:
    """Return a column's value as a note writes it."""
    return value.isoformat() if isinstance(value, datetime.date) else value


def to_yaml(name: str, value: Any) -> Any:
    """Return a column's value for a YAML scalar: as `to_note`, but a duration is a time code."""
    if name == "duration" and value is not None:
        return timecodes.format(value)
    return to_note(value)


def parse_date(text: str | None) -> datetime.date | None:
    """Return the date of `2025-03-25`, also with a time after it; None if there is none."""
    try:
        return datetime.date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return None


def columns(spec_model: type[models.Model], fields: tuple[str, ...], record: Record, raws: dict[str, str]) -> dict:
    """Return the column values of one record.

    raws: the record's raw text by field, for values that cannot be read.
    """
    values = {name: to_column(spec_model, name, record.get(name)) for name in fields}
    for name, raw_column in RAW_COLUMNS.items():
        if name in values:
            raw = raws.get(name, "").strip("\"' \n")
            values[raw_column] = (
                raw[: getattr(spec_model._meta.get_field(raw_column), "max_length", None)]
                if values[name] is None
                else ""
            )
    return values


def raws_by_record(note: ParsedNote) -> dict[int, dict[str, str]]:
    """Return the raw text of the fields in RAW_COLUMNS, by record index and field."""
    texts: dict[int, dict[str, str]] = {}
    for segment in note.segments:
        if segment.field in RAW_COLUMNS:
            texts.setdefault(segment.record, {})[segment.field] = note.raw(segment)
    return texts


def segments_by_record(note: ParsedNote) -> dict[int, list[Segment]]:
    """Return the segments of a note by record index, without separators."""
    segments: dict[int, list[Segment]] = {}
    for segment in note.segments:
        if segment.record != SEPARATOR:
            segments.setdefault(segment.record, []).append(segment)
    return segments


def span_of(record: Record) -> dict[str, int]:
    """Return the span columns of a record."""
    return {"span_begin": record.begin, "span_end": record.end}


def rows_by_kind(episode: Episode) -> Iterator[tuple[str, list[Any]]]:
    """Yield every kind of record with its stored rows, mentions and tags with their names.

    One query for each kind, none if the rows are prefetched.
    """
    joins = {"mention": "entity", "tag": "tag"}
    loaded = getattr(episode, "_prefetched_objects_cache", {})
    for kind, spec in SPECS.items():
        rows = getattr(episode, spec.relation).all()
        # select_related would query prefetched rows again.
        yield kind, list(rows.select_related(joins[kind]) if kind in joins and spec.relation not in loaded else rows)


def row_identity(kind: str, row: Any) -> tuple[str, ...]:
    """Return the normalised values that identify a row among those of its kind."""
    return tuple(_normaliser(kind)(_word(kind, row, name)) for name in SPECS[kind].words)


def _normaliser(kind: str) -> Callable[[Any], str]:
    """Return the function that maps all spellings of a value to one key."""
    return (lambda name: tag_key(str(name))) if kind == "tag" else _normal


def _word(kind: str, row: Any, name: str) -> Any:
    if name == "name":
        return row.entity.name if kind == "mention" else row.tag.name
    return getattr(row, name)


# Characters: the length of the name columns. A record is compared with its row as the row was written.
_NAME_LENGTH = {"tag": 100, "mention": 300}


def name_of_record(kind: str, record: Record) -> str:
    """Return the name of a mention or tag, cut to the length of its column."""
    return str(record.get("name") or "")[: _NAME_LENGTH[kind]]


def record_identity(kind: str, record: Record) -> tuple[str, ...]:
    """Return the normalised values that identify a record; comparable with `row_identity`."""
    return tuple(_normaliser(kind)(_word_of_record(kind, record, name)) for name in SPECS[kind].words)


def _word_of_record(kind: str, record: Record, name: str) -> Any:
    return name_of_record(kind, record) if name == "name" else to_column(SPECS[kind].model, name, record.get(name))


def record_values(kind: str, record: Record) -> tuple[str, ...]:
    """Return all values of a record, to distinguish records with the same identity."""
    return (
        *record_identity(kind, record),
        *(str(record.get(name)) for name in SPECS[kind].fields if name != "order"),
    )


def _normal(value: Any) -> str:
    return " ".join(str(value if value is not None else "").split()).casefold()
