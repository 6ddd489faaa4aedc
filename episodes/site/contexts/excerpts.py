"""Words of a note cut to the measure of a line, and the language they are in."""

from __future__ import annotations

import re

from django.utils.text import Truncator

from episodes import rendering
from episodes.notes.visible_text import shown

DESCRIPTION = 160
_HAN = re.compile(r"[一-鿿]")


def excerpt(text: str, length: int = DESCRIPTION) -> str:
    """One line without markup, cut where it gets long."""
    # Markdown of a whole chapter would be rendered for the sake of its first line.
    return Truncator(rendering.plain(shown(text)[: length * 8])).chars(length)


def language_of(text: str, language: str) -> str:
    """Of an item in a note of that language: English ones occur in Chinese notes, and Chinese ones in English notes."""
    han = len(_HAN.findall(text))
    if language.startswith("zh"):
        return "en" if text and not han else language
    # A Chinese name in an English sentence does not make it Chinese.
    return "zh-Hans" if han * 2 > len(text) else language
