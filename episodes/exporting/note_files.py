"""Every episode as a note file in a folder. What becomes of one note is no matter of the others."""

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

# Episodes read at once, with the texts of their notes: about 13 queries for so many.
BATCH = 50
ON_DESK = "Change it on the desk, or export it as JSON"
_UNEXPECTED = "Run the export with --traceback to see where, and export it as JSON meanwhile"

Key = tuple[str, int]


class Kind(StrEnum):
    WRITTEN = "written"
    RENAMED = "renamed"
    LEFT_OUT = "left out"
    FAILED = "failed"


@dataclass(frozen=True)
class Event:
    """What happened to a note. line: a sentence on one line, empty for what is written as it should be."""

    kind: Kind
    line: str = ""


class LibraryExport:
    """One export into a folder. changed: only what differs from the imported note; strict: raise what is unexpected."""

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
        """Write everything. Yields at least one event for each note; raises only where the database is gone."""
        keys = [pk for what, pk in self.wanted if what == "episode"]
        for begin in range(0, len(keys), BATCH):
            yield from self._episodes(keys[begin : begin + BATCH])
        if not self.changed:
            for what, pk in self.wanted:
                if what == "note":
                    yield from self._second(pk)

    def _episodes(self, keys: Sequence[int]) -> Iterator[Event]:
        """One row that cannot be read must not take the others of its batch with it."""
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
    """Episodes with their current notes, and the digests of every version of theirs that is no old one."""
    relations = [spec.relation for kind, spec in SPECS.items() if kind not in ("mention", "tag")]
    episodes = Episode.objects.filter(pk__in=keys).order_by("pk")
    episodes = episodes.prefetch_related(
        *relations,
        Prefetch("mentions", Mention.objects.select_related("entity")),
        "mentions__entity__aliases",
        Prefetch("tagged", TaggedEpisode.objects.select_related("tag")),
    )
    notes = {note.episode_id: note for note in Note.objects.current().filter(episode__in=keys)}
    # A version that waits is newer than what is written, but it is one we have.
    known: dict[int, set[str]] = {}
    versions = Note.objects.filter(episode__in=keys).exclude(state=Note.State.SUPERSEDED)
    for pk, digest in versions.values_list("episode", "digest"):
        known.setdefault(pk, set()).add(digest)
    for episode in episodes:
        yield episode, notes.get(episode.pk), known.get(episode.pk, set())


def _unexpected(error: Exception) -> str:
    return f"unexpected {type(error).__name__}: {error}"


def one_line(text: str) -> str:
    """A message on one line, without what a terminal would obey: a file's name may hold anything."""
    return "".join(" " if char.isspace() else _visible(char) for char in text)


def _visible(char: str) -> str:
    return char if unicodedata.category(char) not in ("Cc", "Cf", "Cs") else f"\\u{ord(char):04x}"
