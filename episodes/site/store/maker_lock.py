"""Let one process render a page while the others wait for it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from zlib import crc32

from django.conf import settings

# Lock files; two addresses may share one, and then wait for each other.
_FILES = 1024
# Seconds: how long to wait for another process before rendering too, and between two looks.
MAX_WAIT, _PAUSE = 10.0, 0.01


@contextmanager
def making(address: str, max_wait: float = MAX_WAIT) -> Iterator[bool]:
    """Hold the lock of an address. Yields whether another process held it before, and may have stored the page.

    The operating system releases the lock of a process that ends, however it ends. Without a writable folder, or after
    `max_wait` seconds, goes on without the lock.
    """
    path = Path(settings.PAGE_STORE) / "locks" / f"{crc32(address.encode()) % _FILES:04d}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        yield False
        return
    try:
        yield _acquire(file, max_wait)
    finally:
        with suppress(OSError):
            os.close(file)


def _acquire(file: int, max_wait: float) -> bool:
    """Take the lock of an open file. Returns whether it was held by another."""
    end, waited = time.monotonic() + max_wait, False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return waited
        except OSError:
            waited = True
            if time.monotonic() > end:
                return True
            time.sleep(_PAUSE)
