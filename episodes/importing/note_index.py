"""Index of the library's notes, recordings and slugs, by which a file is identified.

A file is identified by its path below the imported root, then by its digest, then by the recording it names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models.functions import Coalesce

from episodes.checks.registry import MAX_OTHERS, Other, identities_of
from episodes.importing.incoming_file import Incoming
from episodes.models import Episode, Note
from episodes.notes import sources
from episodes.notes.parsed import NoteError
from episodes.notes.paths import path_key, same_tail, tail

# States of notes whose content is in no episode: second files of a recording.
SET_ASIDE_STATES = (Note.State.SECOND, Note.State.DISCARDED)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A stored note. sources: ids of the recording according to its text and its episode, without `note:` ids."""

    pk: int
    name: str
    state: str
    digest: str
    episode_id: int
    sources: frozenset[str]
    language: str
    title: str


class NoteIndex:
    """All notes and recordings of the library in memory: queries for each file would dominate an import.

    slugs: of all episodes. recordings: key of the oldest episode by (source id, language). Three queries.
    """

    def __init__(self, using: str) -> None:
        episodes = Episode.objects.using(using)
        self.slugs: set[str] = set(episodes.values_list("slug", flat=True))
        self.recordings: dict[tuple[str, str], int] = {}
        self._source_ids: set[str] = set()
        self._alike: dict[str, dict[int, Other]] = {}
        columns: tuple[str, ...] = ("pk", "source_id", "source_url", "language", "title")
        for key, source_id, url, language, title in episodes.library().order_by("pk").values_list(*columns):
            self._add_recording(key, {source_id, sources.source_id(url) or ""}, language)
            self.add_alike(key, source_id, language, title)
        self._files: dict[int, KnownFile] = {}
        self._by_path: dict[str, set[int]] = {}
        self._by_tail: dict[str, set[int]] = {}
        self._by_digest: dict[str, set[int]] = {}
        # A note of a working copy counts as one of the public episode.
        notes = Note.objects.using(using).exclude(state=Note.State.SUPERSEDED).order_by("pk")
        notes = notes.annotate(of=Coalesce("episode__revises", "episode"))
        columns = ("pk", "name", "state", "digest", "of", "source_id", "episode__source_id", "episode__source_url")
        for key, name, state, digest, of, named, source_id, url, language, title in notes.values_list(
            *columns, "episode__language", "episode__title"
        ):
            ids = _real_ids(named, source_id, sources.source_id(url))
            self._add(KnownFile(key, name, state, digest, of, ids, language, title))

    # --- content

    def add_alike(self, key: int, source_id: str, language: str, title: str) -> None:
        """Register an episode for `others()`."""
        if not source_id.startswith("note:"):
            self._alike.setdefault(source_id, {})[key] = Other(key, title, language, True)
        if title:
            self._alike.setdefault(f"{language}:{title}", {})[key] = Other(key, title, language, False)

    def others(self, episode: Episode) -> tuple[Other, ...]:
        """Return other episodes with the same source or title, as `checks.registry.same_recording` would."""
        alike = dict(self._alike.get(f"{episode.language}:{episode.title}", {}))
        for identity in identities_of(episode):
            alike |= self._alike.get(identity, {})
        return tuple(alike[key] for key in sorted(alike) if key != episode.pk)[:MAX_OTHERS]

    def free_source_id(self, source_id: str) -> str:
        """Return the id, with a number if it is a `note:` id that a file, since moved, has taken."""
        if not source_id.startswith("note:"):
            return source_id
        free, number = source_id, 1
        while free in self._source_ids:
            number += 1
            free = f"{source_id[:290]}#{number}"
        return free

    def put(self, note: Note) -> None:
        """Add a stored note; replace an older one of the same episode and name if both or neither were set aside."""
        episode = note.episode
        of = episode.revises_id or episode.pk
        aside = note.state in SET_ASIDE_STATES
        for known in self._at(self._by_path, path_key(note.name)):
            if known.episode_id == of and (known.state in SET_ASIDE_STATES) == aside:
                self._remove(known)
        address = sources.source_id(episode.source_url)
        ids = _real_ids(note.source_id, episode.source_id, address)
        self._add(KnownFile(note.pk, note.name, note.state, note.digest, of, ids, episode.language, episode.title))
        self._add_recording(of, {episode.source_id, address or ""}, episode.language)
        self.add_alike(of, episode.source_id, episode.language, episode.title)

    def rename(self, known: KnownFile, name: str) -> None:
        """Register a stored note under a new name."""
        self._remove(known)
        self._add(replace(known, name=name))

    def _add(self, known: KnownFile) -> None:
        self._files[known.pk] = known
        for table, key in self._keys(known):
            table.setdefault(key, set()).add(known.pk)

    def _remove(self, known: KnownFile) -> None:
        del self._files[known.pk]
        for table, key in self._keys(known):
            table[key].discard(known.pk)

    def _keys(self, known: KnownFile) -> tuple[tuple[dict[str, set[int]], str], ...]:
        return (
            (self._by_path, path_key(known.name)),
            (self._by_tail, tail(known.name)),
            (self._by_digest, known.digest),
        )

    def _at(self, table: dict[str, set[int]], key: str) -> list[KnownFile]:
        return [self._files[pk] for pk in sorted(table.get(key, ()))]

    def _add_recording(self, key: int, ids: Iterable[str], language: str) -> None:
        for source_id in filter(None, ids):
            self._source_ids.add(source_id)
            if not source_id.startswith("note:"):
                self.recordings.setdefault((source_id, language), key)

    # --- identification of a file

    def at_path(self, incoming: Incoming) -> list[KnownFile]:
        """Return the notes that came from this path, those of the same recording first."""
        notes = self._at(self._by_path, path_key(incoming.name))
        return sorted(notes, key=lambda known: (not _same_source(known, incoming), known.state in SET_ASIDE_STATES))

    def same_bytes(self, incoming: Incoming, present: RunPaths) -> tuple[KnownFile | None, KnownFile | None]:
        """Return (moved, copied) with the same digest: the note whose file was moved here, or the one copied.

        At most one of them is not None.
        """
        notes = self._at(self._by_digest, incoming.digest)
        notes.sort(key=lambda known: (not same_tail(known.name, incoming.name), known.state in SET_ASIDE_STATES))
        moved = next((known for known in notes if not present.elsewhere(known.name, incoming.name)), None)
        return moved, None if moved else next(iter(notes), None)

    def from_another_folder(self, incoming: Incoming, present: RunPaths) -> KnownFile | None:
        """Return the note of this file from an import of a folder above or below: `x.md` and `a/x.md`.

        Raises NoteError if there are several candidates.
        """
        candidates = [
            known
            for known in self._at(self._by_tail, tail(incoming.name))
            if same_tail(known.name, incoming.name)
            and not present.elsewhere(known.name, incoming.name)
            and _may_be_the_same(known, incoming)
        ]
        if len(candidates) > 1:
            names = ", ".join(sorted(known.name for known in candidates))
            problem = f"several notes may be this one: {names}"
            raise NoteError(problem, remedy="Import the folder that holds them all")
        return candidates[0] if candidates else None

    def same_recording(self, incoming: Incoming) -> int | None:
        """Return the key of the episode of this recording in this language, or None."""
        return self.recordings.get((incoming.source_id, incoming.language))


