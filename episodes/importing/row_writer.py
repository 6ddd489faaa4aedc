"""New rows of a note: speakers and entities found or made, everything of one kind in one INSERT."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_noop as _

from episodes import checks
from episodes.bases.stored_messages import field_ref
from episodes.checks import Fault
from episodes.checks.registry import Other
from episodes.derived import gloss_row
from episodes.importing.check_subjects import subject_of
from episodes.importing.incoming import Incoming
from episodes.importing.name_index import (
    Insert,
    NameIndex,
    is_full_name,
    same_person,
    stored_in,
)
from episodes.models import Episode, Finding, Gloss, Note
from episodes.models.note_columns import (
    SPECS,
    columns,
    raws_by_record,
    span_of,
)
from episodes.notes import dialects
from episodes.notes.parsed import ParsedNote, Record, to_stored

# taggit's names have 100 characters, as list names have.
TAG_LENGTH = 100
FIELD_LENGTH = Finding._meta.get_field("field").max_length


class RowWriter:
    """Writes rows of notes. Keeps the names of the session, so that thousands of notes are quick."""

    def __init__(self, using: str, insert: Insert | None = None) -> None:
        self.using = using
        self.insert = insert or stored_in(using)
        self.names = NameIndex(using, self.insert)

    def note(self, incoming: Incoming, episode: Episode, state: str) -> Note:
        parsed = incoming.parsed
        note = Note(
            episode=episode,
            name=incoming.name,
            source_id=incoming.source_id if incoming.names_source else "",
            dialect=parsed.dialect,
            text=parsed.text,
            digest=incoming.digest,
            parser_version=dialects.parser_version(parsed.dialect),
            parsed=to_stored(parsed),
            state=state,
        )
        note.save(using=self.using, force_insert=True)
        return note

    def rows(self, episode: Episode, parsed: ParsedNote, indexes: Iterable[int], again: bool = False) -> dict[int, Any]:
        """Insert the rows of these records, all kinds. Returns row by record index.

        again: the episode has rows already, and a name it lists once must not be listed twice.
        """
        wanted, made = set(indexes), {}
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
            made.update(rows)
        return made

    def _row(self, kind: str, episode: Episode, record: Record, raws: dict[str, str]) -> Any:
        spec = SPECS[kind]
        return spec.model(episode=episode, **span_of(record), **columns(spec.model, spec.fields, record, raws))

    def _named_rows(self, kind: str, episode: Episode, chosen: dict[int, Record], seen: set[tuple]) -> dict[int, Any]:
        """Mentions and tags, each once: a list may hold a name twice."""
        made: dict[int, Any] = {}
        for index, own in self._keys(kind, chosen).items():
            if tuple(own.values()) in seen:
                continue
            seen.add(tuple(own.values()))
            parent = {"episode": episode} if kind == "mention" else {"content_object": episode}
            made[index] = SPECS[kind].model(**parent, **own, **span_of(chosen[index]))
        return made

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
        """Set the speakers of credited names; those of quotes and predictions only if they are known already."""
        if kind in ("quote", "prediction"):
            for row in rows.values():
                row.speaker_id = self.said_by(row.label)
        elif kind == "appearance":
            self._credit(parsed, rows, seen)

    def said_by(self, label: str) -> int | None:
        """The speaker a label of a quote or prediction means; none is made for it."""
        return self.names.credit(label, "guest", proposed=False)

    def credited_as(self, record: Record, parsed: ParsedNote) -> str:
        """The name an appearance stands for: `Russ` is `Russ Roberts` where the same note credits him."""
        label = record.get("label")
        if not record.given.get("by_turns"):
            return label
        others = (r.get("label") for _, r in parsed.of_kind("appearance") if r.get("role") != "channel")
        return same_person(label, others) or label

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
        """Glosses and findings of a new episode from what is in memory: nothing is read back."""
        Gloss.objects.using(self.using).bulk_create(_glosses(incoming.parsed, rows))
        subject = subject_of(episode, incoming.parsed, rows, self.names, others)
        found = [fault.as_finding(episode, Finding.Origin.CHECK) for fault in checks.faults(subject)]
        found += [
            fault.as_finding(episode, Finding.Origin.IMPORT)
            for fault in import_findings(incoming.parsed, episode, rows)
        ]
        unique = {finding.fingerprint: finding for finding in found}
        Finding.objects.using(self.using).bulk_create(unique.values())


def _stored(kind: str, episode: Episode) -> set[tuple]:
    """What of a kind the episode has already, where it may have each thing once."""
    columns = {"mention": ("entity_id", "listed_as"), "tag": ("tag_id",), "appearance": ("role", "label")}.get(kind)
    return set(getattr(episode, SPECS[kind].relation).values_list(*columns)) if columns else set()


def _glosses(parsed: ParsedNote, rows: dict[int, Any]) -> list[Gloss]:
    sections = [(record.begin, record.end, rows[i]) for i, record in parsed.of_kind("section") if i in rows]
    made, at = [], 0
    for annotation in parsed.annotations:
        if annotation.kind != "gloss":
            continue
        # Both lists are in the note's order, so the search never goes back.
        while at < len(sections) and sections[at][1] <= annotation.begin:
            at += 1
        if at < len(sections) and sections[at][0] <= annotation.begin:
            made.append(gloss_row(sections[at][2], annotation.values))
    return made


def import_findings(parsed: ParsedNote, episode: Episode, rows: dict[int, Any]) -> list[Fault]:
    """What the parser could not read or the columns could not hold, as faults of the rows concerned."""
    found = []
    for remark in parsed.remarks:
        target = rows.get(remark.record, episode)
        # The English sentence stays what the finding is known by; a key of the header may be longer than the column.
        said, known_by, name = remark.template or remark.message, remark.message, remark.field[:FIELD_LENGTH]
        fault = Fault(remark.code, remark.severity, said, target, name, None, known_by, dict(remark.params))
        found.append(fault)
    for index, record in enumerate(parsed.records):
        target = episode if index == 0 else rows.get(index)
        if target is not None:
            found.extend(_cut_values(record, target))
    return found


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
            said = {"field": field_ref(target, name), "count": len(value), "limit": limit}
            yield Fault("value-too-long", "warning", message, target, name, None, f"{len(value)}/{limit}", said)


def add_finding(episode: Episode, fault: Fault) -> None:
    """One import finding more, unless it is there already."""
    Finding.objects.bulk_create([fault.as_finding(episode, Finding.Origin.IMPORT)], ignore_conflicts=True)
