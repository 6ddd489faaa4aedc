"""Import thousands of note files. The loader is that of loaddata; a bad file is reported and skipped."""

from __future__ import annotations

import gc
import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from episodes.notes import files
from episodes.notes.gather import Found, gather
from episodes.notes.incoming import read
from episodes.notes.loader import Loader, Outcome, Result, already_there
from episodes.notes.parsed import NoteError

# Files looked at together: one question for their digests, one commit. What an interruption can cost.
BATCH = 50


class Command(BaseCommand):
    help = "Import note files, folders and zips of notes. What is there already and unchanged is skipped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a note, a folder of notes, a zip of notes")
        parser.add_argument("--dry-run", action="store_true", help="do everything, write nothing")
        parser.add_argument("--report", metavar="FILE.json", help="write what became of each note")
        parser.add_argument("--reparse", action="store_true", help="read unchanged notes again, with this parser")

    def handle(self, *, paths: list[str], dry_run: bool, report: str | None, reparse: bool, **options: Any) -> None:
        found = gather(paths, settings.NOTE_MAX_BYTES)
        if not found:
            raise CommandError("There is no note in what was given. A note's name ends in .md.")
        with _rare_collection(), transaction.atomic() if dry_run else nullcontext():
            results = list(self._import(found, Loader(reparse=reparse), options["verbosity"]))
            if dry_run:
                transaction.set_rollback(True)
        if report:
            self._write_report(Path(report), found, results)
        self._summary(results, dry_run)

    def _import(self, found: list[Found], loader: Loader, verbosity: int) -> Iterator[Result]:
        with _progress(self.stdout.isatty(), len(found)) as advance:
            for start in range(0, len(found), BATCH):
                batch = found[start : start + BATCH]
                for file, result in zip(batch, _load_batch(batch, loader), strict=True):
                    self._say(file, result, verbosity)
                    yield result
                advance(len(batch))

    def _say(self, file: Found, result: Result, verbosity: int) -> None:
        if result.outcome == Outcome.FAILED:
            self.stderr.write(self.style.ERROR(result.message))
        elif verbosity > 1 or (result.message and verbosity):
            self.stdout.write(f"{file.path}: {result.outcome}. {result.message}".rstrip())

    def _write_report(self, path: Path, found: list[Found], results: list[Result]) -> None:
        rows = [
            {"path": file.path, "outcome": result.outcome, "episode": result.episode_id, "message": result.message}
            for file, result in zip(found, results, strict=True)
        ]
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")

    def _summary(self, results: list[Result], dry_run: bool) -> None:
        counts = Counter(result.outcome for result in results)
        totals = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
        self.stdout.write(f"{len(results)} notes: {totals}." + (" Nothing was written: --dry-run." if dry_run else ""))
        if counts[Outcome.FAILED]:
            raise CommandError(f"{counts[Outcome.FAILED]} of {len(results)} notes failed; the lines above say why.")


def _load_batch(batch: list[Found], loader: Loader) -> list[Result]:
    """What became of each file, in order. What is unchanged costs no more than reading its bytes."""
    contents = [_bytes(file) for file in batch]
    digests = [files.digest(content) if isinstance(content, bytes) else "" for content in contents]
    known = {} if loader.reparse else already_there(digests)
    results: list[Result] = []
    with nullcontext() if all(digest in known for digest in digests) else transaction.atomic():
        for file, content, digest in zip(batch, contents, digests, strict=True):
            if isinstance(content, Result):
                results.append(content)
            elif digest in known:
                results.append(Result(file.name, Outcome.UNCHANGED, known[digest]))
            else:
                results.append(_load(loader, file, content))
                if results[-1].episode_id:
                    known[digest] = results[-1].episode_id
    return results


def _bytes(file: Found) -> bytes | Result:
    try:
        return file.read()
    except NoteError as error:
        return Result(file.name, Outcome.FAILED, None, error.sentence(file.path))


def _load(loader: Loader, file: Found, content: bytes) -> Result:
    try:
        return loader.store(read(file.name, content))
    except NoteError as error:
        return Result(file.name, Outcome.FAILED, None, error.sentence(file.path))


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Rows by the hundred thousand and hardly a cycle among them: the collector's usual pace costs a sixth."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _progress(shown: bool, total: int) -> Iterator[Any]:
    """A bar on a terminal, nothing elsewhere. Gives a function that moves it."""
    if not shown:
        yield lambda count: None
        return
    columns = (TextColumn("notes"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("notes", total=total)
        yield lambda count: bar.advance(task, count)
