"""The uploaded files: found for a backup, and put back."""

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
    return Path(settings.MEDIA_ROOT)


def found() -> Iterator[tuple[str, Path]]:
    """Yield each uploaded file: its path below the folder of uploads, and where it lies.

    Links are followed, since a folder of uploads may lie on another disk. Raises BackupError for a name that cannot be
    kept.
    """
    seen = set()
    if not root().exists():  # before the first upload
        return
    for folder, folders, names in os.walk(root(), followlinks=True, onerror=_refuse):
        here = os.path.realpath(folder)
        # A link to a folder above would go round for ever.
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
    """Whether it names a file below a folder: no way out of it, nothing that only some systems understand."""
    return "\\" not in path and "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def require_none() -> None:
    """Raises BackupError if there is any uploaded file already."""
    if first := next(found(), None):
        raise BackupError(
            f"There are uploads already ({first[1]}). A backup is restored into an empty site: move that folder away."
        )


@contextmanager
def put_back(archive: ArchiveReader) -> Iterator[Staged]:
    """Unpack the uploads aside; `place()` moves them where they belong. Any exception takes them away again."""
    root().mkdir(parents=True, exist_ok=True)
    needed, free = sum(upload.size for upload in archive.manifest.uploads), shutil.disk_usage(root()).free
    if needed > free:
        raise BackupError(f"The uploads have {needed:,} bytes, and on the disk of {root()} only {free:,} are free.")
    # Inside: another folder may be on another disk, where moving is copying.
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=root()) as aside:
        staged = Staged(Path(aside))
        for upload in archive.manifest.uploads:
            staged.unpack(archive, upload)
        try:
            yield staged
        except BaseException:
            staged.take_away()
            raise


class Staged:
    """Uploads on their way into their folder."""

    def __init__(self, aside: Path) -> None:
        self._aside, self._placed = aside, []  # type: ignore[var-annotated]

    def unpack(self, archive: ArchiveReader, upload: Upload) -> None:
        path = self._aside / upload.path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in archive.pieces(upload):
                file.write(piece)
        # The pages of an image tell browsers when it last changed.
        os.utime(path, ns=(upload.modified, upload.modified))

    def place(self) -> None:
        for path in sorted(self._aside.iterdir()):
            target = root() / path.name
            # Django makes its folders before their first file: an empty one is in nobody's way.
            if target.is_dir() and not target.is_symlink():
                shutil.rmtree(target)
            self._placed.append(target)
            path.rename(target)

    def take_away(self) -> None:
        for target in self._placed:
            if target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)
