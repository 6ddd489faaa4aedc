"""How a command stops that must leave nothing half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.core.management.base import CommandError
from django.db import DatabaseError


@contextmanager
def errors_in_one_line(interrupted: str) -> Iterator[None]:
    """Around the work: what stops it (Ctrl+C, a full disk, the database) is told as a CommandError with one sentence.

    SIGTERM stops it like Ctrl+C, so that what was begun is cleared away.
    """
    before = None
    if threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError(interrupted, returncode=130) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise CommandError(f"{where}{error.strerror or error}. Nothing was written.") from None
    except DatabaseError as error:
        answer = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CommandError(f"The database answers: {answer}. Nothing was written.") from None
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _stop(*received: Any) -> NoReturn:
    raise KeyboardInterrupt
