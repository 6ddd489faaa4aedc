"""From a note to rows: the first time, and again when the file has changed.

    result = Loader().load("note.md", data)

Nothing written here is ever public: new rows are drafts, and what visitors see is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop as _

from episodes import workflow
from episodes.checks import Fault
from episodes.checks.registry import MOST_OTHERS, Other, identities_of
from episodes.models import Episode, Note
from episodes.notes import files, sources, threeway
from episodes.notes.incoming import Incoming, read
from episodes.notes.parsed import NoteError
from episodes.notes.rows import EPISODE_FIELDS, columns, raws_by_record
from episodes.notes.writing import Writer, add_finding
from episodes.slugs import free_slug, slug_of
from episodes.stored_messages import a_status


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


@dataclass(frozen=True)
class Kept:
    """A note on the shelf: its name and whose it is. identity: of the episode's source as it is named today."""

    pk: int
    name: str
    episode_id: int
    identity: str
    language: str


class Shelf:
    """Which notes, recordings and slugs are there. Read once a session: asking for each note takes longer than that."""

    def __init__(self, using: str) -> None:
        episodes = Episode.objects.using(using)
        self.slugs: set[str] = set(episodes.values_list("slug", flat=True))
        self.recordings: dict[tuple[str, str], int] = {}
        self._alike: dict[str, dict[int, Other]] = {}
        columns: tuple[str, ...] = ("pk", "source_id", "language", "title")
        for key, identity, language, title in episodes.library().order_by("-pk").values_list(*columns):
            self.recordings[identity, language] = key
            self.tell(key, identity, language, title)
        # By the last part of the name: `two/index.md` is kept beside `index.md`.
        self._notes: dict[str, list[Kept]] = {}
        # A note in a working copy has its older version beside the public episode, by which it is known.
        notes = Note.objects.using(using).filter(episode__revises__isnull=True)
        notes = notes.exclude(state=Note.State.SUPERSEDED).order_by("pk")
        columns = ("pk", "name", "episode_id", "episode__source_id", "episode__source_url", "episode__language")
        for key, name, episode, identity, url, language in notes.values_list(*columns):
            self._keep(Kept(key, name, episode, sources.source_id(url) or identity, language))

    def tell(self, key: int, identity: str, language: str, title: str) -> None:
        """For those that come later and may be the same recording."""
        if not identity.startswith("note:"):
            self._alike.setdefault(identity, {})[key] = Other(key, title, language, True)
        if title:
            self._alike.setdefault(f"{language}:{title}", {})[key] = Other(key, title, language, False)

    def others(self, episode: Episode) -> tuple[Other, ...]:
        """Other episodes with the same source or title, as `checks.registry.same_recording` asks the database."""
        found = dict(self._alike.get(f"{episode.language}:{episode.title}", {}))
        for identity in identities_of(episode):
            found |= self._alike.get(identity, {})
        return tuple(found[key] for key in sorted(found) if key != episode.pk)[:MOST_OTHERS]

    def _keep(self, kept: Kept) -> None:
        self._notes.setdefault(PurePosixPath(kept.name).name, []).append(kept)

    def put(self, note: Note) -> None:
        """A note just written; it takes the place of an older one of the same episode and name."""
        episode = note.episode
        identity = sources.source_id(episode.source_url) or episode.source_id
        same_name = self._notes.get(PurePosixPath(note.name).name, [])
        same_name[:] = [kept for kept in same_name if (kept.name, kept.episode_id) != (note.name, episode.pk)]
        self._keep(Kept(note.pk, note.name, episode.pk, identity, episode.language))
        self.recordings.setdefault((episode.source_id, episode.language), episode.pk)
        self.tell(episode.pk, episode.source_id, episode.language, episode.title)

    def find(self, incoming: Incoming) -> int | None:
        """Key of the note this file was imported as before: the same name, source and language.

        Where one of the two names no source, the name alone decides, if only one note has it. Raises NoteError where
        several have.
        """
        named = self._notes.get(PurePosixPath(incoming.name).name, [])
        alike = [kept for kept in named if kept.language == incoming.language]
        same = [kept for kept in alike if kept.identity == incoming.source_id]
        if same:
            return next((kept.pk for kept in same if kept.name == incoming.name), same[0].pk)
        exact = [kept for kept in alike if kept.name == incoming.name]
        if not incoming.source_id.startswith("note:"):
            exact = [kept for kept in exact if kept.identity.startswith("note:")]
        elif len(alike) > 1 and not exact:
            problem = f"several notes are called {PurePosixPath(incoming.name).name} and this one names no source"
            raise NoteError(problem, remedy="Give it a source, or a name of its own")
        return exact[0].pk if len(exact) == 1 else None


