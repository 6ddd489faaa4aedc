"""What commands that write have in common: a database that cannot be written is one line, not a traceback."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error


class WritingCommand(BaseCommand):
    """A command whose database errors are said in one line with what to do. Exit status 1."""

    def execute(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute(*args, **options)
        except Error as error:
            raise CommandError(sentence(error)) from error


def sentence(error: Error) -> str:
    """Return what went wrong with the database, on one line, and the next step."""
    said = " ".join(str(error).split()) or type(error).__name__
    return (
        f"The database could not be written: {said.rstrip('.')}. What was committed before is whole; see to the disk, "
        "the permissions and the server, and run the same command again."
    )
