"""File names for notes: their own path wherever the file system takes it, a name like it elsewhere. No database."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import TypeVar

# Bytes of one part of a path; ext4, XFS, APFS and NTFS take as many or more.
NAME_MAX = 255
# Written first and then given the note's name, so that no reader ever sees half a note.
PARTIAL = ".greenroom-export.partial"
_DIGEST_LENGTH = 8

Key = TypeVar("Key")
Fold = Callable[[str], str]


def folded(name: str) -> str:
    """The name as a file system compares it that tells apart neither letter case nor normal forms of Unicode."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def plan(wanted: Iterable[tuple[Key, str, str]], fold: Fold = str, limit: int = NAME_MAX) -> dict[Key, str]:
    """Return a path below the folder for each (key, name, mark): none twice, none that is also a folder.

    The first with a name has it; a later one, or one whose name is also a folder, has its mark behind it. fold: the
    form in which the file system compares names; limit: bytes of one part of a path.
    """
    notes = [(key, safe(name, mark, limit), mark) for key, name, mark in wanted]
    folders = {fold(str(parent)) for _, name, _ in notes for parent in PurePosixPath(name).parents}
    taken: set[str] = set()
    found: dict[Key, str] = {}
    for key, name, mark in notes:
        chosen = next(other for other in _alike(name, mark, limit) if fold(other) not in taken | folders)
        taken.add(fold(chosen))
        found[key] = chosen
    return found


def safe(name: str, mark: str, limit: int = NAME_MAX) -> str:
    """The note's own name as a path that stays in the folder, every part of it one that a file system takes."""
    name = name.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    parts = [part for part in name.split("/") if part not in ("", ".", "..")] or [f"{mark}.md"]
    return "/".join(_fitted(f"_{part}" if part == PARTIAL else part, limit) for part in parts)


def _fitted(part: str, limit: int) -> str:
    """A part that is too long is cut, with a digest of the whole, so that two that begin alike stay two."""
    if len(part.encode()) <= limit:
        return part
    digest = hashlib.sha256(part.encode()).hexdigest()[:_DIGEST_LENGTH]
    stem, suffix = _split(part)
    return _joined(stem, f"-{digest}{suffix}", limit)


def _alike(name: str, mark: str, limit: int) -> Iterable[str]:
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
    """As much of the stem as leaves room for the ending; never half a character."""
    return stem.encode()[: max(0, limit - len(ending.encode()))].decode("utf-8", "ignore") + ending
