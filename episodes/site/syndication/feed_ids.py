"""Names of things that never change: `tag:` addresses (RFC 4151) of a key, not of a title or a slug.

The host in them is not the one that was asked for: a site that moves, or answers to two names, keeps its names, and no
reader is shown everything anew. After a move, TAG_AUTHORITY says the old one. Its year is that of the site, not of the
episode: a year taken from a date would change with it.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings


def tag_id(*path: Any) -> str:
    """`tag:example.org,2026:episode/12`"""
    return f"tag:{settings.TAG_AUTHORITY}:{'/'.join(str(part) for part in path)}"