class Loader:
    """One session of loading. reparse: read notes again whose text is the same, with a newer parser."""

    def __init__(self, using: str = "default", reparse: bool = False) -> None:
        self.using, self.reparse = using, reparse
        self._writer: Writer | None = None
        self._shelf: Shelf | None = None

    def load(self, name: str, data: bytes) -> Result:
        """Read and store one file. Raises NoteError; nothing is written then."""
        known = already_there([files.digest(data)], self.using)
        if known and not self.reparse:
            return Result(name, Outcome.UNCHANGED, next(iter(known.values())))
        return self.store(read(name, data))

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
        known = self.shelf.find(incoming)
        if known is not None:
            notes = Note.objects.using(self.using).without_text()
            return self._again(incoming, notes.get(pk=known))
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

    def _same_recording(self, incoming: Incoming) -> Episode | None:
        key = self.shelf.recordings.get((incoming.source_id, incoming.language))
        return Episode.objects.using(self.using).get(pk=key) if key is not None else None

    # --- the first time

    def _create(self, incoming: Incoming) -> Result:
        parsed = incoming.parsed
        episode = new_episode(incoming)
        episode.slug = self._slug(incoming, episode.title)
        episode.save(using=self.using, force_insert=True)
        note = self.writer.note(incoming, episode, Note.State.CURRENT)
        self.shelf.put(note)
        rows = self.writer.rows(episode, parsed, range(1, len(parsed.records)))
        self.writer.derived(episode, incoming, rows, self.shelf.others(episode))
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
        # Locked where the database can: a publication meanwhile must not be written over.
        episode = Episode.objects.using(self.using).select_for_update().get(pk=known.episode_id)
        if known.state == Note.State.SECOND:
            return self._aside(incoming, known, episode)
        current = episode.notes.using(self.using).get(state=Note.State.CURRENT)
        if episode.is_settled and current.digest == incoming.digest:
            return Result(incoming.name, Outcome.UNCHANGED, episode.pk)
        if episode.status in Episode.PUBLIC_STATUSES:
            return self._into_copy(incoming, episode)
        if episode.is_settled:
            return self._wait(incoming, episode)
        merge = threeway.Merge(self.writer, incoming, episode, current)
        self.shelf.put(merge.apply())
        outcome = Outcome.UPDATED if merge.changed else Outcome.UNCHANGED
        if merge.conflicts:
            outcome = Outcome.KEPT_YOURS
        return Result(incoming.name, outcome, episode.pk, " ".join(fault.sentence for fault in merge.conflicts))

    def _into_copy(self, incoming: Incoming, episode: Episode) -> Result:
        """A public episode stays as it is. The new version of its note is merged into its working copy, which a person
        approves; into one that is approved already nothing comes any more.
        """
        copy = workflow.copy_of(episode) or workflow.make_copy(episode)
        if copy.is_settled:
            return self._wait(incoming, episode)
        behind = Note.objects.using(self.using).behind(copy)[0]
        if behind.digest == incoming.digest:
            return Result(incoming.name, Outcome.UNCHANGED, episode.pk)
        threeway.Merge(self.writer, incoming, copy, behind).apply()
        self._no_longer_waiting(episode)
        return self._tell_waiting(incoming, episode)

    def _wait(self, incoming: Incoming, episode: Episode) -> Result:
        """An approved or withdrawn episode stays as it is; the new version of its note waits for an editor."""
        self._no_longer_waiting(episode)
        self.shelf.put(self.writer.note(incoming, episode, Note.State.WAITING))
        return self._tell_waiting(incoming, episode)

    def _no_longer_waiting(self, episode: Episode) -> None:
        episode.notes.using(self.using).filter(state=Note.State.WAITING).update(state=Note.State.SUPERSEDED)

    def _tell_waiting(self, incoming: Incoming, episode: Episode) -> Result:
        message = _("A new version of %(name)s waits: the episode is %(status)s and was left as it is.")
        said = {"name": incoming.name, "status": a_status(episode)}
        episode.findings.open().filter(code="new-version-waits").delete()
        fault = Fault("new-version-waits", "info", message, episode, evidence=incoming.digest, params=said)
        add_finding(episode, fault)
        return Result(incoming.name, Outcome.WAITING, episode.pk, fault.sentence)

    def _keep_second(self, incoming: Incoming, episode: Episode) -> Result:
        self.shelf.put(self.writer.note(incoming, episode, Note.State.SECOND))
        message = _("%(name)s is a second file of %(source)s. It is kept beside the first, not merged.")
        said = {"name": incoming.name, "source": episode.source_id}
        fault = Fault("second-file", "warning", message, episode, evidence=incoming.name, params=said)
        add_finding(episode, fault)
        return Result(incoming.name, Outcome.WAITING, episode.pk, fault.sentence)

    def _aside(self, incoming: Incoming, known: Note, episode: Episode) -> Result:
        """A newer version of a second file takes the place of the older one, still aside."""
        Note.objects.using(self.using).filter(pk=known.pk).update(state=Note.State.SUPERSEDED)
        self.shelf.put(self.writer.note(incoming, episode, Note.State.SECOND))
        return Result(incoming.name, Outcome.WAITING, episode.pk, f"{incoming.name} is kept beside the first file.")


def new_episode(incoming: Incoming) -> Episode:
    """The episode of a note that was never here, unsaved and without a slug."""
    raws = raws_by_record(incoming.parsed).get(0, {})
    given = columns(Episode, EPISODE_FIELDS, incoming.parsed.episode, raws)
    episode = Episode(**given, extra=incoming.parsed.extra)
    episode.language, episode.source_id = incoming.language, incoming.source_id
    if episode.source_id.startswith("url:"):
        episode.form = Episode.Form.ARTICLE
    return episode


def already_there(digests: list[str], using: str = "default") -> dict[str, int]:
    """Episode by digest, for the texts that need no second look: what is current, also in a working copy, what is kept
    aside, and what waits for an episode that still is approved or public.
    """
    waits = Q(state=Note.State.WAITING, episode__status__in=Episode.SETTLED_STATUSES)
    notes = Note.objects.using(using).filter(waits | Q(state__in=(Note.State.CURRENT, Note.State.SECOND)))
    episode = Coalesce("episode__revises", "episode")
    return dict(notes.filter(digest__in=digests).values_list("digest", episode))
