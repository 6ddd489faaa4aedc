"""Uploaded files: list them for a backup, and restore them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from episodes.backup import BackupError
from episodes.backup.archive import ArchiveReader
from episodes.backup.manifest import Upload


def root() -> Path:
    """Return the folder of uploads, MEDIA_ROOT."""
    return Path(settings.MEDIA_ROOT)


def found() -> Iterator[tuple[str, Path]]:
    """Yield (path below MEDIA_ROOT, absolute path) of each uploaded file, sorted.

    Symbolic links are followed: a folder of uploads may be on another disk. Raises BackupError for a name that is not
    UTF-8 and a folder that cannot be read.
    """
    seen = set()
    if not root().exists():  # before the first upload
        return
    for folder, folders, names in os.walk(root(), followlinks=True, onerror=_refuse):
        here = os.path.realpath(folder)
        # A link to a parent folder would recurse without end.
        if here in seen:
            folders.clear()
            continue
        seen.add(here)
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file():
                yield _name_of(path.relative_to(root())), path


def _refuse(error: OSError) -> None:
    raise BackupError(f"{error.filename}: this folder of uploads cannot be read ({error.strerror}).")


def _name_of(path: Path) -> str:
    name = path.as_posix()
    try:
        name.encode()
    except UnicodeEncodeError:
        raise BackupError(f"The name of the upload {name!r} is not UTF-8. Rename it.") from None
    return name


def is_safe(path: str) -> bool:
    """Return whether a path stays inside its folder on every system: no "..", no empty part, backslash or NUL."""
    return "\\" not in path and "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def require_none() -> None:
    """Raise BackupError if there is an uploaded file."""
    if first := next(found(), None):
        raise BackupError(
            f"There are uploads already ({first[1]}). A backup is restored into an empty site: move that folder away."
        )


@contextmanager
def put_back(archive: ArchiveReader) -> Iterator[Staged]:
    """Unpack the uploads into a temporary folder; `Staged.place()` moves them. Any exception removes them again.

    Raises BackupError if the disk has too little space, or for damaged content.
    """
    root().mkdir(parents=True, exist_ok=True)
    needed, free = sum(upload.size for upload in archive.manifest.uploads), shutil.disk_usage(root()).free
    if needed > free:
        raise BackupError(f"The uploads have {needed:,} bytes, and on the disk of {root()} only {free:,} are free.")
    # Inside MEDIA_ROOT: a rename works on one file system only.
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=root()) as aside:
        staged = Staged(Path(aside))
        for upload in archive.manifest.uploads:
            staged.unpack(archive, upload)
        try:
            yield staged
        except BaseException:
            staged.remove()
            raise


class Staged:
    """Uploads in a temporary folder, before they are moved into MEDIA_ROOT."""

    def __init__(self, aside: Path) -> None:
        self._aside, self._placed = aside, []  # type: ignore[var-annotated]

    def unpack(self, archive: ArchiveReader, upload: Upload) -> None:
        """Write one upload into the temporary folder. Raises BackupError for damaged content."""
        path = self._aside / upload.path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in archive.pieces(upload):
                file.write(piece)
        # Last-Modified of an image is its file's time.
        os.utime(path, ns=(upload.modified, upload.modified))

    def place(self) -> None:
        """Move the uploads into MEDIA_ROOT."""
        for path in sorted(self._aside.iterdir()):
            target = root() / path.name
            # A folder here holds no files (see require_none), but rename() needs its place.
            if target.is_dir() and not target.is_symlink():
                shutil.rmtree(target)
            self._placed.append(target)
            path.rename(target)

    def remove(self) -> None:
        """Remove the uploads that were moved already."""
        for target in self._placed:
            if target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)
