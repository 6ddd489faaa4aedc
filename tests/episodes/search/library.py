"""Helpers of the search tests: indexed episodes, and what a search finds."""

from __future__ import annotations

from typing import Any

from episodes import derived
from episodes.models import Episode, Section
from episodes.search import search
from tests import factories


def indexed(text: str = "", *, make: Any = factories.public_episode, **fields: Any) -> Episode:
    """Create an episode with this text and index it."""
    made = make(**fields)
    if text:
        Section.objects.create(episode=made, heading="Part", text=text, order=9)
    derived.store_passages(made)
    return made


def draft(text: str = "", **fields: Any) -> Episode:
    """Create a draft with this text and index it."""
    return indexed(text, make=factories.episode, **fields)


def found(query: str, **options: Any) -> list[Episode]:
    """Return the episodes that a search finds, in order; the total must be their number."""
    results = search(query, size=100, **options)
    assert results.total == len(results.hits)
    return [hit.episode for hit in results.hits]


def words(parts: list[tuple[str, bool]]) -> str:
    """Return parts as text with the marks in brackets."""
    return "".join(f"[{text}]" if is_mark else text for text, is_mark in parts)
