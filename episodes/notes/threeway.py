"""A changed note onto an episode that people have worked on: base, theirs, mine.

base    what the parser read out of the note as it was imported
mine    the rows as they are now
theirs  what it reads out of the note as it is now

What nobody touched is updated. What an editor changed or decided keeps the editor's value, and the difference becomes a
finding. Rejected things stay as they are and do not come back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from episodes import checks, derive
from episodes.checks import Fault
from episodes.models import Appearance, Episode, Finding, Note, TaggedEpisode
from episodes.notes.incoming import Incoming
from episodes.notes.parsed import ParsedNote, Record, from_stored
from episodes.notes.rows import (
    EPISODE_FIELDS,
    RAW_BESIDE,
    SPECS,
    columns,
    raws_by_record,
    rows_by_kind,
    words_of_record,
    words_of_row,
)
from episodes.notes.writing import Writer, remarks
from episodes.reviewable import Status

# Where a thing stands is the note's affair; the words are what a person stood behind.
_PLACE = {"order", "level", "depth", "heading"}


class Merge:
    """One re-import. After apply(): `changed` tells whether any row did, `conflicts` what was kept."""

    def __init__(self, writer: Writer, incoming: Incoming, episode: Episode, current: Note) -> None:
        self.writer, self.incoming, self.episode, self.current = writer, incoming, episode, current
        self.base: ParsedNote = from_stored(current.dialect, current.text, current.parsed)
        self.theirs: ParsedNote = incoming.parsed
        self.raws = raws_by_record(self.theirs)
        self.changed = False
        self.conflicts: list[Fault] = []
        self.rows: dict[int, Any] = {}

    def apply(self) -> Note:
        """Write everything; the new current note. The caller holds the transaction."""
        self._episode_fields()
        fresh: list[int] = []
        for kind, rows in rows_by_kind(self.episode):
            fresh += self._kind(kind, rows)
        if fresh:
            self.changed = True
            self.rows |= self.writer.rows(self.episode, self.theirs, fresh)
        note = self._exchange_notes()
        self._save_episode()
        self._findings()
        return note

    # --- the episode's own fields

    def _episode_fields(self) -> None:
        base = columns(Episode, EPISODE_FIELDS, self.base.episode, {})
        theirs = columns(Episode, EPISODE_FIELDS, self.theirs.episode, self.raws.get(0, {}))
        kept = {"summary"} if self.episode.summary_status != Status.DRAFT else set()
        self._fields(self.episode, EPISODE_FIELDS, base, theirs, kept)
        if self.episode.extra != self.theirs.extra:
            # Facts about the file: they follow the file.
            self.episode.extra = self.theirs.extra
            self.changed = True

    def _fields(self, row: Any, names: Iterable[str], base: dict | None, theirs: dict, kept: set[str]) -> bool:
        """Merge fields of one row in memory. `kept`: fields whose value a person stands behind. True if any changed."""
        touched = False
        for name in names:
            mine, new = getattr(row, name), theirs[name]
            if new == mine or (base is not None and new == base[name]):
                continue
            if base is not None and mine == base[name] and name not in kept:
                setattr(row, name, new)
                touched = True
            else:
                self._conflict(row, name, mine, new)
        for name, beside in RAW_BESIDE.items():
            if name in theirs and getattr(row, name) == theirs[name] and getattr(row, beside) != theirs[beside]:
                setattr(row, beside, theirs[beside])
                touched = True
        self.changed |= touched
        return touched

    def _conflict(self, row: Any, name: str, mine: Any, new: Any) -> None:
        message = f"The note now says {_short(new)} for {name}; yours was kept: {_short(mine)}."
        repair = {name: new} if isinstance(new, str | int | None) else None
        self.conflicts.append(Fault("kept-yours", "warning", message, row, name, repair, f"{name}={new}"))

    # --- rows of one kind

    def _kind(self, kind: str, rows: list[Any]) -> list[int]:
        """Update, keep or delete the stored rows of a kind. Returns indexes of records that need a new row."""
        pairs = Pairs(kind, rows, self.base, self.theirs)
        dirty: list[Any] = []
        for index, (row, base) in pairs.matched.items():
            if row is not None:
                self.rows[index] = row
                self._update_row(kind, row, base, index)
                dirty.append(row)
        if dirty:
            fields = [*SPECS[kind].fields, "span_begin", "span_end"]
            fields += [RAW_BESIDE[name] for name in fields if name in RAW_BESIDE]
            fields += ["version"] if hasattr(dirty[0], "version") else []
            SPECS[kind].model._default_manager.bulk_update(dirty, fields, batch_size=200)
        for row, base in pairs.gone:
            self._gone(kind, row, base)
        return pairs.fresh

    def _update_row(self, kind: str, row: Any, base: Record | None, index: int) -> None:
        spec, record = SPECS[kind], self.theirs.records[index]
        status = getattr(row, "status", Status.DRAFT)
        if status != Status.REJECTED:
            old = columns(spec.model, spec.fields, base, {}) if base is not None else None
            new = columns(spec.model, spec.fields, record, self.raws.get(index, {}))
            kept = set() if status == Status.DRAFT else set(spec.fields) - _PLACE
            if self._fields(row, spec.fields, old, new, kept) and hasattr(row, "version"):
                row.version += 1
        row.span_begin, row.span_end = record.begin, record.end

    def _gone(self, kind: str, row: Any, base: Record) -> None:
        """The note has it no longer. A draft nobody touched goes; what a person worked on stays, with a finding."""
        if getattr(row, "status", Status.DRAFT) == Status.DRAFT and self._untouched(kind, row, base):
            row.delete()
            self.changed = True
            return
        row.span_begin = row.span_end = None
        type(row)._default_manager.filter(pk=row.pk).update(span_begin=None, span_end=None)
        if getattr(row, "status", "") != Status.REJECTED:
            message = f"The note no longer has this {row._meta.model_name}; it was kept: {_short(str(row))}."
            self.conflicts.append(Fault("kept-yours", "warning", message, row))

    def _untouched(self, kind: str, row: Any, base: Record) -> bool:
        if isinstance(row, TaggedEpisode):
            return True
        if isinstance(row, Appearance):
            return row.speaker is None or row.speaker.name == row.label
        spec = SPECS[kind]
        old = columns(spec.model, spec.fields, base, {})
        return all(getattr(row, name) == old[name] for name in spec.fields)

    # --- what follows

    def _exchange_notes(self) -> Note:
        Note.objects.filter(pk=self.current.pk).update(state=Note.State.SUPERSEDED)
        return self.writer.note(self.incoming, self.episode, Note.State.CURRENT)

    def _save_episode(self) -> None:
        if self.changed:
            self.episode.version += 1
        self.episode.save()

    def _findings(self) -> None:
        derive.glosses(self.episode)
        checks.run(self.episode)
        found = [*remarks(self.theirs, self.episode, self.rows), *self.conflicts]
        checks.replace(self.episode, found, Finding.Origin.IMPORT)


class Pairs:
    """Which record of the new note is which stored row: by the note's old words, by the row's words now, by time.

    matched: index of the new record → (row, base record); row is None where an editor deleted it.
    gone: (row, base record) that the new note has no more. fresh: indexes of records without a row.
    """

    def __init__(self, kind: str, rows: list[Any], base: ParsedNote, theirs: ParsedNote) -> None:
        self.kind = kind
        by_span = {(row.span_begin, row.span_end): row for row in rows if row.span_begin is not None}
        self._old: list[tuple[Any, Record | None]] = [(by_span.get((r.begin, r.end)), r) for _, r in base.of_kind(kind)]
        attached = {id(row) for row, _ in self._old if row is not None}
        self._old += [(row, None) for row in rows if id(row) not in attached]
        self._new = dict(theirs.of_kind(kind))
        self.matched: dict[int, tuple[Any, Record | None]] = {}
        self._pair_all()
        self.gone = [(row, record) for row, record in self._old if row is not None and record is not None]
        self.fresh = list(self._new)

    def _pair_all(self) -> None:
        kind = self.kind
        self._pair(
            lambda row, base: words_of_record(kind, base) if base is not None else None,
            lambda record: words_of_record(kind, record),
        )
        self._pair(
            lambda row, base: words_of_row(kind, row) if row is not None else None,
            lambda record: words_of_record(kind, record),
        )
        self._pair(lambda row, base: _moment(base), _moment)
        if kind == "section":
            self._pair(lambda row, base: base and (base.get("text") or None), lambda record: record.get("text") or None)
            self._pair(lambda row, base: base and ("place", base.get("order")), lambda r: ("place", r.get("order")))

    def _pair(
        self,
        key_of_old: Callable[[Any, Record | None], Hashable],
        key_of_new: Callable[[Record], Hashable],
    ) -> None:
        """Pair what has the same key, first with first; None has no key."""
        waiting: dict[Hashable, list] = defaultdict(list)
        for old in self._old:
            if (key := key_of_old(*old)) is not None:
                waiting[key].append(old)
        for index, record in list(self._new.items()):
            key = key_of_new(record)
            if key is not None and waiting.get(key):
                self.matched[index] = old = waiting[key].pop(0)
                self._old.remove(old)
                del self._new[index]


def _moment(record: Record | None) -> tuple | None:
    """(kind, start) of what has a time."""
    if record is None or record.get("start") is None:
        return None
    return record.get("kind"), record.get("start")


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return f"“{text[:80]}…”" if len(text) > 80 else f"“{text}”"
