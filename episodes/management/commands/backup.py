"""Write the database and the uploads into one file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, no_translations

from episodes.backup.create import create
from episodes.management.errors import errors_in_one_line


class Command(BaseCommand):
    """Create a backup."""

    help = (
        "Write the database and the uploads into one file, as they are at one moment, while people go on editing. "
        "`restore` reads it into an empty site, on SQLite or PostgreSQL."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file to write, for example backup.zip")
        parser.add_argument("--force", action="store_true", help="replace a file that is there")

    @no_translations
    def handle(self, *, file: str, force: bool, **options: Any) -> None:
        with errors_in_one_line("Nothing was written.", interrupted="Interrupted. Nothing was written."):
            manifest = create(Path(file), force, warn=lambda line: self.stderr.write(self.style.WARNING(line)))
        if options["verbosity"]:
            self.stdout.write(
                f"{file}: {manifest.rows} rows and {len(manifest.uploads)} uploads, "
                f"{Path(file).stat().st_size / 1_000_000:.1f} MB. It holds drafts and password hashes: keep it private."
            )
