"""Errors of commands in one line: the database, files, an interruption."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

# Exit status of a command that Ctrl+C or SIGTERM has stopped: 128 + SIGINT, as shells count.
INTERRUPTED = 130


class WritingCommand(BaseCommand):
    """A command that commits batch by batch. Its database and file errors are one line, with exit status 1."""

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run the command as Django does. Raises CommandError for database and file errors."""
        outcome = (
            "What was committed before is whole; see to the disk, the permissions and the server, "
            "and run the same command again."
        )
        with errors_in_one_line(outcome, database="The database could not be written"):
            return super().execute(*args, **options)


@contextmanager
def errors_in_one_line(
    outcome: str, *, database: str = "The database answers", interrupted: str = ""
) -> Iterator[None]:
    """Replace database and file errors by a CommandError of one line.

    outcome: the sentence that ends each line: what is stored now and what to do next. database: the words before the
    database's own message. interrupted: the whole line for Ctrl+C, and for SIGTERM too, which is then turned into a
    KeyboardInterrupt so that temporary files are removed; without it both act as they do by default.
    """
    before = signal.signal(signal.SIGTERM, _interrupt) if interrupted and _in_main_thread() else None
    try:
        yield
    except KeyboardInterrupt:
        if not interrupted:
            raise
        raise CommandError(interrupted, returncode=INTERRUPTED) from None
    except OSError as error:
        path = f"{error.filename}: " if error.filename else ""
        raise CommandError(f"{path}{error.strerror or error}. {outcome}") from error
    except Error as error:
        message = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CommandError(f"{database}: {message.rstrip('.')}. {outcome}") from error
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _in_main_thread() -> bool:
    """Return whether signal handlers may be set here: Python allows it in the main thread only."""
    return threading.current_thread() is threading.main_thread()


def _interrupt(*_signal_and_frame: Any) -> NoReturn:
    raise KeyboardInterrupt