class RunPaths:
    """The paths of all files of one import; false if they are not known."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._keys = {path_key(name) for name in names}
        self._by_tail: dict[str, set[str]] = {}
        for name in self._keys:
            self._by_tail.setdefault(tail(name), set()).add(name)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def has(self, name: str) -> bool:
        """Return whether one of the files may be the note of this name."""
        return path_key(name) in self._keys or any(
            same_tail(name, other) for other in self._by_tail.get(tail(name), ())
        )

    def elsewhere(self, name: str, than: str) -> bool:
        """Return whether the file of the note `name` is in this import and is not the file `than`."""
        key, own = path_key(name), path_key(than)
        if key in self._keys:
            return key != own
        return not same_tail(key, own) and self.has(name)


def _real_ids(*ids: str | None) -> frozenset[str]:
    return frozenset(source_id for source_id in ids if source_id and not source_id.startswith("note:"))


def _same_source(known: KnownFile, incoming: Incoming) -> bool:
    return incoming.source_id in known.sources


def _may_be_the_same(known: KnownFile, incoming: Incoming) -> bool:
    same_title = known.title == (incoming.parsed.episode.get("title") or "")
    if not known.sources or not incoming.names_source:
        return same_title
    return _same_source(known, incoming) and (known.language == incoming.language or same_title)
