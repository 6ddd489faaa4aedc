"""One-line excerpts of Markdown, and the language of a text."""

from __future__ import annotations

import re

from django.utils.text import Truncator

from episodes import rendering
from episodes.notes.visible_text import shown

# Characters of a meta description.
DESCRIPTION_LENGTH = 160
_HAN = re.compile(r"[一-鿿]")


def excerpt(text: str, length: int = DESCRIPTION_LENGTH) -> str:
    """Return the text in one line without markup, at most `length` characters."""
    # Cut before rendering: a long text would be rendered for its first line only.
    return Truncator(rendering.plain(shown(text)[: length * 8])).chars(length)


def language_of(text: str, language: str) -> str:
    """Return the language of an item's text: English items occur in Chinese notes, and the reverse.

    language: that of the note, which decides where the text does not.
    """
    han = len(_HAN.findall(text))
    if language.startswith("zh"):
        return "en" if text and not han else language
    # A Chinese name in an English sentence does not make it Chinese.
    return "zh-Hans" if han * 2 > len(text) else language
