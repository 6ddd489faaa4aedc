"""Template tags and filters of the review screen."""

from __future__ import annotations

from typing import Any

from django import template

from episodes.templatetags.site import lang_of

register = template.Library()


@register.simple_tag
def lang_of_words(episode: Any, words: str) -> str:
    """Return a `lang` attribute for text of the note, or "" in the language of the interface."""
    return lang_of(episode.language, str(words or ""))


@register.filter
def thing_id(row: Any) -> str:
    """Return the HTML id of a row, such as `quote-12`."""
    return f"{row._meta.model_name}-{row.pk}"
