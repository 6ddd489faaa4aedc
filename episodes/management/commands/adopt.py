"""Publish a library that is public elsewhere without a review of its items. What is not fit for that is listed."""

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

from episodes.importing import loader
from episodes.importing.adoption import (
    Reason,
    Survey,
    Terms,
    beginning_of,
    survey,
)
from episodes.importing.discovery import Found, discover
from episodes.importing.loader import Loader, Result
from episodes.importing.note_index import ASIDE
from episodes.management.base import WritingCommand
from episodes.management.batches import BATCH, batches, load_batch, progress, rare_collection
from episodes.models import Episode, Note
from episodes.rendering.sections import RenderJob, processes
from episodes.workflow import adopt_all, one_act

# Adopted together, in one transaction: what an interruption can cost.
TOGETHER = 200
# For fewer it takes longer to start processes than to draw.
MANY = 100


class Outcome(StrEnum):
    ADOPTED = "adopted"
    LEFT_OUT = "left-out"
    LEFT_ALONE = "left-alone"
    ADOPTED_BEFORE = "adopted-before"
    FAILED = "failed"


@dataclass
class Row:
    """What became of one note. reason: why it was left out, as `--include` takes it."""

    path: str
    outcome: Outcome
    episode: int | None = None
    reason: str = ""
    message: str = ""


class Command(WritingCommand):
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
            with rare_collection(), one_act(), self._rolled_back(bool(paths)):
                self._adopt(self._import(paths) if paths else _library())
        except KeyboardInterrupt:
            self._summary()
            raise CommandError("Interrupted. The same command again goes on from here.", returncode=130) from None
        finally:
            if report:
                written = [asdict(row) for row in self.rows]
                Path(report).write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n")
        self._summary()
        if failed := sum(row.outcome == Outcome.FAILED for row in self.rows):
            raise CommandError(f"{failed} of {len(self.rows)} notes failed; the lines above say why.")

    def _rolled_back(self, imports: bool) -> AbstractContextManager[Any]:
        """A dry run of files imports them first, and takes that back."""
        return _taken_back() if self.dry_run and imports else nullcontext()

    # --- files become drafts

    def _import(self, paths: list[str]) -> dict[int, list[str]]:
        """The files' paths by the key of their episode."""
        found = discover(paths, settings.NOTE_MAX_BYTES)
        if not found:
            raise CommandError("There is no note in what was given. A note's name ends in .md or .markdown.")
        results: list[tuple[Found, Result]] = []
        session = Loader(present=[file.name for file in found])
        with progress(self.stdout.isatty(), len(found), "imported") as advance:
            for batch in batches(found, BATCH):
                results += zip(batch, load_batch(batch, session), strict=True)
                advance(len(batch))
        return self._by_episode(results)

    def _by_episode(self, results: list[tuple[Found, Result]]) -> dict[int, list[str]]:
        second = set(Note.objects.filter(state__in=ASIDE).values_list("name", "episode"))
        paths: dict[int, list[str]] = {}
        for file, result in results:
            if result.outcome == loader.Outcome.FAILED or result.episode_id is None:
                self._tell(Row(file.path, Outcome.FAILED, message=result.message))
            elif (file.name, result.episode_id) in second:
                message = "It is a second file of a recording, kept beside the first."
                self._tell(Row(file.path, Outcome.LEFT_ALONE, result.episode_id, message=message))
            else:
                paths.setdefault(result.episode_id, []).append(file.path)
        return paths

    # --- drafts become public

    def _adopt(self, paths: dict[int, list[str]]) -> None:
        # Without files every episode is named by its slug, which is no place.
        named = paths if self.roots else {}
        self.places = {key: [_below(path, self.roots) for path in found] for key, found in named.items()}
        many = len(paths) > MANY and not self.dry_run
        with processes() if many else nullcontext() as pool, progress(self.stdout.isatty(), len(paths)) as advance:
            for keys, found, drawing in self._ahead(list(paths), pool):
                refused = {} if self.dry_run else self._write(found, drawing)
                for key in keys:
                    for path in paths[key]:
                        self._tell(_row(path, key, found, refused))
                advance(len(keys))

    def _ahead(
        self, keys: list[int], pool: ProcessPoolExecutor | None
    ) -> Iterator[tuple[list[int], Survey, RenderJob]]:
        """Batches with their survey; while one is written the next is being drawn."""
        waiting = None
        for batch in batches(keys, TOGETHER):
            found = survey(batch, self.terms, self.places)
            ready = (list(batch), found, RenderJob([] if self.dry_run else found.texts, pool))
            if waiting:
                yield waiting
            waiting = ready
        if waiting:
            yield waiting

    def _write(self, found: Survey, drawing: RenderJob) -> dict[int, list[str]]:
        return adopt_all(found.drafts, self.by, self.reason, found.moments(self.terms), drawing.result())

    # --- what is told

    def _tell(self, row: Row) -> None:
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


def _row(path: str, key: int, found: Survey, refused: dict[int, list[str]]) -> Row:
    if key in refused:
        return Row(path, Outcome.FAILED, key, message=" ".join(refused[key]))
    if key in found.left_out:
        left = found.left_out[key]
        return Row(path, Outcome.LEFT_OUT, key, left.reason, left.sentence)
    if key in found.adopted_before:
        return Row(path, Outcome.ADOPTED_BEFORE, key)
    if key in found.left_alone:
        message = f"It is {found.left_alone[key].replace('_', ' ')}, and only drafts are adopted."
        return Row(path, Outcome.LEFT_ALONE, key, message=message)
    return Row(path, Outcome.ADOPTED, key)


def _below(path: str, roots: list[Path]) -> str:
    """A file's path from the folder that was given on, with that folder's name; of a file given by itself with the
    name of its folder. What lies above says nothing of the note.
    """
    file = Path(path)
    root = next((root for root in roots if root != file and file.is_relative_to(root)), file.parent)
    return str(PurePosixPath(root.absolute().name, *file.relative_to(root).parts)) if file != root else file.name


def _library() -> dict[int, list[str]]:
    """Every episode by its key, named by its slug."""
    rows = Episode.objects.library().order_by("pk").values_list("pk", "slug")
    return {key: [slug] for key, slug in rows}


@contextmanager
def _taken_back() -> Iterator[None]:
    """A transaction that leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- what was asked for


def _user(name: str) -> Any:
    """Who publishes. Raises CommandError with the remedy."""
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
    if unknown := [code for code in codes if code not in (*Reason, "all")]:
        raise CommandError(f"--include {unknown[0]}: no such reason. There are {', '.join(Reason)}, and all.")
    return tuple(Reason) if "all" in codes else tuple(codes)


def _moment(text: str | None) -> datetime | None:
    """A day or a moment in the site's time zone."""
    if text is None:
        return None
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:
        day = moment = None
    if day is not None:
        moment = beginning_of(day)
    if moment is None:
        raise CommandError(f"--published-at {text}: this is no date. Write 2024-05-01 or 2024-05-01T12:00.")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    if moment > timezone.now():
        raise CommandError(f"--published-at {text}: this lies in the future, and what is adopted is public already.")
    return moment
