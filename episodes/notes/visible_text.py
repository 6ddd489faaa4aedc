"""The words of a note that anybody but its editors may see. Pure Python."""

from __future__ import annotations

from episodes.notes import lookalikes
from episodes.notes.comments import without_comments


def shown(text: str) -> str:
    """Return a text without its comments and without what looks like a header: every public output asks this.

    The text itself is kept as it is, in its row and in the note.
    """
    text = without_comments(text)
    pieces, at = [], 0
    for block in lookalikes.in_text(text):
        pieces.append(text[at : block.begin])
        at = block.end
    return "".join([*pieces, text[at:]]) if at else text
