"""The zip file of a backup: written member by member, and checked on reading as untrusted input."""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

from episodes.backup import BackupError
from episodes.backup.manifest import Manifest, Member

MANIFEST = "manifest.json"
# Bytes read at once.
_PIECE = 1 << 20
# 64 MiB. Ten thousand uploads make a manifest of 2 MB.
_LARGEST_MANIFEST = 64 << 20
# 512 MiB. A note has up to 8 MB, and its row contains it twice, as text and parsed.
_LARGEST_ROW = 512 << 20
# Uncompressed size relative to the file, and the size (1 GiB) from which it is checked: text compresses to a fifth, one
# repeated note to a hundredth, the zeros of a zip bomb to a thousandth.
_LARGEST_RATIO, _RATIO_FROM = 250, 1 << 30
# Exceptions of zipfile on a damaged file.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError)


class Sink:
    """A member being written, with its size in bytes and its digest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest, self.size = file, hashlib.sha256(), 0

    def write(self, data: bytes) -> None:
        """Write data and update size and digest."""
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)

    def described(self, name: str) -> dict[str, Any]:
        """Return the fields of its `manifest.Member`."""
        return {"name": name, "size": self.size, "sha256": self._digest.hexdigest()}


class ArchiveWriter:
    """A zip file being written; `finish()` completes it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        # An open ZipFile is closed by the garbage collector, which prints its errors to stderr.
        with suppress(*_DAMAGE, OSError):
            self._zip.close()

    @contextmanager
    def member(self, name: str, packed: bool = True) -> Iterator[Sink]:
        """Add a member and yield the Sink for its content. packed: compress it."""
        info = zipfile.ZipInfo(name)
        info.external_attr = (stat.S_IFREG | 0o600) << 16
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with self._zip.open(info, "w", force_zip64=True) as file:
            yield Sink(file)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and the zip's central directory."""
        with self.member(MANIFEST) as sink:
            sink.write(manifest.as_json())
        # Not left to __exit__, which suppresses errors.
        self._zip.close()


class ArchiveReader:
    """A backup opened for reading.

    Names, sizes and the manifest are checked on opening, the content of a member while it is read. Raises BackupError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise BackupError(f"{path} cannot be read: {error.strerror}.") from None
        try:
            with self._damage():
                self._zip = self._opened()
                self._infos = {info.filename: info for info in self._zip.infolist()}
                self.manifest = Manifest.from_json(self._manifest())
                self._require_members()
                self._require_size()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Yield the content in pieces of 1 MiB. Raises BackupError if it is not as listed, at the latest at its end."""
        digest, size = hashlib.sha256(), 0
        with self._damage(), self._zip.open(self._infos[member.name]) as file:
            while piece := file.read(_PIECE):
                size += len(piece)
                if size > member.size:
                    break
                digest.update(piece)
                yield piece
        if size != member.size or digest.hexdigest() != member.sha256:
            raise BackupError(f"{self.path} is damaged: {member.name} is not what was written.")

    def lines(self, member: Member) -> Iterator[bytes]:
        """Yield the lines of a member without their line ends. Raises BackupError like `pieces`, and for huge lines."""
        rest: list[bytes] = []
        length = 0
        for piece in self.pieces(member):
            *ends, last = piece.split(b"\n")
            for end in ends:
                yield b"".join((*rest, end))
                rest, length = [], 0
            rest.append(last)
            length += len(last)
            if length > _LARGEST_ROW:
                raise BackupError(f"{self.path}: a row in {member.name} is too large.")
        if length:
            raise BackupError(f"{self.path} is damaged: the last row in {member.name} is cut short.")

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except BackupError:
            raise
        except _DAMAGE as error:
            raise BackupError(f"{self.path} is damaged or cut short: {str(error) or type(error).__name__}.") from None

    def _opened(self) -> zipfile.ZipFile:
        if self._file.read(4) != b"PK\x03\x04":
            raise BackupError(f"{self.path} is no backup of Greenroom.")
        return zipfile.ZipFile(self._file)

    def _manifest(self) -> bytes:
        info = self._infos.get(MANIFEST)
        if info is None:
            raise BackupError(f"{self.path} is no backup of Greenroom: it has no {MANIFEST}.")
        with self._zip.open(info) as file:
            text = file.read(_LARGEST_MANIFEST + 1)
        if len(text) > _LARGEST_MANIFEST:
            raise BackupError(f"{self.path}: {MANIFEST} is too large.")
        return text

    def _require_members(self) -> None:
        """Require exactly the members of the manifest, once each, as regular files. Raises BackupError."""
        listed = [MANIFEST, *(member.name for member in self.manifest.members)]
        if sorted(listed) != sorted(info.filename for info in self._zip.infolist()):
            raise BackupError(f"{self.path} is damaged: it does not hold what its {MANIFEST} lists.")
        stored = {upload.name for upload in self.manifest.uploads}
        for info in self._infos.values():
            # Uploads are stored uncompressed, so none can be larger than the file.
            usual = (zipfile.ZIP_STORED,) if info.filename in stored else (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            mode = info.external_attr >> 16
            if info.compress_type not in usual or info.flag_bits & 1 or not stat.S_ISREG(mode):
                raise BackupError(f"{self.path}: {info.filename!r} is not stored as a backup stores it.")
        for member in self.manifest.members:
            if self._infos[member.name].file_size != member.size:
                raise BackupError(f"{self.path} is damaged: {member.name} has another size.")

    def _require_size(self) -> None:
        size = sum(member.size for member in self.manifest.members)
        if size > _RATIO_FROM and size > _LARGEST_RATIO * self.path.stat().st_size:
            raise BackupError(f"{self.path} would unfold to {size:,} bytes: this is no library.")
