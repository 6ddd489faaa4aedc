"""Where a recording can be played on its own page, and what that page has to allow for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from episodes.models import Episode
from episodes.notes.sources import source_id
from episodes.site.contexts.content_policy import CONTENT_SECURITY_POLICY
from episodes.site.contexts.safe_links import frame_of, is_audio, web_address

# What goes into a header names one host: nothing that ends the directive, no `*` for all there are, and no letter
# beyond ASCII, for which the whole policy would arrive encoded and be none.
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Player:
    """kind: youtube, bilibili or audio. address: of what is put into the page once somebody asks."""

    kind: str
    address: str

    @property
    def origin(self) -> str:
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def policy(self) -> str:
        """The Content-Security-Policy of the page: this one origin, for this one purpose."""
        if self.kind == "audio":
            return f"{CONTENT_SECURITY_POLICY}; media-src {self.origin}"
        return CONTENT_SECURITY_POLICY.replace("frame-src 'none'", f"frame-src {self.origin}")


def player_of(episode: Episode, *timed: list[Any]) -> Player | None:
    """None where nothing has a time: a player without anything to seek is an ornament."""
    if any(row.start is not None for rows in timed for row in rows):
        return _player(episode.source_url)
    return None


def _player(address: str) -> Player | None:
    identity = source_id(address) or ""
    if frame := frame_of(identity):
        return Player(identity.partition(":")[0], frame)
    audio = web_address(address)
    return Player("audio", audio) if is_audio(audio) and _HOST.fullmatch(urlsplit(audio).netloc) else None
