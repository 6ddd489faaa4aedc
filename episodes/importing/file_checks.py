"""Run the checks on note files without importing them. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

from django.utils.translation import gettext_noop as _

from episodes import checks
from episodes.checks import Fault
from episodes.checks.registry import Other
from episodes.importing.check_subjects import subject_of
from episodes.importing.incoming_file import Incoming
from episodes.importing.loader import new_episode
from episodes.importing.name_index import assign_temporary_keys
from episodes.importing.note_index import NoteIndex
from episodes.importing.row_writer import RowWriter, import_findings
from episodes.models import Episode, Finding
from episodes.models.note_columns import segments_by_record
from episodes.notes.parsed import ParsedNote, Segment


class LocatedFault(NamedTuple):
    """A fault with its line in the file (from 1); 1 for the note as a whole."""

    line: int
    fault: Fault


class Checker:
    """Checker of many note files. Names and recordings of the library and of earlier files are known to it."""

    def __init__(self, using: str = "default") -> None:
        self._writer, self._index = RowWriter(using, assign_temporary_keys()), NoteIndex(using)
        self._numbers = count(-1, -1)
        self._seen: dict[tuple[str, str], str] = {}

    def check(self, incoming: Incoming) -> list[LocatedFault]:
        """Return the faults that an import of this note would store as findings, sorted by line."""
        parsed = incoming.parsed
        episode = new_episode(incoming)
        # A negative key, unlike any stored row: with None two notes would be taken for one episode.
        episode.pk = next(self._numbers)
        rows = self._writer.rows(episode, parsed, range(1, len(parsed.records)))
        subject = subject_of(episode, parsed, rows, self._writer.names, self._others(incoming, episode))
        self._index.add_alike(episode.pk, episode.source_id, episode.language, episode.title)
        places = FaultLocator(parsed, episode, rows)
        faults = [*self._second(incoming, episode), *checks.faults(subject), *import_findings(parsed, episode, rows)]
        return sorted((LocatedFault(places.line_of(fault), fault) for fault in faults), key=lambda each: each.line)

    def _others(self, incoming: Incoming, episode: Episode) -> tuple[Other, ...]:
        """Return similar episodes without those of this recording, which `_second` reports."""
        stored = self._index.same_recording(incoming)
        return tuple(
            other
            for other in self._index.others(episode)
            if other.key != stored and not (other.by_source and other.language == episode.language)
        )

    def _second(self, incoming: Incoming, episode: Episode) -> Iterator[Fault]:
        first = self._seen.setdefault((incoming.source_id, incoming.language), incoming.name)
        if first != incoming.name:
            message = _("%(name)s is of the same recording.")
            params = {"name": first}
            yield Fault(
                "second-file", Finding.Severity.WARNING, message, episode, evidence=incoming.name, params=params
            )


class FaultLocator:
    """Lines of faults: by the offset in the field, else the start of the field, else of the row's record."""

    def __init__(self, parsed: ParsedNote, episode: Episode, rows: dict[int, Any]) -> None:
        self.parsed = parsed
        self.record_of = {id(row): index for index, row in rows.items()} | {id(episode): 0}
        self.leaves = segments_by_record(parsed)

    def line_of(self, fault: Fault) -> int:
        """Return the line of a fault (from 1)."""
        index = self.record_of.get(id(fault.target))
        if index is None:
            return 1
        leaf = self._leaf(index, fault.field)
        if leaf is None:
            return 1 if index == 0 else self.parsed.line_of(self.parsed.records[index].begin)
        return self.parsed.line_of(min(leaf.begin + (fault.at or 0), leaf.end))

    def _leaf(self, index: int, field: str) -> Segment | None:
        return next((leaf for leaf in self.leaves.get(index, ()) if leaf.field == field), None)
