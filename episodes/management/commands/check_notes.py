"""Check notes: files that need not be imported, or without a path every episode of the library again."""

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
from episodes.importing.file_checks import Checker, LocatedFault
from episodes.importing.incoming import read
from episodes.management.batches import BATCH, batches, progress, rare_collection
from episodes.models import Episode, Finding
from episodes.notes.parsed import NoteError

STYLES = {"error": "ERROR", "warning": "WARNING", "info": "NOTICE"}


class Command(BaseCommand):
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
        said = ", ".join(f"{self.counts[name]} {name}" for name in STYLES if self.counts[name])
        # Lines of JSON are for a program, which reads the standard output.
        (self.stderr if as_json else self.stdout).write(f"{total} findings{': ' + said if said else ''}.")
        if failed:
            raise CommandError(f"{failed} notes could not be read; the lines above say why.")
        if self.counts["error"]:
            raise CommandError(f"{self.counts['error']} errors were found.")

    # --- files

    def _check_files(self, paths: list[str]) -> int:
        """Returns how many could not be read."""
        found, checker, failed = discover(paths, settings.NOTE_MAX_BYTES), Checker(), 0
        if not found:
            raise CommandError("There is no note in what was given. A note's name ends in .md.")
        with progress(self.stderr.isatty(), len(found)) as advance:
            for file in found:
                failed += not self._check_file(file, checker)
                advance(1)
        return failed

    def _check_file(self, file: NoteFile, checker: Checker) -> bool:
        try:
            placed = checker.check(read(file.name, file.read()))
        except NoteError as error:
            self.stderr.write(self.style.ERROR(error.sentence(file.path)))
            return False
        for each in placed:
            self._say(file, each)
        return True

    def _say(self, file: NoteFile, placed: LocatedFault) -> None:
        line, fault = placed
        self._tell(file.path, line, fault.severity, fault.code, fault.sentence, fault.field, fault.repair)

    # --- the library

    def _check_library(self) -> int:
        keys = list(Episode.objects.order_by("pk").values_list("pk", flat=True))
        with progress(self.stderr.isatty(), len(keys), "episodes") as advance:
            for batch in batches(keys, BATCH):
                with transaction.atomic():
                    for episode in Episode.objects.filter(pk__in=batch).order_by("pk"):
                        checks.run(episode)
                        self._say_stored(episode)
                advance(len(batch))
        return 0

    def _say_stored(self, episode: Episode) -> None:
        for finding in episode.findings.open().filter(origin=Finding.Origin.CHECK):
            # A library has no lines.
            self._tell(
                episode.slug, None, finding.severity, finding.code, finding.message, finding.field, finding.repair
            )

    def _tell(
        self, name: str, line: int | None, severity: str, code: str, message: str, field: str, repair: Any
    ) -> None:
        self.counts[severity] += 1
        if self.as_json:
            said = {"name": name, "line": line, "severity": severity, "code": code, "message": message}
            self.stdout.write(json.dumps({**said, "field": field, "repair": repair}, ensure_ascii=False))
            return
        place = name if line is None else f"{name}:{line}"
        style = getattr(self.style, STYLES[severity])
        self.stdout.write(f"{place}: {style(severity)} {code} {' '.join(message.split())}")
