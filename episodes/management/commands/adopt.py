"""Publish a library that is public elsewhere without item review, and list the drafts that are excluded."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, no_translations
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from episodes.bases.users import User
from episodes.importing.adoption_exclusions import (
    Reason,
    Survey,
    SurveyJob,
    Terms,
    start_of_day,
)
from episodes.importing.discovery import NoteFile, discover
from episodes.importing.loader import Loader, Result
from episodes.importing.loader import Outcome as LoadOutcome
from episodes.importing.note_index import SET_ASIDE_STATES
from episodes.management.batches import batches, load, only_import, progress, rare_collection
from episodes.management.errors import WritingCommand
from episodes.models import Episode, Note
from episodes.rendering.sections import RenderedEpisodes, processes
from episodes.site.store import make_ahead
from episodes.workflow import adopt_all, one_act

# Episodes adopted per transaction. An interruption loses at most as many.
BATCH_SIZE = 200
# Episodes from which processes are started for rendering: for fewer, starting them takes longer than rendering.
PARALLEL_FROM = 100


class Outcome(StrEnum):
    """Outcome for one note, as in the report."""

    ADOPTED = "adopted"
    LEFT_OUT = "left-out"
    LEFT_ALONE = "left-alone"
    ADOPTED_BEFORE = "adopted-before"
    FAILED = "failed"


@dataclass
class Row:
    """A line of the report: one note. reason: of its exclusion, as a value for `--include`."""

    path: str
    outcome: Outcome
    episode: int | None = None
    reason: str = ""
    message: str = ""


class Command(WritingCommand):
    """Adopt drafts: imported from files, or all of the library."""

    help = (
        "Publish drafts without a review of their items, marked as adopted, with the date of their notes. "
        "Quotes and predictions stay hidden until somebody accepts them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="PATH", help="a note, a folder or a zip; imported if need be")
        parser.add_argument("--all", action="store_true", dest="everything", help="every draft in the library")
        parser.add_argument("--as", dest="by", metavar="USER", default="", help="who publishes")
        parser.add_argument("--reason", default="", help="why, for the history of each episode")
        parser.add_argument("--published-at", metavar="DATE", help="instead of the notes' own dates")
        parser.add_argument(
            "--include",
            action="append",
            default=[],
            metavar="REASON",
            help=f"take what would be left out: {', '.join(Reason)}, or all; may be given several times",
        )
        parser.add_argument("--dry-run", action="store_true", help="do everything, write nothing")
        parser.add_argument("--report", metavar="FILE.json", help="write what became of each note")

    @no_translations
    def handle(self, *, paths: list[str], everything: bool, dry_run: bool, report: str | None, **options: Any) -> None:
        if bool(paths) == everything:
            raise CommandError("Give the paths of notes, or --all for every draft in the library: one of the two.")
        self.by, self.reason = _user(options["by"]), options["reason"].strip()
        if not self.reason:
            raise CommandError('Say why: --reason "These notes have been public on …". Each episode keeps it.')
        self.terms = Terms(_included(options["include"]), _moment(options["published_at"]))
        self.verbosity, self.dry_run = options["verbosity"], dry_run
        self.rows: list[Row] = []
        self.roots = [Path(path) for path in paths]
        try:
            with rare_collection(), one_act(), self._dry_run_of(bool(paths)):
                self._adopt(self._import(paths) if paths else _library())
        except KeyboardInterrupt:
            self._summary()
            raise CommandError("Interrupted. The same command again goes on from here.", returncode=130) from None
        finally:
            if report:
                written = [asdict(row) for row in self.rows]
                Path(report).write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n")
        self._summary()
        if not self.dry_run:
            # Before a visitor asks; the others are made when somebody does.
            make_ahead.make(make_ahead.first_pages())
        if failed := sum(row.outcome == Outcome.FAILED for row in self.rows):
            raise CommandError(f"{failed} of {len(self.rows)} notes failed; the lines above say why.")

    def _dry_run_of(self, imports: bool) -> AbstractContextManager[Any]:
        """Return a context that rolls back the import of a dry run."""
        return _rolled_back() if self.dry_run and imports else nullcontext()

    # --- import of files

    def _import(self, paths: list[str]) -> dict[int, list[str]]:
        """Import the notes below the paths. Returns the paths of the files by key of their episode."""
        files = discover(paths, settings.NOTE_MAX_BYTES)
        if not files:
            raise CommandError("There is no note in what was given. A note's name ends in .md or .markdown.")
        results: list[tuple[NoteFile, Result]] = []
        loader = Loader(present=[file.name for file in files])
        with only_import(), progress(self.stdout.isatty(), len(files), "imported") as advance:
            for batch in load(files, loader):
                results += batch
                advance(len(batch))
        return self._by_episode(results)

    def _by_episode(self, results: list[tuple[NoteFile, Result]]) -> dict[int, list[str]]:
        second = set(Note.objects.filter(state__in=SET_ASIDE_STATES).values_list("name", "episode"))
        paths: dict[int, list[str]] = {}
        for file, result in results:
            if result.outcome == LoadOutcome.FAILED or result.episode_id is None:
                self._report(Row(file.path, Outcome.FAILED, message=result.message))
            elif (file.name, result.episode_id) in second:
                message = "It is a second file of a recording, kept beside the first."
                self._report(Row(file.path, Outcome.LEFT_ALONE, result.episode_id, message=message))
            else:
                paths.setdefault(result.episode_id, []).append(file.path)
        return paths

    # --- adoption

    def _adopt(self, paths: dict[int, list[str]]) -> None:
        # With --all the "paths" are slugs, which say nothing about folders.
        file_paths = paths if self.roots else {}
        self.places = {key: [_below(path, self.roots) for path in group] for key, group in file_paths.items()}
        many = len(paths) > PARALLEL_FROM and not self.dry_run
        with processes() if many else nullcontext() as pool, progress(self.stdout.isatty(), len(paths)) as advance:
            for keys, job in self._ahead(list(paths), pool):
                surveyed = job.result()
                refused = {} if self.dry_run else self._write(surveyed, job.rendered)
                for key in keys:
                    for path in paths[key]:
                        self._report(_row(path, key, surveyed, refused))
                advance(len(keys))

    def _ahead(self, keys: list[int], pool: ProcessPoolExecutor | None) -> Iterator[tuple[list[int], SurveyJob]]:
        """Yield batches with their survey and HTML; the next batch is rendered while one is written."""
        previous = None
        for batch in batches(keys, BATCH_SIZE):
            current = (list(batch), SurveyJob(batch, self.terms, self.places, pool))
            if previous:
                yield previous
            previous = current
        if previous:
            yield previous

    def _write(self, surveyed: Survey, rendered: RenderedEpisodes) -> dict[int, list[str]]:
        return adopt_all(surveyed.drafts, self.by, self.reason, surveyed.moments(self.terms), rendered)

    # --- report

    def _report(self, row: Row) -> None:
        self.rows.append(row)
        reason = f" ({row.reason})" if row.reason else ""
        line = f"{row.path}: {row.outcome}{reason}. {row.message}".rstrip()
        if row.outcome == Outcome.FAILED:
            self.stderr.write(self.style.ERROR(row.message if row.episode is None else line))
        elif self.verbosity > 1 or (row.message and self.verbosity):
            self.stdout.write(line)

    def _summary(self) -> None:
        counts = Counter(row.outcome for row in self.rows)
        totals = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
        wrote = " Nothing was written: --dry-run." if self.dry_run else ""
        self.stdout.write(f"{len(self.rows)} notes{': ' if totals else ''}{totals}.{wrote}")
        reasons = Counter(row.reason for row in self.rows if row.reason)
        if reasons:
            listed = ", ".join(f"{reasons[reason]} {reason}" for reason in Reason if reasons[reason])
            self.stdout.write(f"Left out: {listed}. `--include REASON` takes them all the same.")


def _row(path: str, key: int, surveyed: Survey, refused: dict[int, list[str]]) -> Row:
    if key in refused:
        return Row(path, Outcome.FAILED, key, message=" ".join(refused[key]))
    if key in surveyed.left_out:
        exclusion = surveyed.left_out[key]
        return Row(path, Outcome.LEFT_OUT, key, exclusion.reason, exclusion.sentence)
    if key in surveyed.adopted_before:
        return Row(path, Outcome.ADOPTED_BEFORE, key)
    if key in surveyed.left_alone:
        message = f"It is {surveyed.left_alone[key].replace('_', ' ')}, and only drafts are adopted."
        return Row(path, Outcome.LEFT_ALONE, key, message=message)
    return Row(path, Outcome.ADOPTED, key)


def _below(path: str, roots: list[Path]) -> str:
    """Return a file's path from its root on, with the root's name; for a file given by itself, with its folder's name.

    Folders above are left out: a note is not private because the collection is in a folder called "private".
    """
    file = Path(path)
    root = next((root for root in roots if root != file and file.is_relative_to(root)), file.parent)
    return str(PurePosixPath(root.absolute().name, *file.relative_to(root).parts)) if file != root else file.name


def _library() -> dict[int, list[str]]:
    """Return [slug] by key of every episode."""
    rows = Episode.objects.library().order_by("pk").values_list("pk", "slug")
    return {key: [slug] for key, slug in rows}


@contextmanager
def _rolled_back() -> Iterator[None]:
    """Open a transaction that is rolled back at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- arguments


