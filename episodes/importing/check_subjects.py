"""Subjects of checks (`checks.registry.Subject`) from rows in memory, without reading them back."""

from __future__ import annotations

from typing import Any

from episodes.checks.registry import Known, Named, Other, Subject
from episodes.importing.name_index import NameBook, NameIndex
from episodes.models import Episode
from episodes.models.note_columns import SPECS
from episodes.notes.parsed import ParsedNote

_KINDS = ("appearance", "section", "chapter", "quote", "prediction", "observation", "takeaway")


def subject_of(
    episode: Episode, parsed: ParsedNote, rows: dict[int, Any], names: NameIndex, others: tuple[Other, ...]
) -> Subject:
    """Return the Subject that `Subject.loaded` would return once the rows are stored.

    rows: by index of their record in `parsed`. others: episodes that may be the same recording. No query.
    """
    groups: dict[str, list[Any]] = {SPECS[kind].relation: [] for kind in _KINDS}
    mentions = []
    for index, row in rows.items():
        kind = parsed.records[index].kind
        if kind == "mention":
            mentions.append(_named(row, parsed.records[index].get("name"), names.entities))
        elif kind in _KINDS:
            groups[SPECS[kind].relation].append(row)
    subject = Subject(episode, mentions=mentions, others=others, **groups)  # type: ignore[arg-type]  # each by its name
    speakers = {row.speaker_id for row in subject.appearances if row.speaker_id is not None}
    subject.credited = {key: names.speakers.name_of[key] for key in speakers}
    subject.known = {
        name: Known(key, names.entities.kind_of[key])
        for name in subject.bold
        if (key := names.entities.called(name)) is not None and key in names.entities.kind_of
    }
    return subject


def _named(row: Any, name: str, book: NameBook) -> Named:
    key = row.entity_id
    return Named(row, book.name_of.get(key, name), book.kind_of.get(key, ""), tuple(book.aliases_of.get(key, ())))
