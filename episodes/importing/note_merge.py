"""Three-way merge of a changed note into its episode.

base    values parsed from the note as it was imported last
mine    the rows as they are stored now
theirs  values parsed from the note as it is now

Values that no editor changed are updated. Changed or decided ones are kept, and the difference becomes a finding.
Rejected rows are left as they are and not proposed again.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable
from typing import Any

from django.utils.translation import gettext_noop as _

from episodes import checks, derived
from episodes.bases.reviewable import Status
from episodes.bases.stored_messages import field_ref, model_ref
from episodes.checks import Fault
from episodes.importing.incoming_file import Incoming
from episodes.importing.row_writer import RowWriter, add_finding, import_findings
from episodes.models import Episode, Finding, Note
from episodes.models.note_columns import (
    EPISODE_FIELDS,
    RAW_COLUMNS,
    SPECS,
    columns,
    raws_by_record,
    record_identity,
    record_values,
    row_identity,
    rows_by_kind,
)
from episodes.notes import language
from episodes.notes.parsed import ParsedNote, Record, from_stored

# Columns of position, by kind: they follow the note even in accepted rows, since a review is of the text.
_PLACE: dict[str, set[str]] = {"section": {"order", "level"}, "takeaway": {"order", "depth", "heading"}}
# Columns that only editors fill.
_EDITORIAL = ("claim", "criteria", "due_on", "outcome", "evidence")
# Codes of findings of this module and of the loader, which outlive a new import until they are settled.
PERSISTENT_CODES = ("kept-yours", "second-file", "new-version-waits", "file-replaced")


class Merge:
    """Merge of one note. After apply(): changed: whether any row changed; conflicts: one fault per value kept."""

    def __init__(self, writer: RowWriter, incoming: Incoming, episode: Episode, current: Note) -> None:
        self.writer, self.incoming, self.episode, self.current = writer, incoming, episode, current
        self.base: ParsedNote = from_stored(current.dialect, current.text, current.parsed)
        self.theirs: ParsedNote = incoming.parsed
        self.raws = raws_by_record(self.theirs)
        self.changed = False
        self.conflicts: list[Fault] = []
        self.rows: dict[int, Any] = {}
        # (model label, key, field) of equal values: earlier findings about them are deleted. Field "": the row itself.
        self.agreed: set[tuple[str, int, str]] = set()

    def apply(self) -> Note:
        """Write the merged rows, the findings and the note; return the note. The caller opens the transaction."""
        self._episode_fields()
        fresh: list[int] = []
        for kind, rows in rows_by_kind(self.episode):
            fresh += self._kind(kind, rows)
        if fresh:
            created = self.writer.rows(self.episode, self.theirs, fresh, again=True)
            # Empty if all fresh records repeat a name that the episode has already.
            self.changed |= bool(created)
            self.rows |= created
        note = self._exchange_notes()
        self._save_episode()
        self._findings()
        return note

    # --- columns of the episode

    def _episode_fields(self) -> None:
        base = columns(Episode, EPISODE_FIELDS, self.base.episode, {})
        theirs = columns(Episode, EPISODE_FIELDS, self.theirs.episode, self.raws.get(0, {}))
        kept = {"summary"} if self.episode.summary_status != Status.DRAFT else set()
        self._fields("episode", self.episode, base, theirs, kept)
        if self.episode.language == language.detect(self.current.text) != self.incoming.language:
            # The stored language is still the detected one, so no editor has chosen it.
            self.episode.language, self.changed = self.incoming.language, True
        if self.episode.extra != self.theirs.extra:
            # Facts about the file are never edited, so they always follow it.
            self.episode.extra = self.theirs.extra
            self.changed = True

    def _fields(self, kind: str, row: Any, base: dict | None, theirs: dict, kept: set[str]) -> bool:
        """Merge the fields of one row in memory. Returns whether any changed.

        base: None if the row was not in the last version of the note. kept: reviewed fields, which do not change.
        """
        touched = False
        for name in EPISODE_FIELDS if kind == "episode" else SPECS[kind].fields:
            mine, new = getattr(row, name), theirs[name]
            if new == mine:
                self.agreed.add((row._meta.label, row.pk, name))
                continue
            if base is not None and new == base[name]:
                continue
            free = name in _PLACE.get(kind, ()) if base is None else mine == base[name]
            if free and name not in kept:
                setattr(row, name, new)
                touched = True
            else:
                self._conflict(row, name, mine, new)
        for name, beside in RAW_COLUMNS.items():
            if name in theirs and getattr(row, name) == theirs[name] and getattr(row, beside) != theirs[beside]:
                setattr(row, beside, theirs[beside])
                touched = True
        self.changed |= touched
        return touched

    def _conflict(self, row: Any, name: str, mine: Any, new: Any) -> None:
        message = _("The note now says %(new)s for %(field)s; yours was kept: %(mine)s.")
        params = {"new": _short(new), "field": field_ref(row, name), "mine": _short(mine)}
        repair = {name: new} if isinstance(new, str | int | None) else None
        severity = Finding.Severity.WARNING
        self.conflicts.append(Fault("kept-yours", severity, message, row, name, repair, f"{name}={new}", params))

    # --- rows of one kind

    def _kind(self, kind: str, rows: list[Any]) -> list[int]:
        """Update, keep or delete the stored rows of a kind. Returns the indexes of records without a row."""
        pairs = RecordMatcher(kind, rows, self.base, self.theirs)
        touched: list[Any] = []
        moved: list[Any] = []
        for index, (row, base) in pairs.matched.items():
            if row is None:
                continue
            self.rows[index] = row
            self.agreed.add((row._meta.label, row.pk, ""))
            (touched if self._update_row(kind, row, base, index) else moved).append(row)
        self._write(kind, touched, moved)
        for row, base in pairs.gone:
            self._remove(kind, row, base)
        return pairs.fresh

    def _write(self, kind: str, touched: list[Any], moved: list[Any]) -> None:
        """Save changed rows in full, and of the others only their new span."""
        span = ["span_begin", "span_end"]
        manager = SPECS[kind].model._default_manager
        if touched:
            fields = [*SPECS[kind].fields, *span]
            fields += [RAW_COLUMNS[name] for name in fields if name in RAW_COLUMNS]
            fields += [name for name in ("version", "speaker") if hasattr(touched[0], name)]
            manager.bulk_update(touched, fields, batch_size=200)
        if moved:
            manager.bulk_update(moved, span, batch_size=400)

    def _update_row(self, kind: str, row: Any, base: Record | None, index: int) -> bool:
        """Merge one row in memory. Returns whether its content changed; the span is set in any case."""
        spec, record = SPECS[kind], self.theirs.records[index]
        row.span_begin, row.span_end = record.begin, record.end
        status = getattr(row, "status", Status.DRAFT)
        if status == Status.REJECTED:
            return False
        old = columns(spec.model, spec.fields, base, {}) if base is not None else None
        new = columns(spec.model, spec.fields, record, self.raws.get(index, {}))
        kept = set() if status == Status.DRAFT else set(spec.fields) - _PLACE.get(kind, set())
        label = getattr(row, "label", "")
        if not self._fields(kind, row, old, new, kept):
            return False
        if (
            kind in ("quote", "prediction")
            and row.label != label
            and row.speaker_id in (None, self.writer.said_by(label))
        ):
            # No editor had chosen the speaker, so it follows the label.
            row.speaker_id = self.writer.said_by(row.label)
        if hasattr(row, "version"):
            row.version += 1
        return True

    def _remove(self, kind: str, row: Any, base: Record) -> None:
        """Delete a row that the note no longer has; a decided or edited one is kept, with a finding."""
        if getattr(row, "status", Status.DRAFT) == Status.DRAFT and self._untouched(kind, row, base):
            row.delete()
            self.changed = True
            return
        row.span_begin = row.span_end = None
        type(row)._default_manager.filter(pk=row.pk).update(span_begin=None, span_end=None)
        if getattr(row, "status", "") != Status.REJECTED:
            message = _("The note no longer has this %(kind)s; it was kept: %(words)s.")
            params = {"kind": model_ref(row), "words": _short(_name(row))}
            self.conflicts.append(Fault("kept-yours", Finding.Severity.WARNING, message, row, params=params))

    def _untouched(self, kind: str, row: Any, base: Record) -> bool:
        """Return whether a row still equals its record, so that deleting it loses no editor's work."""
        names = self.writer.names
        if kind == "tag":
            return True
        if kind == "mention":
            return row.entity_id in names.entities.keys(base.get("name") or "")
        if kind == "appearance":
            known = names.speakers.keys(self.writer.credited_as(base, self.base))
            return row.speaker_id is None or row.speaker_id in known
        if any(getattr(row, name, None) for name in _EDITORIAL):
            return False
        if kind in ("quote", "prediction") and row.speaker_id not in (
            None,
            self.writer.said_by(base.get("label") or ""),
        ):
            return False
        spec = SPECS[kind]
        old = columns(spec.model, spec.fields, base, {})
        return all(getattr(row, name) == old[name] for name in spec.fields)

    # --- note, episode and findings

    def _exchange_notes(self) -> Note:
        replaced = self.episode.notes.filter(state__in=(Note.State.CURRENT, Note.State.WAITING))
        replaced.supersede(self.incoming.name)
        return self.writer.note(self.incoming, self.episode, Note.State.CURRENT)

    def _save_episode(self) -> None:
        if self.changed:
            self.episode.version += 1
        # Only columns of this module: a full save would overwrite a status that another user sets meanwhile.
        beside = [RAW_COLUMNS[name] for name in EPISODE_FIELDS if name in RAW_COLUMNS]
        self.episode.save(update_fields=[*EPISODE_FIELDS, *beside, "language", "extra", "version"])

    def _findings(self) -> None:
        derived.glosses(self.episode)
        derived.store_passages(self.episode)
        checks.run(self.episode)
        checks.replace(
            self.episode,
            import_findings(self.theirs, self.episode, self.rows),
            Finding.Origin.IMPORT,
            but=PERSISTENT_CODES,
        )
        self._settle()
        for fault in self.conflicts:
            add_finding(self.episode, fault)

    def _settle(self) -> None:
        """Delete findings about differences that no longer exist or are reported again, and about waiting versions."""
        again = {(f.target._meta.label, f.target.pk, f.field) for f in self.conflicts if f.target is not None}
        for finding in self.episode.findings.open().filter(code__in=("kept-yours", "new-version-waits")):
            model = finding.target_type.model_class() if finding.target_type else None
            key = (model._meta.label if model else "", finding.target_id, finding.field)
            if finding.code == "new-version-waits" or key in self.agreed | again:
                finding.delete()


