"""Writes that give up at once when another process holds the lock, for requests of readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# Milliseconds. A reader must not wait for an import that holds the write lock of SQLite for seconds.
MAX_WAIT = 50


@contextmanager
def without_waiting() -> Iterator[None]:
    """Open a transaction whose writes wait for at most MAX_WAIT. Raises OperationalError when that is not enough.

    Inside another transaction only a savepoint is opened, and the lock, if it writes, is already held.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            usual = cursor.fetchone()[0]
            cursor.execute(f"PRAGMA busy_timeout = {MAX_WAIT}")
            try:
                with transaction.atomic():
                    yield
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {usual}")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{MAX_WAIT}ms'")
            yield
