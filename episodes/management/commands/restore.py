"""Restore a backup into an empty site, on SQLite or PostgreSQL."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, no_translations

from episodes.backup.restore import check, restore
from episodes.management.errors import errors_in_one_line


class Command(BaseCommand):
    """Restore a backup, or check one."""

    help = (
        "Read a file that `backup` has written into this site, which must be empty: a new database after `migrate`, "
        "and no uploads. Everything is restored, or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a file that `backup` has written")
        parser.add_argument("--check", action="store_true", help="read all of it and write nothing, on any site")

    @no_translations
    def handle(self, *, file: str, check: bool, verbosity: int, **options: Any) -> None:
        with errors_in_one_line("Nothing was written.", interrupted="Interrupted. Nothing was changed."):
            manifest = (check_file if check else restore)(Path(file))
        content = f"{manifest.rows} rows and {len(manifest.uploads)} uploads of {manifest.made_at[:19]} UTC"
        if verbosity:
            self.stdout.write(f"{file} is whole: {content}." if check else f"Restored {content}.")
        if not check:
            # Both are made from what is restored, so an interruption here loses nothing.
            outcome = (
                "Everything is restored. Run `manage.py rebuild_search` for search and `manage.py render_again` to "
                "make pages quick again."
            )
            with errors_in_one_line(outcome, interrupted=outcome):
                for name in ("rebuild_search", "render_again"):
                    call_command(name, verbosity=verbosity, stdout=self.stdout, stderr=self.stderr)


check_file = check
