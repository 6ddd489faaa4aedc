"""Import notes as episodes, and merge later versions of their files.

    result = Loader().load("note.md", data)

Nothing written here is public: new episodes are drafts, and a new version of a public one waits in a working copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePosixPath

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop as _

from episodes import workflow
from episodes.bases.slugs import free_slug, slug_of
from episodes.bases.stored_messages import status_ref
from episodes.checks import Fault
from episodes.importing.incoming_file import Incoming, read
from episodes.importing.note_index import (
    SET_ASIDE_STATES,
    KnownFile,
    NoteIndex,
    RunPaths,
)
from episodes.importing.note_merge import Merge
from episodes.importing.row_buffer import RowBuffer
from episodes.importing.row_writer import RowWriter, add_finding
from episodes.importing.same_recording import is_another_recording
from episodes.models import Episode, Finding, Note
from episodes.models.note_columns import EPISODE_FIELDS, columns, raws_by_record
from episodes.notes import file_bytes
from episodes.notes.parsed import NoteError, from_stored
from episodes.notes.paths import is_bundle, path_key, same_tail


class Outcome(StrEnum):
    """Outcome for one file. KEPT_YOURS: updated, but some values of editors were kept. WAITING: needs an editor."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT_YOURS = "kept-yours"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass
class Result:
    """Result for one file. message: a sentence for the report, or ""."""

    name: str
    outcome: Outcome
    episode_id: int | None = None
    message: str = ""


