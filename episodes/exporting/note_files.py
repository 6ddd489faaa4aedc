"""Export all episodes as note files into a folder. An error in one note does not stop the others."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import InterfaceError, OperationalError
from django.db.models import Prefetch

from episodes.exporting import file_names
from episodes.exporting.exporter import NotWritable, compose
from episodes.exporting.target_folder import NotWritten, TargetFolder
from episodes.models import Episode, Mention, Note, TaggedEpisode
from episodes.models.note_columns import SPECS

# Episodes loaded at once, with the texts of their notes, in about 13 queries.
BATCH = 50
ON_DESK = "Change it on the desk, or export it as JSON"
_UNEXPECTED = "Run the export with --traceback to see where, and export it as JSON meanwhile"

Key = tuple[str, int]


class Kind(StrEnum):
    """Kind of an Event."""

    WRITTEN = "written"
    RENAMED = "renamed"
    LEFT_OUT = "left out"
    FAILED = "failed"


@dataclass(frozen=True)
class Event:
    """An event of the export. line: a message on one line; empty for a file that was written as planned."""

    kind: Kind
    line: str = ""


class LibraryExport:
    """Export into a folder. changed: only notes that differ from the imported ones; strict: raise unexpected errors."""

    def __init__(self, folder: TargetFolder, changed: bool = False, strict: bool = False) -> None:
        self.folder, self.changed, self.strict = folder, changed, strict
        episodes = Episode.objects.library().order_by("pk").values_list("pk", "slug")
        own = dict(Note.objects.current().values_list("episode", "name"))
        seconds = Note.objects.filter(state=Note.State.SECOND).order_by("pk").values_list("pk", "name")
        self.wanted: dict[Key, str] = {("episode", pk): own.get(pk, f"{slug}.md") for pk, slug in episodes}
        marks = {("episode", pk): slug for pk, slug in episodes}
        self.wanted |= {("note", pk): name for pk, name in seconds}
        wanted = [(key, name, marks.get(key, f"second-{key[1]}")) for key, name in self.wanted.items()]
        self.names = file_names.plan(wanted, folder.fold, folder.name_max)

    def run(self) -> Iterator[Event]:
        """Write all notes. Yields at least one event per file; raises OperationalError and InterfaceError only."""
        keys = [pk for kind, pk in self.wanted if kind == "episode"]
        for begin in range(0, len(keys), BATCH):
            yield from self._episodes(keys[begin : begin + BATCH])
        if not self.changed:
            for kind, pk in self.wanted:
                if kind == "note":
                    yield from self._second(pk)

    def _episodes(self, keys: Sequence[int]) -> Iterator[Event]:
        """Export a batch. If loading it fails, halve it until the episode with the unreadable row is alone."""
        try:
            loaded = list(_loaded(keys))
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if self.strict:
                raise
            if len(keys) > 1:
                half = len(keys) // 2
                yield from self._episodes(keys[:half])
                yield from self._episodes(keys[half:])
            else:
                yield self._failed(("episode", keys[0]), _unexpected(error), _UNEXPECTED)
            return
        for episode, note, known in loaded:
            yield from self._episode(episode, note, known)

    def _episode(self, episode: Episode, note: Note | None, known: set[str]) -> Iterator[Event]:
        key = ("episode", episode.pk)
        try:
            composed = compose(episode, note)
            data = composed.text.encode()
        except NotWritable as error:
            yield self._failed(key, str(error), ON_DESK)
            return
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if self.strict:
                raise
            yield self._failed(key, _unexpected(error), _UNEXPECTED)
            return
        for line in composed.left_out:
            yield self._event(Kind.LEFT_OUT, key, f"left out: {line.rstrip('.')}. `dumpdata --format json` has it.")
        if not self.changed or note is None or composed.text != note.text:
            yield from self._put(key, data, known)

    def _second(self, pk: int) -> Iterator[Event]:
        note = Note.objects.defer("parsed").filter(pk=pk).first()
        if note is not None:
            yield from self._put(("note", pk), note.text.encode(), {note.digest})

    def _put(self, key: Key, data: bytes, known: set[str]) -> Iterator[Event]:
        name = self.names[key]
        try:
            self.folder.put(name, data, known)
        except NotWritten as error:
            yield self._event(Kind.FAILED, key, str(error))
            return
        if name != self.wanted[key]:
            yield Event(Kind.RENAMED, one_line(f"{self.wanted[key]}: written as {name}"))
        yield Event(Kind.WRITTEN)

    def _failed(self, key: Key, problem: str, remedy: str) -> Event:
        return self._event(Kind.FAILED, key, f"{problem.rstrip('.')}. {remedy}.")

    def _event(self, kind: Kind, key: Key, sentence: str) -> Event:
        return Event(kind, one_line(f"{self.folder.path / self.names[key]} ({' '.join(map(str, key))}): {sentence}"))


def _loaded(keys: Sequence[int]) -> Iterator[tuple[Episode, Note | None, set[str]]]:
    """Yield episodes with their current note and the digests of their notes that were not superseded."""
    relations = [spec.relation for kind, spec in SPECS.items() if kind not in ("mention", "tag")]
    episodes = Episode.objects.filter(pk__in=keys).order_by("pk")
    episodes = episodes.prefetch_related(
        *relations,
        Prefetch("mentions", Mention.objects.select_related("entity")),
        "mentions__entity__aliases",
        Prefetch("tagged", TaggedEpisode.objects.select_related("tag")),
    )
    notes = {note.episode_id: note for note in Note.objects.current().filter(episode__in=keys)}
    # Including waiting notes: a file with that content was imported and may be replaced.
    known: dict[int, set[str]] = {}
    versions = Note.objects.filter(episode__in=keys).exclude(state=Note.State.SUPERSEDED)
    for pk, digest in versions.values_list("episode", "digest"):
        known.setdefault(pk, set()).add(digest)
    for episode in episodes:
        yield episode, notes.get(episode.pk), known.get(episode.pk, set())


def _unexpected(error: Exception) -> str:
    return f"unexpected {type(error).__name__}: {error}"


def one_line(text: str) -> str:
    """Return the text on one line, with control characters escaped: file names may hold terminal sequences."""
    return "".join(" " if char.isspace() else _visible(char) for char in text)


def _visible(char: str) -> str:
    return char if unicodedata.category(char) not in ("Cc", "Cf", "Cs") else f"\\u{ord(char):04x}"
