"""Text of a note that visitors may see. Pure Python."""

from __future__ import annotations

from episodes.notes import unread_headers
from episodes.notes.comments import without_comments


def shown(text: str) -> str:
    """Return a text without comments and unread headers. Every public output uses it.

    The text in its row and in the note is left unchanged.
    """
    text = without_comments(text)
    pieces, at = [], 0
    for block in unread_headers.in_text(text):
        pieces.append(text[at : block.begin])
        at = block.end
    return "".join([*pieces, text[at:]]) if at else text
