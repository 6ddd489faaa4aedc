"""The embedded player of a recording, and the Content-Security-Policy that allows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from episodes.models import Episode
from episodes.notes.sources import source_id
from episodes.site.contexts.content_policy import CONTENT_SECURITY_POLICY
from episodes.site.contexts.safe_links import frame_of, is_audio, web_address

# A host that is safe in the header: no `;` or space to end the directive, no `*`, and ASCII only, because a non-ASCII
# header is sent encoded and the browser would ignore the whole policy.
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Player:
    """A player of kind youtube, bilibili or audio. `address` is loaded only after a click."""

    kind: str
    address: str

    @property
    def origin(self) -> str:
        """Return scheme and host of the address."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def policy(self) -> str:
        """Return the Content-Security-Policy of the page, which allows this origin for the player only."""
        if self.kind == "audio":
            return f"{CONTENT_SECURITY_POLICY}; media-src {self.origin}"
        return CONTENT_SECURITY_POLICY.replace("frame-src 'none'", f"frame-src {self.origin}")


def player_of(episode: Episode, *timed: list[Any]) -> Player | None:
    """Return the player, or None if no row has a time to seek or the source cannot be embedded."""
    if any(row.start is not None for rows in timed for row in rows):
        return _player(episode.source_url)
    return None


def _player(address: str) -> Player | None:
    identity = source_id(address) or ""
    if frame := frame_of(identity):
        return Player(identity.partition(":")[0], frame)
    audio = web_address(address)
    return Player("audio", audio) if is_audio(audio) and _HOST.fullmatch(urlsplit(audio).netloc) else None