class RecordMatcher:
    """Match records of the new note to stored rows: by text in the old note, by current text, by time.

    matched: index of the new record → (row, base record); row is None if an editor deleted it.
    gone: (row, base record) without a new record. fresh: indexes of new records without a row.
    """

    def __init__(self, kind: str, rows: list[Any], base: ParsedNote, theirs: ParsedNote) -> None:
        self.kind = kind
        by_span = {(row.span_begin, row.span_end): row for row in rows if row.span_begin is not None}
        self._old: list[tuple[Any, Record | None]] = [(by_span.get((r.begin, r.end)), r) for _, r in base.of_kind(kind)]
        attached = {id(row) for row, _ in self._old if row is not None}
        self._old = [old for old in self._old if not self._repeated(*old)]
        self._old += [(row, None) for row in rows if id(row) not in attached]
        self._new = dict(theirs.of_kind(kind))
        self.matched: dict[int, tuple[Any, Record | None]] = {}
        self._pair_all()
        self.gone = [(row, record) for row, record in self._old if row is not None and record is not None]
        self.fresh = list(self._new)

    def _repeated(self, row: Any, base: Record | None) -> bool:
        """Return whether a record has no row because it repeats another one, not because an editor deleted it."""
        if row is not None or base is None or self.kind not in ("mention", "tag", "appearance"):
            return False
        words = record_identity(self.kind, base)
        return any(other is not None and row_identity(self.kind, other) == words for other, _ in self._old)

    def _pair_all(self) -> None:
        kind = self.kind
        # All values first, then only the text: several records may have the same text.
        self._pair(lambda row, base: base and record_values(kind, base), lambda record: record_values(kind, record))
        self._pair(lambda row, base: base and record_identity(kind, base), lambda record: record_identity(kind, record))
        self._pair(lambda row, base: row and row_identity(kind, row), lambda record: record_identity(kind, record))
        if kind == "section":
            self._pair(lambda row, base: base and (base.get("text") or None), lambda record: record.get("text") or None)
        # Not for deleted or rejected rows: another item may have their time now and must not be suppressed.
        self._pair(lambda row, base: _moment(base) if _lives(row) else None, _moment)
        if kind == "section":
            self._pair(
                lambda row, base: base.get("order") if base and _is_draft(row) else None, lambda r: r.get("order")
            )

    def _pair(
        self,
        key_of_old: Callable[[Any, Record | None], Hashable],
        key_of_new: Callable[[Record], Hashable],
    ) -> None:
        """Match old and new entries with equal keys, in order. A key of None matches nothing."""
        waiting: dict[Hashable, deque] = defaultdict(deque)
        for old in self._old:
            if (key := key_of_old(*old)) is not None:
                waiting[key].append(old)
        taken: set[int] = set()
        for index, record in list(self._new.items()):
            key = key_of_new(record)
            if key is not None and waiting.get(key):
                self.matched[index] = old = waiting[key].popleft()
                taken.add(id(old))
                del self._new[index]
        self._old = [old for old in self._old if id(old) not in taken]


def _lives(row: Any) -> bool:
    return row is not None and getattr(row, "status", "") != Status.REJECTED


def _is_draft(row: Any) -> bool:
    return row is not None and row.status == Status.DRAFT


def _moment(record: Record | None) -> tuple | None:
    """Return (kind, start) of a record with a time, else None."""
    if record is None or record.get("start") is None:
        return None
    return record.get("kind"), record.get("start")


def _name(row: Any) -> str:
    """Return a name for a finding. A section without heading gets its text: str() of it would be translated."""
    return row.heading or row.text if row._meta.model_name == "section" else str(row)


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return f"“{text[:80]}…”" if len(text) > 80 else f"“{text}”"
