"""Anchors of the sections of a page, for the page and for search."""

from __future__ import annotations

from episodes.rendering import heading_id


def section_anchor(title: str, taken: set[str]) -> str:
    """Return a unique anchor and add it to `taken`. The prefix `s-` avoids clashes with other anchors of the page."""
    base = anchor = f"s-{heading_id(title)}"
    number = 1
    while anchor in taken:
        number += 1
        anchor = f"{base}-{number}"
    taken.add(anchor)
    return anchor
