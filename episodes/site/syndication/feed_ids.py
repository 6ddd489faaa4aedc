"""Permanent ids of feed entries: `tag:` URIs (RFC 4151) from primary keys.

The authority comes from the setting TAG_AUTHORITY, not from the request, so that ids stay the same on another host name
and feed readers do not show every entry again. Its year belongs to the site: that of an episode could be corrected.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings


def tag_id(*path: Any) -> str:
    """Return an id such as `tag:example.org,2026:episode/12`."""
    return f"tag:{settings.TAG_AUTHORITY}:{'/'.join(str(part) for part in path)}"
