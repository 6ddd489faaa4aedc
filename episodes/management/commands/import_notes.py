"""Import many note files with the loader of `loaddata`; files with errors are reported and skipped."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction

from config import audit
from episodes.importing.discovery import NoteFile, discover
from episodes.importing.loader import Loader, Outcome, Result
from episodes.management.batches import load, only_import, progress, rare_collection
from episodes.management.errors import WritingCommand


class Command(WritingCommand):
    """Import note files."""

    help = "Import note files, folders and zips of notes. What is there already and unchanged is skipped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a note, a folder of notes, a zip of notes")
        parser.add_argument("--dry-run", action="store_true", help="do everything, write nothing")
        parser.add_argument("--report", metavar="FILE.json", help="write what became of each note")
        parser.add_argument("--reparse", action="store_true", help="read unchanged notes again, with this parser")
        parser.add_argument("--quiet", action="store_true", help="say nothing if nothing is new, as cron wants it")

    def handle(self, **options: Any) -> None:
        with only_import():
            self._handle(**options)

    def _handle(self, *, paths: list[str], dry_run: bool, report: str | None, reparse: bool, **options: Any) -> None:
        passed_over: Counter[str] = Counter()
        files = discover(paths, settings.NOTE_MAX_BYTES, passed_over)
        if passed_over and options["verbosity"] and not options["quiet"]:
            self.stdout.write(_passed_over(passed_over))
        if not files:
            raise CommandError("There is no note in what was given. A note's name ends in .md or .markdown.")
        loader = Loader(reparse=reparse, present=[file.name for file in files])
        results: list[Result] = []
        try:
            with rare_collection(), transaction.atomic() if dry_run else nullcontext():
                results.extend(self._import(files, loader, options["verbosity"]))
                if dry_run:
                    transaction.set_rollback(True)
        finally:
            if not dry_run and not (options["quiet"] and _nothing_new(results)):
                # After an interruption too: earlier batches are committed.
                audit.record("notes-imported", by=audit.operator(), given=len(files), **_counts(results))
        if report:
            self._write_report(Path(report), files, results)
        if not (options["quiet"] and _nothing_new(results)):
            self._summary(results, dry_run)

    def _import(self, files: list[NoteFile], loader: Loader, verbosity: int) -> Iterator[Result]:
        with progress(self.stdout.isatty(), len(files)) as advance:
            for batch in load(files, loader):
                for file, result in batch:
                    self._report(file, result, verbosity)
                    yield result
                advance(len(batch))

    def _report(self, file: NoteFile, result: Result, verbosity: int) -> None:
        if result.outcome == Outcome.FAILED:
            self.stderr.write(self.style.ERROR(result.message))
        elif verbosity > 1 or (result.message and verbosity):
            self.stdout.write(f"{file.path}: {result.outcome}. {result.message}".rstrip())

    def _write_report(self, path: Path, files: list[NoteFile], results: list[Result]) -> None:
        rows = [
            {"path": file.path, "outcome": result.outcome, "episode": result.episode_id, "message": result.message}
            for file, result in zip(files, results, strict=True)
        ]
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")

    def _summary(self, results: list[Result], dry_run: bool) -> None:
        counts = _counts(results)
        totals = ", ".join(f"{counts[outcome]} {outcome}" for outcome in counts)
        self.stdout.write(f"{len(results)} notes: {totals}." + (" Nothing was written: --dry-run." if dry_run else ""))
        if counts.get(Outcome.FAILED):
            raise CommandError(f"{counts[Outcome.FAILED]} of {len(results)} notes failed; the lines above say why.")


def _passed_over(others: Counter[str]) -> str:
    """Return a line with the number of files that are no notes, by suffix."""
    kinds = ", ".join(f"{count} {suffix}" for suffix, count in others.most_common(10))
    return f"{others.total()} files are no notes and were left out: {kinds}."


def _nothing_new(results: list[Result]) -> bool:
    return all(result.outcome == Outcome.UNCHANGED for result in results)


def _counts(results: list[Result]) -> dict[str, int]:
    """Return the number of notes by outcome, without zeros."""
    counted = Counter(result.outcome for result in results)
    return {str(outcome): counted[outcome] for outcome in Outcome if counted[outcome]}