def _user(name: str) -> User:
    """Return the user with this name. Raises CommandError, with a remedy, if they may not publish."""
    if not name:
        raise CommandError("Say who publishes: --as USER, somebody of the group Publisher.")
    user = get_user_model().objects.filter(**{get_user_model().USERNAME_FIELD: name}).first()
    if user is None:
        raise CommandError(f"There is no user {name!r}. Make one with `manage.py createsuperuser`, or name another.")
    if not user.is_active:
        raise CommandError(f"{name} is switched off. Tick “active” for this user in the admin, or name another.")
    if not user.is_staff:
        raise CommandError(f"{name} has no staff status. Tick it for this user in the admin, or name another.")
    if not user.has_perm("episodes.publish_episode"):
        raise CommandError(f"{name} may not publish. Put this user into the group Publisher, or name another.")
    return user


def _included(codes: list[str]) -> tuple[str, ...]:
    """Return the reasons to ignore. Raises CommandError for an unknown one."""
    if unknown := [code for code in codes if code not in (*Reason, "all")]:
        raise CommandError(f"--include {unknown[0]}: no such reason. There are {', '.join(Reason)}, and all.")
    return tuple(Reason) if "all" in codes else tuple(codes)


def _moment(text: str | None) -> datetime | None:
    """Return an aware datetime from a date or a time. Raises CommandError for others and for the future."""
    if text is None:
        return None
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:
        day = moment = None
    if day is not None:
        moment = start_of_day(day)
    if moment is None:
        raise CommandError(f"--published-at {text}: this is no date. Write 2024-05-01 or 2024-05-01T12:00.")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    if moment > timezone.now():
        raise CommandError(f"--published-at {text}: this lies in the future, and what is adopted is public already.")
    return moment
