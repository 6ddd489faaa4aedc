"""Names of tags and the equality of their spellings. Pure Python."""

from __future__ import annotations

import re
import unicodedata

# Separators of tags in one string: commas, semicolons and bars of either script, or a blank before `#`.
_SEPARATOR = re.compile(r"\s*[,，、;；|｜]\s*|\s+(?=[#＃])")
_HASH = "#＃"
# Full-width digits and letters only: Chinese punctuation is correctly full-width.
_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}


def tag_name(spelling: str) -> str:
    """Return the name of a tag without `#`, with half-width letters and digits, on one line."""
    text = " ".join(spelling.split())
    return (text.lstrip(_HASH).strip() or text).translate(_FULL_WIDTH)


def tag_key(spelling: str) -> str:
    """Return the key shared by all spellings of a tag: `AI`, `ai`, `ＡＩ` and `#Ai`."""
    return unicodedata.normalize("NFKC", tag_name(spelling)).casefold()


def tags_in(text: str) -> list[str]:
    """Return the tags of one string; a string without separators is one tag."""
    return [piece for piece in _SEPARATOR.split(text.strip()) if piece]