class Loader:
    """Loader of many files; caches names, slugs and notes of the library.

    reparse: also load files that have not changed, with the current parser. present: the paths of all files of the run,
    by which a moved file is told from a copy.
    """

    def __init__(self, using: str = "default", reparse: bool = False, present: Iterable[str] = ()) -> None:
        self.using, self.reparse, self.present = using, reparse, RunPaths(present)
        self.buffer = RowBuffer(using)
        self._together = False
        self._pool: ProcessPoolExecutor | None = None
        self._writer: RowWriter | None = None
        self._index: NoteIndex | None = None

    def load(self, name: str, data: bytes) -> Result:
        """Parse and store one file. Raises NoteError; nothing is written then."""
        known = unchanged([(name, file_bytes.digest(data))], self.using)
        if known and not self.reparse:
            return Result(name, Outcome.UNCHANGED, next(iter(known.values())))
        return self.store(read(name, data))

    def store(self, incoming: Incoming) -> Result:
        """Store one note and everything in it in one transaction.

        Raises NoteError for a slug that is taken, or if several notes may be the earlier version of this one.
        """
        before = self.buffer.sizes
        try:
            with transaction.atomic(using=self.using):
                return self._store(incoming)
        except Exception:
            # The caches may hold names and slugs of rows that were rolled back. Other rows are stored before they are
            # read from the database again.
            self.buffer.cut(before)
            self._flush()
            self._writer = self._index = None
            raise

    @contextmanager
    def together(self, pool: ProcessPoolExecutor | None = None) -> Iterator[None]:
        """Insert the rows of all notes stored inside together, at the end and in one transaction.

        pool: processes that check the new notes.
        """
        with transaction.atomic(using=self.using):
            self._together, self._pool = True, pool
            try:
                yield
                self._flush()
            except BaseException:
                self._writer = self._index = None
                self.buffer.cut({})
                raise
            finally:
                self._together, self._pool = False, None

    @property
    def writer(self) -> RowWriter:
        """Writer of rows, with its cache of names."""
        if self._writer is None:
            self._writer = RowWriter(self.using, self.buffer)
        self._writer.pool = self._pool
        return self._writer

    def _flush(self) -> None:
        """Store everything that was kept so far."""
        if self._writer is not None:
            with self.buffer.keeping():
                self._writer.finish()
        self.buffer.flush()
        if self._writer is not None:
            self._writer.index()

    @property
    def index(self) -> NoteIndex:
        """Index of the library's notes."""
        if self._index is None:
            self._index = NoteIndex(self.using)
        return self._index

    def _store(self, incoming: Incoming) -> Result:
        at_path = self.index.at_path(incoming)
        if at_path:
            self._flush()
        known = self._version_of(incoming, at_path)
        if known is None:
            moved, copied = self.index.same_bytes(incoming, self.present)
            if moved is not None and not at_path:
                return self._rename(incoming, moved)
            if original := moved or copied:
                return self._keep_second(incoming, self._episode(original.episode_id))
            known = None if at_path else self.index.from_another_folder(incoming, self.present)
        if known is not None:
            return self._new_version(incoming, known)
        if (key := self.index.same_recording(incoming)) is not None:
            return self._keep_second(incoming, self._episode(key))
        result = self.create(incoming)
        if at_path:
            self._report_replaced(incoming, at_path[0], result)
        return result

    def _version_of(self, incoming: Incoming, at_path: list[KnownFile]) -> KnownFile | None:
        """Return the note of this path that the file is a version of; None if all are of other recordings."""
        same = (known for known in at_path if known.digest == incoming.digest)
        return next(same, None) or next((known for known in at_path if not self._is_another(incoming, known)), None)

    def _is_another(self, incoming: Incoming, known: KnownFile) -> bool:
        if incoming.source_id in known.sources:
            return False
        differ = bool(known.sources) and incoming.names_source
        old = Note.objects.using(self.using).get(pk=known.pk)
        return is_another_recording(
            from_stored(old.dialect, old.text, old.parsed), incoming.parsed, sources_differ=differ
        )

    def _episode(self, key: int) -> Episode:
        self._flush()
        return Episode.objects.using(self.using).get(pk=key)

    def _rename(self, incoming: Incoming, known: KnownFile) -> Result:
        """Rename the note of a file that was moved: same bytes, another path."""
        self._flush()
        Note.objects.using(self.using).filter(pk=known.pk).update(name=incoming.name)
        self.index.rename(known, incoming.name)
        if self.reparse:
            return self._new_version(incoming, replace(known, name=incoming.name))
        same_file = same_tail(known.name, incoming.name)
        message = "" if same_file else f"It was called {known.name} before."
        return Result(incoming.name, Outcome.UNCHANGED, known.episode_id, message)

    def _report_replaced(self, incoming: Incoming, before: KnownFile, result: Result) -> None:
        """Add a finding to both episodes: the file of the old one now contains the new one."""
        self._flush()
        old, new = self._episode(before.episode_id), self._episode(result.episode_id or 0)
        params = {"file": incoming.name, "title": str(new)}
        message = _(
            "%(file)s now contains another recording, “%(title)s”, which became a separate episode. This episode "
            "has no file any more."
        )
        severity = Finding.Severity.WARNING
        add_finding(old, Fault("file-replaced", severity, message, old, evidence=incoming.name, params=params))
        params = {"file": incoming.name, "title": str(old)}
        message = _("%(file)s held another recording before, “%(title)s”.")
        severity = Finding.Severity.INFO
        add_finding(new, Fault("file-replaced", severity, message, new, evidence=incoming.name, params=params))

    # --- new episodes

    def create(self, incoming: Incoming) -> Result:
        """Create a draft episode from the note. The caller opens the transaction. Raises NoteError for a taken slug."""
        with self.buffer.keeping():
            result = self._create(incoming)
        if not self._together:
            self._flush()
        return result

    def _create(self, incoming: Incoming) -> Result:
        parsed = incoming.parsed
        episode = new_episode(incoming)
        episode.source_id = self.index.free_source_id(episode.source_id)
        episode.slug = self._slug(incoming, episode.title)
        self.buffer(Episode, [episode])
        note = self.writer.note(incoming, episode, Note.State.CURRENT)
        self.index.put(note)
        rows = self.writer.rows(episode, parsed, range(1, len(parsed.records)))
        self.writer.derived(episode, incoming, rows, self.index.others(episode))
        return Result(incoming.name, Outcome.CREATED, episode.pk)

    def _slug(self, incoming: Incoming, title: str) -> str:
        requested = incoming.parsed.episode.get("slug")
        slug = slug_of(requested or title or _stem(incoming.name), "episode")
        if requested and slug in self.index.slugs:
            problem = f"another episode has the slug {slug!r} already"
            raise NoteError(problem, remedy="Change the slug in one of the two files")
        slug = free_slug(slug, self.index.slugs)
        self.index.slugs.add(slug)
        return slug

    # --- new versions

    def _new_version(self, incoming: Incoming, known: KnownFile) -> Result:
        self._flush()
        # PostgreSQL: without the lock a concurrent publication would be overwritten.
        episode = Episode.objects.using(self.using).select_for_update().get(pk=known.episode_id)
        if known.state in SET_ASIDE_STATES:
            return self._new_second(incoming, known, episode)
        return self.update(incoming, episode)

    def update(self, incoming: Incoming, episode: Episode) -> Result:
        """Merge the note as the next version of an episode. The caller opens the transaction.

        A draft is changed in place, a public episode in its working copy; for an approved or withdrawn one the note
        waits.
        """
        current = episode.notes.using(self.using).get(state=Note.State.CURRENT)
        if episode.is_settled and current.digest == incoming.digest:
            return Result(incoming.name, Outcome.UNCHANGED, episode.pk)
        if episode.status in Episode.PUBLIC_STATUSES:
            return self._into_copy(incoming, episode)
        if episode.is_settled:
            return self._wait(incoming, episode)
        merge = Merge(self.writer, incoming, episode, current)
        self.index.put(merge.apply())
        outcome = Outcome.UPDATED if merge.changed else Outcome.UNCHANGED
        if merge.conflicts:
            outcome = Outcome.KEPT_YOURS
        return Result(incoming.name, outcome, episode.pk, " ".join(fault.sentence for fault in merge.conflicts))

    def _into_copy(self, incoming: Incoming, episode: Episode) -> Result:
        """Merge the note into the working copy of a public episode; if the copy is approved already, the note waits."""
        copy = workflow.copy_of(episode) or workflow.make_copy(episode)
        if copy.is_settled:
            return self._wait(incoming, episode)
        behind = Note.objects.using(self.using).for_spans_of(copy)[0]
        if behind.digest == incoming.digest:
            return Result(incoming.name, Outcome.UNCHANGED, episode.pk)
        Merge(self.writer, incoming, copy, behind).apply()
        self._supersede_waiting(episode)
        return self._report_waiting(incoming, episode)

    def _wait(self, incoming: Incoming, episode: Episode) -> Result:
        """Store the note in state WAITING and leave the episode unchanged."""
        self._supersede_waiting(episode)
        self.index.put(self.writer.note(incoming, episode, Note.State.WAITING))
        return self._report_waiting(incoming, episode)

    def _supersede_waiting(self, episode: Episode) -> None:
        episode.notes.using(self.using).filter(state=Note.State.WAITING).update(state=Note.State.SUPERSEDED)

    def _report_waiting(self, incoming: Incoming, episode: Episode) -> Result:
        message = _("A new version of %(name)s is waiting: the episode is %(status)s and was not changed.")
        params = {"name": incoming.name, "status": status_ref(episode)}
        episode.findings.open().filter(code="new-version-waits").delete()
        severity = Finding.Severity.INFO
        fault = Fault("new-version-waits", severity, message, episode, evidence=incoming.digest, params=params)
        add_finding(episode, fault)
        return Result(incoming.name, Outcome.WAITING, episode.pk, fault.sentence)

    def _keep_second(self, incoming: Incoming, episode: Episode) -> Result:
        self.index.put(self.writer.note(incoming, episode, Note.State.SECOND))
        fault = self._second_fault(incoming, episode)
        add_finding(episode, fault)
        return Result(incoming.name, Outcome.WAITING, episode.pk, fault.sentence)

    def _second_fault(self, incoming: Incoming, episode: Episode) -> Fault:
        first = episode.notes.using(self.using).filter(state=Note.State.CURRENT).values_list("name", flat=True).first()
        params = {"file": incoming.name, "first": first or episode.source_id}
        if first and self.present and not self.present.has(first):
            message = _(
                "%(file)s is of the same recording as %(first)s, which is not in the folder any more. It may be "
                "that file, moved and changed. It is kept until an editor decides what to do with it."
            )
        else:
            message = _(
                "%(file)s is a second file of the same recording as %(first)s. It is kept until an editor decides "
                "what to do with it."
            )
        severity = Finding.Severity.WARNING
        return Fault("second-file", severity, message, episode, evidence=incoming.name, params=params)

    def _new_second(self, incoming: Incoming, known: KnownFile, episode: Episode) -> Result:
        """Replace a second or discarded file by its new version, and reopen its finding."""
        if known.digest == incoming.digest:
            return Result(incoming.name, Outcome.UNCHANGED, episode.pk)
        Note.objects.using(self.using).filter(pk=known.pk).update(state=Note.State.SUPERSEDED)
        resolved = episode.findings.using(self.using).exclude(state=Finding.State.OPEN)
        resolved.filter(code="second-file", params__file=incoming.name).update(state=Finding.State.OPEN)
        return self._keep_second(incoming, episode)


