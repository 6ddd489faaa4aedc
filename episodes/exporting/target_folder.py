"""Write files into a folder atomically, and nothing outside of it.

Paths are opened relative to the folder's descriptor without following links, so that neither a name nor a link in the
folder leads out of it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from episodes.exporting.file_names import (
    NAME_MAX,
    PARTIAL,
    Fold,
    folded,
)
from episodes.notes import file_bytes

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_PROBE = ".Greenroom-\u00e9.partial"
_ROOM = "Make room there and run the export again"
_RIGHT = "Give this user the right to write there, or export elsewhere"
_REMEDIES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: _ROOM,
    errno.EACCES: _RIGHT,
    errno.EPERM: _RIGHT,
    errno.EROFS: _RIGHT,
    errno.ENAMETOOLONG: "Give the note a shorter name",
}


class NotWritten(Exception):
    """Raised for a file or folder that cannot be written. The message has the problem and a remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}. {remedy}.")


class TargetFolder:
    """An open, locked folder. Raises NotWritten if it cannot be created or written, or is locked by another export.

    fold: maps a name to the form in which the file system compares it; name_max: bytes of one part of a path.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _explained():
            if path.exists() and not path.is_dir():
                raise NotWritten("this is a file", "Give a folder to write to")
            path.mkdir(parents=True, exist_ok=True)
            self._root = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._lock()
            with _explained():
                self.fold = self._folding()
                self.name_max = min(NAME_MAX, os.fpathconf(self._root, "PC_NAME_MAX"))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> TargetFolder:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder and release its lock."""
        os.close(self._root)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._root, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotWritten("another export is writing to it", "Wait until that is done") from None
        except OSError:
            pass  # a network file system without locks

    def _folding(self) -> Fold:
        """Return how the file system compares names, by looking up a file under other spellings of its name."""
        os.close(os.open(_PROBE, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=self._root))
        try:
            spellings = (_PROBE.lower(), unicodedata.normalize("NFD", _PROBE))
            return folded if any(self._exists(spelling) for spelling in spellings) else str
        finally:
            os.unlink(_PROBE, dir_fd=self._root)

    def _exists(self, name: str) -> bool:
        with suppress(OSError):
            os.stat(name, dir_fd=self._root, follow_symlinks=False)
            return True
        return False

    def put(self, name: str, data: bytes, known: set[str]) -> None:
        """Write a file. known: SHA-256 digests of existing files that may be replaced.

        Raises NotWritten if another file has the name or writing fails; an existing file is unchanged then.
        """
        *folders, last = name.split("/")
        with _explained(), self._parent(folders) as parent:
            existing = _digest(parent, last)
            if existing == file_bytes.digest(data):
                return
            if existing is not None and existing not in known:
                raise NotWritten("the file was changed since its import", "Import it first, or export elsewhere")
            _replace(parent, last, data)

    @contextmanager
    def _parent(self, folders: list[str]) -> Iterator[int]:
        at = os.dup(self._root)
        try:
            for folder in folders:
                below = _entered(at, folder)
                os.close(at)
                at = below
            yield at
        finally:
            os.close(at)


def _entered(at: int, folder: str) -> int:
    """Return a descriptor of a subfolder, which is created if it is missing. Raises NotWritten for links and files."""
    with suppress(FileExistsError):
        os.mkdir(folder, dir_fd=at)
    try:
        return os.open(folder, _FOLDER, dir_fd=at)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
    if stat.S_ISLNK(os.stat(folder, dir_fd=at, follow_symlinks=False).st_mode):
        raise NotWritten(
            f"the folder {folder} is a link, which may lead elsewhere", "Take it away, or export elsewhere"
        )
    raise NotWritten(f"there is a file named {folder} where a folder is needed", "Move it, or export elsewhere")


def _digest(parent: int, name: str) -> str | None:
    """Return the SHA-256 digest of a file, None if there is none. Raises NotWritten for links and folders."""
    try:
        mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        what = "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "no ordinary file"
        raise NotWritten(f"what has this name there is {what}", "Move it, or export elsewhere")
    with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=parent), "rb") as file:
        return file_bytes.digest(file.read())


def _replace(parent: int, name: str, data: bytes) -> None:
    # Left by a killed export; the lock excludes a running one.
    with suppress(FileNotFoundError):
        os.unlink(PARTIAL, dir_fd=parent)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with open(os.open(PARTIAL, flags, 0o666, dir_fd=parent), "wb") as file:
            file.write(data)
        os.replace(PARTIAL, name, src_dir_fd=parent, dst_dir_fd=parent)
    except BaseException:
        with suppress(OSError):
            os.unlink(PARTIAL, dir_fd=parent)
        raise


@contextmanager
def _explained() -> Iterator[None]:
    """Replace an OSError by NotWritten with a remedy."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "Export to another folder")
        raise NotWritten((error.strerror or str(error)).lower(), remedy) from error
