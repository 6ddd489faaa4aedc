"""The compressed bodies of stored pages, by digest: in a folder of this machine, or in Redis for several machines.

A body is what its digest says or absent, so losing some or all of them at any moment costs rendering only.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.cache import caches
from django.utils.functional import SimpleLazyObject

# Bytes of bodies that a process keeps in memory.
MEMORY = 64 * 1024 * 1024
# Seconds after which Redis may drop a body that nobody asked for.
TIMEOUT = 30 * 24 * 3600


class Bodies(Protocol):
    """A store of bytes by digest."""

    def get(self, digest: str) -> bytes | None:
        """Return the bytes, or None."""

    def put(self, digest: str, body: bytes) -> bool:
        """Store the bytes. Returns whether that succeeded."""


class FolderBodies:
    """Bodies as files in PAGE_STORE, named by digest."""

    @property
    def folder(self) -> Path:
        """The folder; it need not exist."""
        return Path(settings.PAGE_STORE, "bodies")

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest[2:]

    def get(self, digest: str) -> bytes | None:
        """Return the bytes, or None."""
        try:
            return self._path(digest).read_bytes()
        except OSError:
            return None

    def put(self, digest: str, body: bytes) -> bool:
        """Write the file under another name and rename it, so that a reader never sees a part."""
        path = self._path(digest)
        if path.exists():
            return True
        name = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                name = file.name
                file.write(body)
            os.replace(name, path)
        except OSError:
            if name:
                with suppress(OSError):
                    os.unlink(name)
            return False
        return True

    def sweep(self, limit: int) -> int:
        """Delete the oldest files until all together have at most `limit` bytes. Returns the bytes deleted."""
        files = []
        for path in self.folder.glob("??/*"):
            with suppress(OSError):
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
        excess = sum(size for _time, size, _path in files) - limit
        deleted = 0
        for _time, size, path in sorted(files):
            if deleted >= excess:
                break
            with suppress(OSError):
                path.unlink()
                deleted += size
        return deleted


class CacheBodies:
    """Bodies in the cache `pages`, shared by machines."""

    def get(self, digest: str) -> bytes | None:
        """Return the bytes, or None."""
        return caches["pages"].get(digest)

    def put(self, digest: str, body: bytes) -> bool:
        """Store the bytes. Returns whether they can be read again: a server that does not answer drops them."""
        caches["pages"].set(digest, body, TIMEOUT)
        return True


class RememberedBodies:
    """Bodies with the latest ones kept in memory. A digest names its bytes, so these can never be out of date."""

    def __init__(self, bodies: Bodies) -> None:
        self.bodies = bodies
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    def get(self, digest: str) -> bytes | None:
        """Return the bytes, or None."""
        body = self._memory.get(digest)
        if body is None:
            body = self.bodies.get(digest)
            if body is not None:
                self._remember(digest, body)
        return body

    def put(self, digest: str, body: bytes) -> bool:
        """Store the bytes. Returns whether that succeeded."""
        return self.bodies.put(digest, body)

    def clear_memory(self) -> None:
        """Forget what this process has read."""
        self._memory.clear()
        self._size = 0

    def _remember(self, digest: str, body: bytes) -> None:
        self._memory[digest] = body
        self._size += len(body)
        while self._size > MEMORY:
            with suppress(KeyError):
                self._size -= len(self._memory.popitem(last=False)[1])


def _chosen() -> RememberedBodies:
    in_redis = "redis" in settings.CACHES["pages"]["BACKEND"].lower()
    return RememberedBodies(CacheBodies() if in_redis else FolderBodies())


bodies: Any = SimpleLazyObject(_chosen)

# Seconds between two sweeps by one process.
_SWEEP_EVERY = 600
_last_sweep = 0.0


def sweep_sometimes() -> None:
    """Bound the folder's size, at most once in ten minutes of each process."""
    global _last_sweep
    if time.monotonic() - _last_sweep < _SWEEP_EVERY or not isinstance(bodies.bodies, FolderBodies):
        return
    _last_sweep = time.monotonic()
    bodies.bodies.sweep(settings.PAGE_STORE_MB * 1024 * 1024)
