"""Find the note files below the paths of a command line: files, folders, gzip files and zips.

A note's name is its path below the given folder or zip, so that two folders may each contain an `x.md`.
"""

from __future__ import annotations

import gzip
import os
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

from episodes.notes.parsed import NoteError
from episodes.notes.paths import file_name, is_bundle, is_note, path_key

# Bit 11 of a zip member's flags: the name is UTF-8 (APPNOTE 4.4.4). Without it the name is in a local code page.
_UTF8_NAME = 0x800


@dataclass(frozen=True)
class NoteFile:
    """A file to import. path: for messages; name: of the note; read: returns its bytes or raises NoteError."""

    path: str
    name: str
    read: Callable[[], bytes]


def discover(paths: Iterable[str], max_bytes: int, passed_over: Counter[str] | None = None) -> list[NoteFile]:
    """Return every note below the paths, in order, with unique names.

    max_bytes: read() returns at most one byte more. passed_over: receives the number of files that are no notes by
    suffix; hidden files are not counted.
    """
    others = passed_over if passed_over is not None else Counter()
    return _distinct([file for path in paths for file in _of_path(Path(path), max_bytes, others)])


def _distinct(found: list[NoteFile]) -> list[NoteFile]:
    """Prefix equal names of files from several roots with as many folders as make them unique."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, file in enumerate(found):
        groups[path_key(file.name)].append(index)
    taken = {key for key, group in groups.items() if len(group) == 1}
    named = list(found)
    for group in (group for group in groups.values() if len(group) > 1):
        for index, name in zip(group, _longer_names([found[index] for index in group], taken), strict=True):
            named[index] = replace(found[index], name=name)
    return named


def _longer_names(files: list[NoteFile], taken: set[str]) -> list[str]:
    """Return unique names for files that share one; a file given twice keeps one name. Adds them to `taken`."""
    resolved = [PurePosixPath(_printable(os.path.abspath(file.path))).parts[1:] for file in files]
    shortest = max(1, len(PurePosixPath(files[0].name).parts))
    for length in range(shortest, max(map(len, resolved)) + 1):
        names = ["/".join(parts[-length:]) for parts in resolved]
        if len(set(names)) == len(set(resolved)) and not taken & set(map(path_key, names)):
            break
    taken.update(map(path_key, names))
    return names


def _of_path(path: Path, max_bytes: int, others: Counter[str]) -> Iterator[NoteFile]:
    if path.is_dir():
        yield from _of_folder(path, max_bytes, others)
    elif path.suffix.lower() == ".zip":
        yield from _of_zip(path, "", max_bytes, others)
    else:
        yield _of_file(path, _printable(file_name(PurePosixPath(path.absolute()))), max_bytes)


def _of_folder(root: Path, max_bytes: int, others: Counter[str]) -> Iterator[NoteFile]:
    files: list[NoteFile] = []
    for child in sorted(root.rglob("*")):
        below = child.relative_to(root)
        if _is_hidden(below.parts) or not child.is_file():
            continue
        if child.suffix.lower() == ".zip":
            files += _of_zip(child, f"{below.with_suffix('').as_posix()}/", max_bytes, others)
        elif is_note(child.name.lower().removesuffix(".gz")):
            files.append(_of_file(child, _printable(below.as_posix()), max_bytes))
        else:
            others[child.suffix.lower() or child.name] += 1
    if len(files) == 1 and is_bundle(files[0].name):
        # The folder is a page bundle itself, and every bundle's note has the same file name.
        files = [replace(files[0], name=f"{_printable(root.resolve().name)}/{files[0].name}")]
    yield from files


def _is_hidden(parts: Iterable[str]) -> bool:
    """Return whether a path is hidden or made by a system: `.git/`, `._x.md`, `__MACOSX/`."""
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _of_file(path: Path, name: str, max_bytes: int) -> NoteFile:
    if path.suffix.lower() == ".gz":
        return NoteFile(_printable(path), name[: -len(".gz")], partial(_read_gzip, path, max_bytes))
    return NoteFile(_printable(path), name, partial(_read_file, path, max_bytes))


def _printable(path: Path | str) -> str:
    """Return the path with bytes that are not UTF-8 replaced."""
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
            # Never read all: a small file may decompress to gigabytes.
            return file.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise NoteError(f"it cannot be unpacked ({error})", remedy="Pack the note again with gzip") from None


def _of_zip(path: Path, folder: str, max_bytes: int, others: Counter[str]) -> Iterator[NoteFile]:
    """Yield the notes of a zip. folder: prefix of their names, the zip's path below the root without suffix, or ""."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        yield NoteFile(_printable(path), _printable(path.name), partial(_broken, str(error)))
        return
    for info in archive.infolist():
        member = _member_name(info)
        parts = PurePosixPath(member).parts
        if info.is_dir() or not parts or _is_hidden(parts):
            continue
        if is_note(member):
            inside = file_name(PurePosixPath(path.stem, *parts)) if len(parts) == 1 and not folder else "/".join(parts)
            reading = partial(_read_member, archive, info, max_bytes)
            yield NoteFile(f"{_printable(path)}/{member}", _printable(folder + inside), reading)
        else:
            others[PurePosixPath(member).suffix.lower() or parts[-1]] += 1


def _member_name(info: zipfile.ZipInfo) -> str:
    """Return the member's path with slashes. Windows writes Chinese names in GB 18030, some programs backslashes."""
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def _broken(problem: str) -> bytes:
    raise NoteError(f"it cannot be unpacked ({problem})", remedy="Pack the notes again without a password")


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, max_bytes: int) -> bytes:
    try:
        with archive.open(info) as member:
            return member.read(max_bytes + 1)
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, NotImplementedError, zlib.error) as error:
        return _broken(str(error))
