"""A lock by which only one import runs at a time. It ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections

# Of PostgreSQL's advisory lock, which belongs to one database: "import" in ASCII.
_KEY = 0x696D706F7274


class AnotherImportRuns(Exception):
    """Another import of the same site is running."""


@contextmanager
def one_at_a_time(using: str = "default") -> Iterator[None]:
    """Hold the lock inside. Raises AnotherImportRuns at once if another process, on any machine, holds it."""
    connection: Any = connections[using]
    if connection.vendor == "postgresql":
        with _advisory_lock(connection):
            yield
    elif connection.is_in_memory_db():
        yield  # No other process can reach it.
    else:
        with _locked_file(Path(f"{connection.settings_dict['NAME']}-import.lock")):
            yield


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    # The file stays: removing it would let two processes lock two files of one name.
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AnotherImportRuns from None
        yield
    finally:
        os.close(handle)


@contextmanager
def _advisory_lock(connection: Any) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_KEY])
        if not cursor.fetchone()[0]:
            raise AnotherImportRuns
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_KEY])
