"""Template tags of the review screen."""

from __future__ import annotations

from typing import Any

from django import template

from episodes.templatetags.site import lang_of

register = template.Library()


@register.simple_tag
def lang_of_words(episode: Any, words: str) -> str:
    """Return a lang attribute for text of the note if its language is not that of the interface."""
    return lang_of(episode.language, str(words or ""))


@register.filter
def thing_id(row: Any) -> str:
    """Return the id of a row on the review screen: `quote-12`."""
    return f"{row._meta.model_name}-{row.pk}"
