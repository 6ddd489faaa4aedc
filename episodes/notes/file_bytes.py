"""Decoding of note files, with one clear error for each reason to refuse one. Pure Python."""

from __future__ import annotations

import hashlib

from episodes.notes.parsed import NoteError


def decode(data: bytes, max_bytes: int) -> str:
    """Return the text of a note with every character, byte-order mark and line ends included.

    Raises NoteError if the file is too large, empty, binary or not UTF-8.
    """
    if len(data) > max_bytes:
        raise NoteError(
            f"the file has more than the {max_bytes:,} bytes a note may have",
            remedy="Split it, or raise NOTE_MAX_BYTES",
        )
    if not data.strip():
        raise NoteError("the file is empty", remedy="Leave it out, or write the note first")
    if b"\x00" in data:
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise NoteError("this is a binary file, not text", line=line, remedy="Give the note as UTF-8 text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NoteError(
            f"byte 0x{data[error.start]:02x} is not UTF-8", line=line, remedy="Save the file as UTF-8"
        ) from None


def digest(data: bytes) -> str:
    """Return the SHA-256 of a file in hex."""
    return hashlib.sha256(data).hexdigest()