def new_episode(incoming: Incoming) -> Episode:
    """Return an unsaved episode with the values of a note, without a slug."""
    raws = raws_by_record(incoming.parsed).get(0, {})
    given = columns(Episode, EPISODE_FIELDS, incoming.parsed.episode, raws)
    episode = Episode(**given, extra=incoming.parsed.extra)
    episode.language, episode.source_id = incoming.language, incoming.source_id
    if episode.source_id.startswith("url:"):
        episode.form = Episode.Form.ARTICLE
    return episode


def _stem(name: str) -> str:
    """Return the title of a note without one: its file name without suffix, or the folder of a page bundle."""
    path = PurePosixPath(name)
    return path.parent.name if is_bundle(path.name) and path.parent.name else path.name.rsplit(".", 1)[0]


def unchanged(wanted: Iterable[tuple[str, str]], using: str = "default") -> dict[tuple[str, str], int]:
    """Return the key of the episode of each (path, digest) that need not be loaded again. One query.

    Those are notes that are current, also in a working copy, notes that were set aside, and notes that wait for an
    episode which is still approved, public or withdrawn.
    """
    names = {(path_key(name), digest): (name, digest) for name, digest in wanted}
    waits = Q(state=Note.State.WAITING, episode__status__in=Episode.SETTLED_STATUSES)
    notes = Note.objects.using(using).filter(waits | Q(state__in=(Note.State.CURRENT, *SET_ASIDE_STATES)))
    notes = notes.filter(digest__in={digest for _name, digest in names})
    rows = notes.values_list("name", "digest", Coalesce("episode__revises", "episode"))
    stored = {(path_key(name), digest): key for name, digest, key in rows}
    return {names[pair]: key for pair, key in stored.items() if pair in names}
