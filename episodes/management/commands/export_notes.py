"""Write all episodes back to note files: unchanged where there are no edits, with the edits elsewhere."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from episodes.exporting.note_files import Kind, LibraryExport, one_line
from episodes.exporting.target_folder import NotWritten, TargetFolder


class Command(BaseCommand):
    """Export the library into a folder."""

    help = "Write every episode back as a note file. A file that was changed since its import is not overwritten."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR")
        parser.add_argument("--changed", action="store_true", help="only what differs from the imported note")

    def handle(self, *, folder: str, changed: bool, **options: Any) -> None:
        counts: Counter[Kind] = Counter()
        try:
            with TargetFolder(Path(folder)) as target:
                for event in LibraryExport(target, changed, strict=options["traceback"]).run():
                    counts[event.kind] += 1
                    self._report(event.kind, event.line, options["verbosity"])
        except NotWritten as error:
            raise CommandError(one_line(f"{folder}: {error}")) from error
        except (OperationalError, InterfaceError) as error:
            problem = one_line(f"The database cannot be read ({error})")
            raise CommandError(
                f"{problem}; {counts[Kind.WRITTEN]} notes were written. Run the export again."
            ) from error
        self.stdout.write(f"{counts[Kind.WRITTEN]} notes written to {folder}.")
        if counts[Kind.FAILED]:
            raise CommandError(f"{counts[Kind.FAILED]} notes were not written; the lines above say why.")

    def _report(self, kind: Kind, line: str, verbosity: int) -> None:
        if kind == Kind.FAILED:
            self.stderr.write(self.style.ERROR(line))
        elif kind == Kind.LEFT_OUT:
            self.stderr.write(line)
        elif line and verbosity:
            self.stdout.write(line)
