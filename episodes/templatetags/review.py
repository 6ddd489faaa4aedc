"""What the review screen's templates need."""

from __future__ import annotations

from typing import Any

from django import template

from episodes.templatetags.reading import lang_of

register = template.Library()


@register.simple_tag
def lang_of_words(episode: Any, words: str) -> str:
    """A lang attribute for words of the note, where they are not in the interface's language."""
    return lang_of(episode.language, str(words or ""))
