"""Paths of note files, as names that are compared: page bundles, normal forms, roots above and below. Pure Python."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

SUFFIXES = (".md", ".markdown")
# A page bundle is a folder whose note has one of these names: the folder's name is what tells it from the others.
BUNDLE_NAMES = {"index.md", "_index.md", "readme.md", "index.markdown", "readme.markdown"}


def file_name(path: PurePosixPath) -> str:
    """Return the name of a note that was given by itself: its own, with its folder in front for a page bundle."""
    if is_bundle(path.name) and path.parent.name:
        return f"{path.parent.name}/{path.name}"
    return path.name


def is_bundle(name: str) -> bool:
    return name.lower() in BUNDLE_NAMES


def is_note(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def path_key(name: str) -> str:
    """Return what two spellings of one path share: macOS writes é as two signs, Linux mostly as one."""
    return unicodedata.normalize("NFC", name)


def tail(name: str) -> str:
    """Return the part of a path that stays whatever folder above it is imported: the file, or a bundle's folder too."""
    path = PurePosixPath(path_key(name))
    return file_name(path)


def same_tail(one: str, other: str) -> bool:
    """Return whether one path is the end of the other, folder by folder: `x.md` and `a/x.md`."""
    parts, others = (PurePosixPath(path_key(name)).parts for name in (one, other))
    length = min(len(parts), len(others))
    return length > 0 and parts[-length:] == others[-length:] and tail(one) == tail(other)
