"""Note files of a command line: files, folders, packed files and zips of many."""

from __future__ import annotations

import gzip
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
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
    seen: set[str] = set()
    return [Found(file.path, _own_name(file, seen), file.read) for file in found]


def _own_name(file: Found, seen: set[str]) -> str:
    """The file's name, with as many folders in front as no file before it has."""
    parts = PurePosixPath(file.path).parts
    names = ("/".join(parts[-length:]) for length in range(1, len(parts) + 1))
    name = next((name for name in names if name not in seen), file.path)
    seen.add(name)
    return name


def _of_path(path: Path, max_bytes: int) -> Iterator[Found]:
    if path.is_dir():
        for child in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in child.relative_to(path).parts)
            if child.is_file() and not hidden and _is_note(child.name):
                yield from _of_path(child, max_bytes)
    elif path.suffix == ".zip":
        yield from _of_zip(path, max_bytes)
    elif path.suffix == ".gz":
        yield Found(str(path), path.stem, lambda: _read_gzip(path, max_bytes))
    else:
        yield Found(_printable(path), _printable(path.name), lambda: _read_file(path, max_bytes))


def _is_note(name: str) -> bool:
    return name.endswith((".md", ".md.gz", ".zip"))


def _printable(path: Path | str) -> str:
    """The path with what is not UTF-8 replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def _read_file(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except FileNotFoundError:
        raise NoteError("there is no such file", remedy="Give the path of a note or of a folder of notes") from None
    except OSError as error:
        raise NoteError(f"it cannot be read ({error.strerror})", remedy="Check the file's permissions") from None


def _read_gzip(path: Path, max_bytes: int) -> bytes:
    try:
        with gzip.open(path) as file:
            # One byte more than allowed is enough to know; a small file may unfold to gigabytes.
            return file.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise NoteError(f"it cannot be unpacked ({error})", remedy="Pack the note again with gzip") from None


def _of_zip(path: Path, max_bytes: int) -> Iterator[Found]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        yield Found(str(path), path.name, partial(_broken, str(error)))
        return
    for info in archive.infolist():
        if not info.is_dir() and info.filename.endswith(".md"):
            name = PurePosixPath(info.filename).name
            yield Found(f"{path}/{info.filename}", name, partial(_read_member, archive, info, max_bytes))


def _broken(problem: str) -> bytes:
    raise NoteError(f"it cannot be unpacked ({problem})", remedy="Pack the notes again without a password")


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, max_bytes: int) -> bytes:
    try:
        with archive.open(info) as member:
            return member.read(max_bytes + 1)
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, NotImplementedError, zlib.error) as error:
        return _broken(str(error))
