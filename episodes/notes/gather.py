"""Note files of a command line: files, folders, packed files and zips of many."""

from __future__ import annotations

import gzip
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from episodes.notes.parsed import NoteError


@dataclass(frozen=True)
class Found:
    """A file to import. path: for messages; name: of the note; read(): its bytes, raising NoteError."""

    path: str
    name: str
    read: Callable[[], bytes]


def gather(paths: Iterable[str], max_bytes: int) -> list[Found]:
    """Every note under the paths, in order. A name that occurs twice gets its folder in front."""
    found = [file for path in paths for file in _of_path(Path(path), max_bytes)]
    counts = Counter(file.name for file in found)
    seen: set[str] = set()
    named = []
    for file in found:
        repeated = counts[file.name] > 1 and file.name in seen
        seen.add(file.name)
        named.append(Found(file.path, _with_folder(file), file.read) if repeated else file)
    return named


def _with_folder(file: Found) -> str:
    return "/".join(PurePosixPath(file.path).parts[-2:])


def _of_path(path: Path, max_bytes: int) -> Iterator[Found]:
    if path.is_dir():
        for child in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in child.relative_to(path).parts)
            if child.is_file() and not hidden and _is_note(child.name):
                yield from _of_path(child, max_bytes)
    elif path.suffix == ".zip" and zipfile.is_zipfile(path):
        yield from _of_zip(path, max_bytes)
    elif path.suffix == ".gz":
        yield Found(str(path), path.stem, lambda: _read_gzip(path, max_bytes))
    else:
        yield Found(str(path), path.name, lambda: _read_file(path))


def _is_note(name: str) -> bool:
    return name.endswith((".md", ".md.gz", ".zip"))


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NoteError("there is no such file", remedy="Give the path of a note or of a folder of notes") from None
    except OSError as error:
        raise NoteError(f"it cannot be read ({error.strerror})", remedy="Check the file's permissions") from None


def _read_gzip(path: Path, max_bytes: int) -> bytes:
    try:
        with gzip.open(path) as file:
            # One byte more than allowed is enough to know; a small file may unfold to gigabytes.
            return file.read(max_bytes + 1)
    except (OSError, EOFError) as error:
        raise NoteError(f"it cannot be unpacked ({error})", remedy="Pack the note again with gzip") from None


def _of_zip(path: Path, max_bytes: int) -> Iterator[Found]:
    with zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if not info.is_dir() and info.filename.endswith(".md")]
    for info in members:
        yield Found(
            f"{path}/{info.filename}",
            PurePosixPath(info.filename).name,
            lambda info=info: _read_member(path, info, max_bytes),  # type: ignore[misc]
        )


def _read_member(path: Path, info: zipfile.ZipInfo, max_bytes: int) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(info) as member:
            return member.read(max_bytes + 1)
    except (zipfile.BadZipFile, RuntimeError, OSError) as error:
        raise NoteError(f"it cannot be unpacked ({error})", remedy="Pack the notes again without a password") from None
