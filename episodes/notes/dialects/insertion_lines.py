"""Positions at which whole lines are inserted into a note."""

from __future__ import annotations

from episodes.notes.parsed import Record

# Offset in the note, and the text to insert there.
Place = tuple[int, str]


def line_at(text: str, offset: int, lines: str, newline: str) -> Place:
    """Return the place of lines at an offset, which may be the end of a last line without line end."""
    ended = offset == 0 or text[offset - 1] == "\n"
    return offset, lines if ended else newline + lines.removesuffix(newline)


def below_heading(text: str, heading: Record, lines: str, newline: str) -> Place:
    """Return the place of lines below a heading, with a blank line on both sides."""
    offset, written = line_at(text, heading.end, newline + lines, newline)
    following = text[offset : offset + 2]
    apart = not following or following[0] in "\r\n"
    return offset, written if apart else written + newline
