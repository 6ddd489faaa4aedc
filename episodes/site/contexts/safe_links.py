"""URLs from notes: http(s) only, embed URLs, and links to a second of a recording."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_VIDEO_HOSTS = {
    "youtube.com": "YouTube",
    "www.youtube.com": "YouTube",
    "m.youtube.com": "YouTube",
    "music.youtube.com": "YouTube",
    "youtu.be": "YouTube",
    "www.bilibili.com": "Bilibili",
    "m.bilibili.com": "Bilibili",
}
_AUDIO = {".mp3", ".m4a", ".ogg", ".oga", ".opus", ".wav", ".flac", ".aac"}


def web_address(value: Any) -> str:
    """Return the value if it is an absolute http(s) URL, else "": `javascript:` in a note must not become a link."""
    if not isinstance(value, str):
        return ""
    value = value.strip()
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or any(ch.isspace() or not ch.isprintable() for ch in value):
        return ""
    return value


def address_name(value: str) -> str:
    """Return the name of the site: YouTube, Bilibili, or the host without `www.`."""
    host = urlsplit(value).hostname or ""
    return _VIDEO_HOSTS.get(host, host.removeprefix("www."))


def links_of(values: Any) -> list[tuple[str, str]]:
    """Return (URL, label) for each URL in a JSON list; other values are left out."""
    addresses = (web_address(value) for value in (values if isinstance(values, list) else []))
    return [(address, address_name(address)) for address in addresses if address]


def frame_of(identity: str) -> str:
    """Return the embed URL for a `source_id`, or "" if there is no player for it.

    Editors can type the id, so it is validated before it becomes part of a URL.
    """
    site, _, name = identity.partition(":")
    if site == "youtube" and re.fullmatch(r"[\w-]{6,20}", name):
        return f"https://www.youtube-nocookie.com/embed/{name}"
    if site == "bilibili" and re.fullmatch(r"\w{6,20}", name):
        return f"https://player.bilibili.com/player.html?bvid={name}"
    return ""


def is_audio(address: str) -> bool:
    """Return whether the URL is an audio file, which browsers play and seek."""
    return PurePosixPath(urlsplit(address).path).suffix.lower() in _AUDIO


def at_second(source_url: str, second: int | None, duration: int | None = None) -> str:
    """Return the URL of the recording at that second for sites that support `t=`, else "".

    Also "" for a time beyond `duration` (seconds): such time codes are errors in the note.
    """
    address = web_address(source_url)
    if second is None or not address or (duration is not None and second > duration):
        return ""
    parts = urlsplit(address)
    if is_audio(address):
        return urlunsplit(parts._replace(fragment=f"t={second}"))
    if parts.hostname not in _VIDEO_HOSTS:
        return ""
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key not in ("t", "start")]
    # Bilibili needs plain seconds; YouTube takes them with and without "s".
    query.append(("t", str(second)))
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))
