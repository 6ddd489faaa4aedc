"""Identity of a recording (`source_id`) derived from its address. Pure Python.

`youtube:XLaRfZ4AHn8`, `bilibili:BV…`, `xiaoyuzhou:…`, else `url:<canonical address>`. None for empty, placeholder or
malformed addresses; the loader then uses the file name.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

# Characters: the `max_length` of Episode.source_id.
LENGTH = 300
# YouTube ids are case-sensitive and always eleven characters.
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
# Placeholders of templates that were never filled in.
PLACEHOLDER = re.compile(r"YOUR_|VIDEO_?ID|X{5,}|\bexample\.(com|org)\b|PLACEHOLDER", re.IGNORECASE)
_TRACKING = re.compile(r"utm_.*|spm_id_from|vd_source|si|feature|fbclid|gclid", re.IGNORECASE)
_YOUTUBE_HOSTS = {"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"}


def source_id(address: str | None) -> str | None:
    """Return the identity of a recording by its address, or None."""
    address = (address or "").strip()
    if not address or PLACEHOLDER.search(address) or re.search(r"\s", address):
        return None
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "." not in host:
        return None
    for identify in (_youtube, _bilibili, _xiaoyuzhou):
        identity = identify(host, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)))
        if identity is not None:
            return identity or None
    return bounded("url:" + _canonical(host, parts))


def bounded(identity: str) -> str:
    """Return an identity of at most LENGTH characters: a longer one is cut and ends with its SHA-256."""
    if len(identity) <= LENGTH:
        return identity
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{identity[: LENGTH - len(digest) - 1]}:{digest}"


def _youtube(host: str, path: str, query: dict[str, str]) -> str | None:
    """Return the identity of a video; an empty string for YouTube addresses without one, such as a channel's."""
    if host == "youtu.be":
        video = path.strip("/").split("/")[0]
    elif host in _YOUTUBE_HOSTS:
        match = re.match(r"/(?:watch|live|shorts|embed|v)/([^/]+)", path)
        video = query.get("v", "") if path.rstrip("/") == "/watch" else match[1] if match else ""
    else:
        return None
    # `v=abcdefghijk&t` without a value and `v=abcdefghijk?si=…` both occur.
    match = _YOUTUBE_ID.match(video)
    is_whole = match and (len(video) == 11 or not re.match(r"[A-Za-z0-9_-]", video[11]))
    return f"youtube:{match[0]}" if match and is_whole else ""


def _bilibili(host: str, path: str, query: dict[str, str]) -> str | None:
    if not host.endswith("bilibili.com"):
        return None
    match = re.search(r"/(BV[A-Za-z0-9]{10})", path)
    return f"bilibili:{match[1]}" if match else None


def _xiaoyuzhou(host: str, path: str, query: dict[str, str]) -> str | None:
    match = re.match(r"/episode/([0-9a-f]{24})", path) if host == "xiaoyuzhoufm.com" else None
    return f"xiaoyuzhou:{match[1]}" if match else None


def _canonical(host: str, parts) -> str:  # type: ignore[no-untyped-def]
    query = sorted(
        (key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(key)
    )
    port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    path = parts.path.rstrip("/")
    return f"{host}{port}{path}" + (f"?{urlencode(query)}" if query else "")


def clean(address: str) -> str:
    """Return the address without parts that do not identify the recording: a time, a playlist, tracking."""
    identity = source_id(address)
    if identity is None:
        return address
    kind, _, name = identity.partition(":")
    if kind == "youtube":
        short = address.partition("//")[2].removeprefix("www.").rstrip("/")
        short_forms = (f"youtube.com/{way}{name}" for way in ("watch?v=", "live/", "shorts/"))
        return address if short in (*short_forms, f"youtu.be/{name}") else f"https://www.youtube.com/watch?v={name}"
    if kind in ("bilibili", "xiaoyuzhou"):
        return address.partition("?")[0]
    before, _, query = address.partition("?")
    query, mark, fragment = query.partition("#")
    pairs = query.split("&")
    needed = [pair for pair in pairs if not _TRACKING.fullmatch(pair.partition("=")[0])]
    if len(needed) == len(pairs):
        return address
    return before + ("?" + "&".join(needed) if needed else "") + mark + fragment


def at_second(address: str, seconds: int) -> str:
    """Return the address with a start time (seconds) for players that support it; else the address itself."""
    identity = source_id(address) or ""
    kind, _, name = identity.partition(":")
    if kind == "youtube":
        return f"https://www.youtube.com/watch?v={name}&t={seconds}s"
    if kind == "bilibili":
        return f"https://www.bilibili.com/video/{name}/?t={seconds}"
    return address
