"""From a note to rows: the first time, and again when the file has changed.

    result = Loader().load("note.md", data)

Nothing written here is ever public: new rows are drafts, and what visitors see is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from episodes.checks import Fault
from episodes.models import Episode, Note
from episodes.notes import files, threeway
from episodes.notes.incoming import Incoming, read
from episodes.notes.parsed import NoteError
from episodes.notes.rows import EPISODE_FIELDS, columns, raws_by_record
from episodes.notes.writing import Writer, add_finding
from episodes.slugs import free_slug, slug_of


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT_YOURS = "kept-yours"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass
class Result:
    """What became of one file."""

    name: str
    outcome: Outcome
    episode_id: int | None = None
    message: str = ""


class Shelf:
    """Which notes, recordings and slugs are there. Read once a session: asking for each note takes longer than that."""

    def __init__(self, using: str) -> None:
        episodes = Episode.objects.using(using)
        self.slugs: set[str] = set(episodes.values_list("slug", flat=True))
        self.recordings: dict[tuple[str, str], int] = {}
        for key, source_id, language in episodes.library().order_by("-pk").values_list("pk", "source_id", "language"):
            self.recordings[source_id, language] = key
        self.notes: dict[str, list[tuple[int, str]]] = {}
        notes = Note.objects.using(using).exclude(state=Note.State.SUPERSEDED).order_by("pk")
        for key, name, source_id in notes.values_list("pk", "name", "episode__source_id"):
            self.notes.setdefault(name, []).append((key, source_id))

    def put(self, note: Note) -> None:
        """A note just written; it takes the place of an older one of the same episode and name."""
        episode = note.episode
        entry = (note.pk, episode.source_id)
        others = [known for known in self.notes.get(note.name, ()) if known[1] != episode.source_id]
        self.notes[note.name] = [*others, entry]
        self.recordings.setdefault((episode.source_id, episode.language), episode.pk)


class Loader:
    """One session of loading. reparse: read notes again whose text is the same, with a newer parser."""

    def __init__(self, using: str = "default", reparse: bool = False) -> None:
        self.using, self.reparse = using, reparse
        self._writer: Writer | None = None
        self._shelf: Shelf | None = None

    def load(self, name: str, data: bytes) -> Result:
        """Read and store one file. Raises NoteError; nothing is written then."""
        known = self.known(files.digest(data))
        if known is not None and not self.reparse:
            return Result(name, Outcome.UNCHANGED, known)
        return self.store(read(name, data))

    def known(self, digest: str) -> int | None:
        """Key of the episode that has this very text already, under whatever name."""
        notes = Note.objects.using(self.using).filter(digest=digest).exclude(state=Note.State.SUPERSEDED)
        return notes.values_list("episode_id", flat=True).first()

    def store(self, incoming: Incoming) -> Result:
        """Write one note and everything in it, in one transaction. Raises NoteError for a slug that is taken."""
        try:
            with transaction.atomic(using=self.using):
                return self._store(incoming)
        except Exception:
            self.forget()
            raise

    def forget(self) -> None:
        """After a rollback the session may know names and slugs of rows that are gone."""
        self._writer = self._shelf = None

    def _store(self, incoming: Incoming) -> Result:
        known = self._note_named(incoming)
        if known is not None:
            return self._again(incoming, known)
        other = self._same_recording(incoming)
        if other is not None:
            return self._keep_second(incoming, other)
        return self._create(incoming)

    @property
    def writer(self) -> Writer:
        if self._writer is None:
            self._writer = Writer(self.using)
        return self._writer

    @property
    def shelf(self) -> Shelf:
        if self._shelf is None:
            self._shelf = Shelf(self.using)
        return self._shelf

    # --- whose note is it

    def _note_named(self, incoming: Incoming) -> Note | None:
        """What this file was imported as before: the same name, and the same source as far as both name one."""
        for key, source_id in self.shelf.notes.get(incoming.name, ()):
            ids = {source_id, incoming.source_id}
            if len(ids) == 1 or any(identity.startswith("note:") for identity in ids):
                notes = Note.objects.using(self.using).select_related("episode").without_text()
                return notes.get(pk=key)
        return None

    def _same_recording(self, incoming: Incoming) -> Episode | None:
        key = self.shelf.recordings.get((incoming.source_id, incoming.language))
        return Episode.objects.using(self.using).get(pk=key) if key is not None else None

    # --- the first time

    def _create(self, incoming: Incoming) -> Result:
        parsed = incoming.parsed
        raws = raws_by_record(parsed).get(0, {})
        episode = Episode(**columns(Episode, EPISODE_FIELDS, parsed.episode, raws), extra=parsed.extra)
        episode.language, episode.source_id = incoming.language, incoming.source_id[:300]
        if episode.source_id.startswith("url:"):
            episode.form = Episode.Form.ARTICLE
        episode.slug = self._slug(incoming, episode.title)
        episode.save(using=self.using, force_insert=True)
        note = self.writer.note(incoming, episode, Note.State.CURRENT)
        self.shelf.put(note)
        rows = self.writer.rows(episode, parsed, range(1, len(parsed.records)))
        self.writer.derived(episode, incoming, rows)
        return Result(incoming.name, Outcome.CREATED, episode.pk)

    def _slug(self, incoming: Incoming, title: str) -> str:
        wished = incoming.parsed.episode.get("slug")
        slug = slug_of(wished or title or incoming.name.rsplit(".", 1)[0], "episode")
        if wished and slug in self.shelf.slugs:
            problem = f"another episode has the slug {slug!r} already"
            raise NoteError(problem, remedy="Change the slug in one of the two files")
        slug = free_slug(slug, self.shelf.slugs)
        self.shelf.slugs.add(slug)
        return slug

    # --- again

    def _again(self, incoming: Incoming, known: Note) -> Result:
        episode = known.episode
        if known.state == Note.State.SECOND:
            return self._aside(incoming, known)
        current = episode.notes.using(self.using).get(state=Note.State.CURRENT)
        if episode.is_settled:
            return self._wait(incoming, episode, current)
        merge = threeway.Merge(self.writer, incoming, episode, current)
        self.shelf.put(merge.apply())
        outcome = Outcome.UPDATED if merge.changed else Outcome.UNCHANGED
        if merge.conflicts:
            outcome = Outcome.KEPT_YOURS
        return Result(incoming.name, outcome, episode.pk, " ".join(fault.message for fault in merge.conflicts))

    def _wait(self, incoming: Incoming, episode: Episode, current: Note) -> Result:
        """An approved or public episode stays as it is; the new version of its note waits for an editor."""
        if current.digest == incoming.digest:
            return Result(incoming.name, Outcome.UNCHANGED, episode.pk)
        episode.notes.using(self.using).filter(state=Note.State.WAITING).update(state=Note.State.SUPERSEDED)
        self.shelf.put(self.writer.note(incoming, episode, Note.State.WAITING))
        message = f"A new version of {incoming.name} waits: the episode is {episode.status} and was left as it is."
        add_finding(episode, Fault("new-version-waits", "info", message, episode, evidence=incoming.digest))
        return Result(incoming.name, Outcome.WAITING, episode.pk, message)

    def _keep_second(self, incoming: Incoming, episode: Episode) -> Result:
        self.shelf.put(self.writer.note(incoming, episode, Note.State.SECOND))
        message = f"{incoming.name} is a second file of {episode.source_id}. It is kept beside the first, not merged."
        add_finding(episode, Fault("second-file", "warning", message, episode, evidence=incoming.name))
        return Result(incoming.name, Outcome.WAITING, episode.pk, message)

    def _aside(self, incoming: Incoming, known: Note) -> Result:
        """A newer version of a second file takes the place of the older one, still aside."""
        Note.objects.using(self.using).filter(pk=known.pk).update(state=Note.State.SUPERSEDED)
        self.shelf.put(self.writer.note(incoming, known.episode, Note.State.SECOND))
        return Result(
            incoming.name, Outcome.WAITING, known.episode_id, f"{incoming.name} is kept beside the first file."
        )
