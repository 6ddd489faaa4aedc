"""Create the rows of a note, with its speakers and entities. One INSERT per kind."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext_noop as _

from episodes import checks
from episodes.bases.stored_messages import field_ref
from episodes.checks import Fault
from episodes.checks.registry import FindingColumns, Other
from episodes.derived import gloss_row, store_passages_of
from episodes.importing.check_subjects import subject_of
from episodes.importing.incoming_file import Incoming
from episodes.importing.name_index import (
    Insert,
    NameIndex,
    insert_into,
    is_full_name,
    longer_name,
)
from episodes.models import Appearance, Episode, Finding, Gloss, Note
from episodes.models.note_columns import (
    SPECS,
    columns,
    raws_by_record,
    span_of,
)
from episodes.notes import dialects
from episodes.notes.parsed import ParsedNote, Record, to_stored

# Characters: the column's length in taggit's Tag and in Mention.listed_as.
TAG_LENGTH = 100
FIELD_LENGTH = Finding._meta.get_field("field").max_length


class RowWriter:
    """Writer of the rows of many notes, with a cache of names. insert: see `name_index.Insert`.

    pool: processes that check new notes; `finish` stores what they find.
    """

    def __init__(self, using: str, insert: Insert | None = None) -> None:
        self.pool: ProcessPoolExecutor | None = None
        # Keys of new episodes without passages of search yet.
        self._unindexed: list[int] = []
        self._checking: list[tuple[Episode, Future[list[FindingColumns]], list[FindingColumns]]] = []
        self.using = using
        self.insert = insert or insert_into(using)
        self.names = NameIndex(using, self.insert)

    def note(self, incoming: Incoming, episode: Episode, state: str) -> Note:
        """Store a file as a Note in this state and return it."""
        parsed = incoming.parsed
        note = Note(
            episode=episode,
            name=incoming.name,
            source_id=incoming.source_id if incoming.names_source else "",
            dialect=parsed.dialect,
            text=incoming.packed_text or parsed.text,  # type: ignore[misc]
            digest=incoming.digest,
            parser_version=dialects.parser_version(parsed.dialect),
            parsed=incoming.packed_parse or to_stored(parsed),
            state=state,
        )
        self.insert(Note, [note])
        return note

    def rows(self, episode: Episode, parsed: ParsedNote, indexes: Iterable[int], again: bool = False) -> dict[int, Any]:
        """Insert the rows of the records with these indexes. Returns rows by index of the record.

        again: the episode has rows already; names that it lists are skipped.
        """
        wanted, created = set(indexes), {}
        raws = raws_by_record(parsed)
        for kind, spec in SPECS.items():
            chosen = {index: record for index, record in parsed.of_kind(kind) if index in wanted}
            if not chosen:
                continue
            if kind in ("mention", "tag"):
                rows = self._named_rows(kind, episode, chosen, _stored(kind, episode) if again else set())
            else:
                rows = {
                    index: self._row(kind, episode, record, raws.get(index, {})) for index, record in chosen.items()
                }
                self._resolve(kind, parsed, rows, _stored(kind, episode) if again else set())
            self.insert(spec.model, list(rows.values()))
            created.update(rows)
        return created

    def _row(self, kind: str, episode: Episode, record: Record, raws: dict[str, str]) -> Any:
        spec = SPECS[kind]
        return spec.model(episode=episode, **span_of(record), **columns(spec.model, spec.fields, record, raws))

    def _named_rows(self, kind: str, episode: Episode, chosen: dict[int, Record], seen: set[tuple]) -> dict[int, Any]:
        """Return unsaved mentions or tags by index of the record, without duplicates and those in `seen`."""
        rows: dict[int, Any] = {}
        for index, own in self._keys(kind, chosen).items():
            if tuple(own.values()) in seen:
                continue
            seen.add(tuple(own.values()))
            parent = {"episode": episode} if kind == "mention" else {"content_object": episode}
            rows[index] = SPECS[kind].model(**parent, **own, **span_of(chosen[index]))
        return rows

    def _keys(self, kind: str, chosen: dict[int, Record]) -> dict[int, dict[str, Any]]:
        if kind == "tag":
            tags = self.names.tag_keys(record.get("name")[:TAG_LENGTH] for record in chosen.values())
            return {index: {"tag_id": tags[record.get("name")[:TAG_LENGTH]]} for index, record in chosen.items()}
        entities = self.names.entity_keys((r.get("name"), r.get("entity_kind", "other")) for r in chosen.values())
        return {
            index: {"entity_id": entities[record.get("name")], "listed_as": record.get("listed_as", "")[:TAG_LENGTH]}
            for index, record in chosen.items()
        }

    def _resolve(self, kind: str, parsed: ParsedNote, rows: dict[int, Any], seen: set[tuple]) -> None:
        """Set the speakers of rows. Appearances may create draft speakers; quotes and predictions do not."""
        if kind in ("quote", "prediction"):
            for row in rows.values():
                row.speaker_id = self.said_by(row.label)
        elif kind == "appearance":
            self._credit(parsed, rows, seen)

    def said_by(self, label: str) -> int | None:
        """Return the key of the speaker that a label of a quote or prediction resolves to; none is created."""
        return self.names.credit(label, Appearance.Role.GUEST, proposed=False)

    def credited_as(self, record: Record, parsed: ParsedNote) -> str:
        """Return the full name of an appearance: `Russ Roberts` for `Russ` if the same note credits him."""
        label = record.get("label")
        if not record.given.get("by_turns"):
            return label
        appearances = (record for _, record in parsed.of_kind("appearance"))
        others = (each.get("label") for each in appearances if each.get("role") != Appearance.Role.CHANNEL)
        return longer_name(label, others) or label

    def _credit(self, parsed: ParsedNote, rows: dict[int, Any], seen: set[tuple]) -> None:
        for index, row in list(rows.items()):
            if (row.role, row.label) in seen:
                del rows[index]
                continue
            seen.add((row.role, row.label))
            record = parsed.records[index]
            name = self.credited_as(record, parsed)
            proposed = not record.given.get("by_turns") or is_full_name(name)
            row.speaker_id = self.names.credit(name, row.role, proposed)

    def derived(self, episode: Episode, incoming: Incoming, rows: dict[int, Any], others: tuple[Other, ...]) -> None:
        """Store what is derived of a new episode from rows in memory: glosses and findings."""
        self.insert(Gloss, _glosses(incoming.parsed, rows))
        self._unindexed.append(episode.pk)
        subject = subject_of(episode, incoming.parsed, rows, self.names, others)
        of_import = [fault.columns() for fault in import_findings(incoming.parsed, episode, rows)]
        if self.pool is None:
            self._findings(episode, checks.columns_of(subject), of_import)
        else:
            self._checking.append((episode, self.pool.submit(checks.columns_of, subject), of_import))

    def finish(self) -> None:
        """Store the findings of the notes that other processes check."""
        checking, self._checking = self._checking, []
        for episode, job, of_import in checking:
            self._findings(episode, job.result(), of_import)

    def index(self) -> None:
        """Store the passages of new episodes, all of whose rows must be in the database."""
        unindexed, self._unindexed = self._unindexed, []
        if self.using == DEFAULT_DB_ALIAS:
            store_passages_of(unindexed)

    def _findings(self, episode: Episode, of_checks: list[FindingColumns], of_import: list[FindingColumns]) -> None:
        findings = [each.as_finding(episode, Finding.Origin.CHECK) for each in of_checks]
        findings += [each.as_finding(episode, Finding.Origin.IMPORT) for each in of_import]
        self.insert(Finding, list({finding.fingerprint: finding for finding in findings}.values()))


def _stored(kind: str, episode: Episode) -> set[tuple]:
    """Return the unique values that the episode's rows of a kind have; empty for kinds without such."""
    columns = {"mention": ("entity_id", "listed_as"), "tag": ("tag_id",), "appearance": ("role", "label")}.get(kind)
    return set(getattr(episode, SPECS[kind].relation).values_list(*columns)) if columns else set()


