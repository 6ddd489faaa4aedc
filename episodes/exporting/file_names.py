"""File names for exported notes: their own path, changed only where the file system requires it. No database access."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import TypeVar

# Bytes of one part of a path: the limit of ext4 and XFS; APFS and NTFS allow more.
NAME_MAX = 255
# Name under which each file is written before it is renamed, so that readers never see a part of a note.
PARTIAL = ".greenroom-export.partial"
# Hexadecimal digits: 32 bits tell apart the few names that are cut.
_DIGEST_LENGTH = 8

Key = TypeVar("Key")
Fold = Callable[[str], str]


def folded(name: str) -> str:
    """Return the name as compared by a file system that ignores case and Unicode normalization (APFS, NTFS)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def plan(wanted: Iterable[tuple[Key, str, str]], fold: Fold = str, limit: int = NAME_MAX) -> dict[Key, str]:
    """Return a unique path below the folder for each (key, name, mark).

    The first note with a name keeps it; a later one, or one whose name is also a folder, gets its mark as a suffix.
    fold: maps a name to the form in which the file system compares it; limit: bytes of one part of a path.
    """
    notes = [(key, safe(name, mark, limit), mark) for key, name, mark in wanted]
    folders = {fold(str(parent)) for _, name, _ in notes for parent in PurePosixPath(name).parents}
    taken: set[str] = set()
    names: dict[Key, str] = {}
    for key, name, mark in notes:
        chosen = next(other for other in _candidates(name, mark, limit) if fold(other) not in taken | folders)
        taken.add(fold(chosen))
        names[key] = chosen
    return names


def safe(name: str, mark: str, limit: int = NAME_MAX) -> str:
    """Return the name as a valid relative path inside the folder. mark: the name if nothing is left of it."""
    name = name.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    parts = [part for part in name.split("/") if part not in ("", ".", "..")] or [f"{mark}.md"]
    return "/".join(_fitted(f"_{part}" if part == PARTIAL else part, limit) for part in parts)


def _fitted(part: str, limit: int) -> str:
    """Return the part, cut to `limit` bytes with a digest of the whole: two long names may begin alike."""
    if len(part.encode()) <= limit:
        return part
    digest = hashlib.sha256(part.encode()).hexdigest()[:_DIGEST_LENGTH]
    stem, suffix = _split(part)
    return _joined(stem, f"-{digest}{suffix}", limit)


def _candidates(name: str, mark: str, limit: int) -> Iterable[str]:
    """Yield the name, then names with the mark and a growing number, without end."""
    yield name
    folder, slash, last = name.rpartition("/")
    stem, suffix = _split(last)
    number = 1
    while True:
        ending = f"-{mark}{suffix}" if number == 1 else f"-{mark}-{number}{suffix}"
        yield folder + slash + _joined(stem, ending, limit)
        number += 1


def _split(part: str) -> tuple[str, str]:
    return (part[:-3], part[-3:]) if part.lower().endswith(".md") else (part, "")


def _joined(stem: str, ending: str, limit: int) -> str:
    """Return the stem, cut at a character to leave room for the ending, and the ending."""
    return stem.encode()[: max(0, limit - len(ending.encode()))].decode("utf-8", "ignore") + ending
