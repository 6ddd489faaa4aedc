"""Run the checks on note files without importing them, or again on every episode of the library."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from episodes import checks
from episodes.importing.discovery import NoteFile, discover
from episodes.importing.file_checks import Checker
from episodes.importing.incoming_file import read
from episodes.management.batches import BATCH, batches, progress, rare_collection
from episodes.models import Episode, Finding
from episodes.notes.parsed import NoteError

Severity = Finding.Severity
# Attributes of `self.style` by severity, in the order of the summary.
STYLES: dict[str, str] = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "NOTICE"}


class Command(BaseCommand):
    """Check note files or the library. Exit status 1 if there is an error or a file cannot be read."""

    help = (
        "Check note files, folders and zips of notes; nothing is written. Without a path, check every episode of the "
        "library again and keep what is found. The exit status is 1 if an error was found."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", metavar="PATH", help="a note, a folder of notes, a zip of notes")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object a line")

    def handle(self, *, paths: list[str], as_json: bool, **options: Any) -> None:
        self.as_json = as_json
        self.counts: Counter[str] = Counter()
        with rare_collection():
            failed = self._check_files(paths) if paths else self._check_library()
        total = sum(self.counts.values())
        counts = ", ".join(f"{self.counts[name]} {name}" for name in STYLES if self.counts[name])
        # With --json standard output has JSON lines only, for programs.
        (self.stderr if as_json else self.stdout).write(f"{total} findings{': ' + counts if counts else ''}.")
        if failed:
            raise CommandError(f"{failed} notes could not be read; the lines above say why.")
        if errors := self.counts[Severity.ERROR]:
            raise CommandError(f"{errors} errors were found.")

    # --- files

    def _check_files(self, paths: list[str]) -> int:
        """Check the notes below the paths. Returns the number of files that could not be read."""
        files, checker, failed = discover(paths, settings.NOTE_MAX_BYTES), Checker(), 0
        if not files:
            raise CommandError("There is no note in what was given. A note's name ends in .md.")
        with progress(self.stderr.isatty(), len(files)) as advance:
            for file in files:
                failed += not self._check_file(file, checker)
                advance(1)
        return failed

    def _check_file(self, file: NoteFile, checker: Checker) -> bool:
        try:
            faults = checker.check(read(file.name, file.read()))
        except NoteError as error:
            self.stderr.write(self.style.ERROR(error.sentence(file.path)))
            return False
        for line, fault in faults:
            self._report(file.path, line, fault.severity, fault.code, fault.sentence, fault.field, fault.repair)
        return True

    # --- the library

    def _check_library(self) -> int:
        keys = list(Episode.objects.order_by("pk").values_list("pk", flat=True))
        with progress(self.stderr.isatty(), len(keys), "episodes") as advance:
            for batch in batches(keys, BATCH):
                with transaction.atomic():
                    for episode in Episode.objects.filter(pk__in=batch).order_by("pk"):
                        checks.run(episode)
                        self._report_stored(episode)
                advance(len(batch))
        return 0

    def _report_stored(self, episode: Episode) -> None:
        for finding in episode.findings.open().filter(origin=Finding.Origin.CHECK):
            self._report(
                episode.slug, None, finding.severity, finding.code, finding.message, finding.field, finding.repair
            )

    def _report(
        self, name: str, line: int | None, severity: str, code: str, message: str, field: str, repair: Any
    ) -> None:
        """Count and print one finding. line: None for a stored episode, which has no lines."""
        self.counts[severity] += 1
        if self.as_json:
            values = {"name": name, "line": line, "severity": severity, "code": code, "message": message}
            self.stdout.write(json.dumps({**values, "field": field, "repair": repair}, ensure_ascii=False))
            return
        place = name if line is None else f"{name}:{line}"
        style = getattr(self.style, STYLES[severity])
        self.stdout.write(f"{place}: {style(severity)} {code} {' '.join(message.split())}")