def _glosses(parsed: ParsedNote, rows: dict[int, Any]) -> list[Gloss]:
    sections = [(record.begin, record.end, rows[i]) for i, record in parsed.of_kind("section") if i in rows]
    glosses, at = [], 0
    for annotation in parsed.annotations:
        if annotation.kind != "gloss":
            continue
        # Both lists are in the order of the note, so `at` only grows.
        while at < len(sections) and sections[at][1] <= annotation.begin:
            at += 1
        if at < len(sections) and sections[at][0] <= annotation.begin:
            glosses.append(gloss_row(sections[at][2], annotation.values))
    return glosses


def import_findings(parsed: ParsedNote, episode: Episode, rows: dict[int, Any]) -> list[Fault]:
    """Return faults for values that the parser could not read or that are longer than their columns."""
    faults = []
    for remark in parsed.remarks:
        target = rows.get(remark.record, episode)
        # Evidence is the English sentence, so that fingerprints stay the same; front-matter keys may exceed the column.
        message, evidence, name = remark.template or remark.message, remark.message, remark.field[:FIELD_LENGTH]
        fault = Fault(remark.code, remark.severity, message, target, name, None, evidence, dict(remark.params))
        faults.append(fault)
    for index, record in enumerate(parsed.records):
        target = episode if index == 0 else rows.get(index)
        if target is not None:
            faults.extend(_cut_values(record, target))
    return faults


def _cut_values(record: Record, target: Any) -> Iterable[Fault]:
    for name, value in record.values.items():
        if not isinstance(value, str) or len(value) <= TAG_LENGTH:
            continue
        column = next((column for column in target._meta.concrete_fields if column.name == name), None)
        limit = getattr(column, "max_length", None)
        if limit and len(value) > limit:
            message = _(
                "%(field)s has %(count)d characters: the first %(limit)d are kept here, all of them in the note."
            )
            params = {"field": field_ref(target, name), "count": len(value), "limit": limit}
            evidence = f"{len(value)}/{limit}"
            yield Fault("value-too-long", Finding.Severity.WARNING, message, target, name, None, evidence, params)


def add_finding(episode: Episode, fault: Fault) -> None:
    """Store a fault as a finding of origin import, unless the episode has it already. One query."""
    Finding.objects.bulk_create([fault.as_finding(episode, Finding.Origin.IMPORT)], ignore_conflicts=True)
