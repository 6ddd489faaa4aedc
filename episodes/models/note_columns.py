"""How records of a note and rows of the database correspond: one table, used by the loader and the serializer."""

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
    """One kind of record: its table, the relation from Episode, and its fields.

    fields: those whose value the note gives (name in the record = name of the column).
    words: the fields that tell whether two records are the same thing.
    """

    model: type[models.Model]
    relation: str
    fields: tuple[str, ...]
    words: tuple[str, ...]


SPECS: dict[str, Spec] = {
    # First: who is credited is who the labels of quotes may mean.
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
# A value that cannot be read leaves the field null and itself here.
RAW_BESIDE = {"start": "start_raw", "aired_on": "aired_on_raw", "duration": "duration_raw"}


def to_column(model: type[models.Model], name: str, value: Any) -> Any:
    """A note's value as its column holds it: empty instead of None, dates as dates, one line where it is one."""
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
    """A number as its column holds it, also where the note's YAML gives it as text. A column that must have a value
    holds the nearest one.
    """
    if isinstance(value, str):
        value = timecodes.parse(value) if isinstance(column, SecondsField) else yaml_text.read_number(value)
    if value is None or value < 0:
        return None
    most = 32_767 if isinstance(column, models.PositiveSmallIntegerField) else 2_147_483_647
    return value if value <= most else None if column.null else most


def to_note(value: Any) -> Any:
    """A column's value as a note writes it."""
    return value.isoformat() if isinstance(value, datetime.date) else value


def to_yaml(name: str, value: Any) -> Any:
    """The same for a YAML scalar, where a duration is a time code."""
    if name == "duration" and value is not None:
        return timecodes.format(value)
    return to_note(value)


def parse_date(text: str | None) -> datetime.date | None:
    """The date of `2025-03-25`, also with a time behind it; None where there is none."""
    try:
        return datetime.date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return None


def columns(spec_model: type[models.Model], fields: tuple[str, ...], record: Record, raws: dict[str, str]) -> dict:
    """Column values of one record. raws: the record's raw text by field, for what cannot be read."""
    found = {name: to_column(spec_model, name, record.get(name)) for name in fields}
    for name, beside in RAW_BESIDE.items():
        if name in found:
            raw = raws.get(name, "").strip("\"' \n")
            found[beside] = (
                raw[: getattr(spec_model._meta.get_field(beside), "max_length", None)] if found[name] is None else ""
            )
    return found


def raws_by_record(note: ParsedNote) -> dict[int, dict[str, str]]:
    """Raw text of the leaves that may turn out unreadable, by record and field."""
    found: dict[int, dict[str, str]] = {}
    for segment in note.segments:
        if segment.field in RAW_BESIDE:
            found.setdefault(segment.record, {})[segment.field] = note.raw(segment)
    return found


def segments_by_record(note: ParsedNote) -> dict[int, list[Segment]]:
    found: dict[int, list[Segment]] = {}
    for segment in note.segments:
        if segment.record != SEPARATOR:
            found.setdefault(segment.record, []).append(segment)
    return found


def span_of(record: Record) -> dict[str, int]:
    return {"span_begin": record.begin, "span_end": record.end}


def rows_by_kind(episode: Episode) -> Iterator[tuple[str, list[Any]]]:
    """Every kind with its stored rows; names of mentions and tags come along. One query a kind, none where the rows are
    prefetched.
    """
    joins = {"mention": "entity", "tag": "tag"}
    loaded = getattr(episode, "_prefetched_objects_cache", {})
    for kind, spec in SPECS.items():
        rows = getattr(episode, spec.relation).all()
        # Asked for a join, Django would read prefetched rows again.
        yield kind, list(rows.select_related(joins[kind]) if kind in joins and spec.relation not in loaded else rows)


def words_of_row(kind: str, row: Any) -> tuple[str, ...]:
    return tuple(_spelling(kind)(_word(kind, row, name)) for name in SPECS[kind].words)


def _spelling(kind: str) -> Callable[[Any], str]:
    """What two spellings of the same words share."""
    return (lambda name: tag_key(str(name))) if kind == "tag" else _normal


def _word(kind: str, row: Any, name: str) -> Any:
    if name == "name":
        return row.entity.name if kind == "mention" else row.tag.name
    return getattr(row, name)


# Names are cut where their columns end, so that a record is compared as its row was written.
_NAME_LENGTH = {"tag": 100, "mention": 300}


def name_of_record(kind: str, record: Record) -> str:
    """The name of a mention or tag as its row has it."""
    return str(record.get("name") or "")[: _NAME_LENGTH[kind]]


def words_of_record(kind: str, record: Record) -> tuple[str, ...]:
    return tuple(_spelling(kind)(_word_of_record(kind, record, name)) for name in SPECS[kind].words)


def _word_of_record(kind: str, record: Record, name: str) -> Any:
    return name_of_record(kind, record) if name == "name" else to_column(SPECS[kind].model, name, record.get(name))


def said_by_record(kind: str, record: Record) -> tuple[str, ...]:
    """Everything a record says, for telling apart those that have the same words."""
    return (*words_of_record(kind, record), *(str(record.get(name)) for name in SPECS[kind].fields if name != "order"))


def _normal(value: Any) -> str:
    return " ".join(str(value if value is not None else "").split()).casefold()
