"""Paths of note files as comparable names: page bundles, Unicode forms, different roots. Pure Python."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

SUFFIXES = (".md", ".markdown")
# A folder whose note has one of these names is a page bundle: only the folder's name distinguishes it.
BUNDLE_NAMES = {"index.md", "_index.md", "readme.md", "index.markdown", "readme.markdown"}


def file_name(path: PurePosixPath) -> str:
    """Return the name of a note given as a single file: its own, after its folder for a page bundle."""
    if is_bundle(path.name) and path.parent.name:
        return f"{path.parent.name}/{path.name}"
    return path.name


def is_bundle(name: str) -> bool:
    """Return whether a file with this name makes its folder a page bundle."""
    return name.lower() in BUNDLE_NAMES


def is_note(name: str) -> bool:
    """Return whether a file name has the suffix of a note."""
    return name.lower().endswith(SUFFIXES)


def path_key(name: str) -> str:
    """Return a path in NFC: macOS stores é as two characters, Linux usually as one."""
    return unicodedata.normalize("NFC", name)


def tail(name: str) -> str:
    """Return the part of a path that is independent of the imported root: the file, for a bundle with its folder."""
    path = PurePosixPath(path_key(name))
    return file_name(path)


def same_tail(one: str, other: str) -> bool:
    """Return whether one path is the end of the other, folder by folder: `x.md` and `a/x.md`."""
    parts, others = (PurePosixPath(path_key(name)).parts for name in (one, other))
    length = min(len(parts), len(others))
    return length > 0 and parts[-length:] == others[-length:] and tail(one) == tail(other)
