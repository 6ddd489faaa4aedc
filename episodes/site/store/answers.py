"""Answer a request from a stored page: 304 or 200, compressed or not."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.http import parse_etags, parse_http_date_safe

# zlib's default level: on pages 9 saves 1 % and takes half as long again.
_LEVEL = 6
_OK, _NOT_MODIFIED = "200 OK", "304 Not Modified"
# Headers of a 304 (RFC 9110, 15.4.5).
_KEPT = {"cache-control", "content-location", "expires", "last-modified"}


@dataclass(frozen=True)
class Page:
    """A stored page. headers: pairs, without ETag, Vary, length and encoding; packed: the body, compressed by gzip."""

    digest: str
    headers: tuple[tuple[str, str], ...]
    packed: bytes

    @property
    def etag(self) -> str:
        """The ETag; weak, because one serves the compressed and the plain body."""
        return f'W/"{self.digest[:32]}"'


def pack(body: bytes) -> bytes:
    """Return the body compressed. Without a time, so that equal bodies have equal bytes."""
    return gzip.compress(body, _LEVEL, mtime=0)


def answer(page: Page, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return status line, headers and body of the answer to this request."""
    common = [("ETag", page.etag), ("Vary", "Accept-Encoding")]
    if _is_current(page, environ):
        return _NOT_MODIFIED, [pair for pair in page.headers if pair[0].lower() in _KEPT] + common, b""
    if accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
        body, encoding = page.packed, [("Content-Encoding", "gzip")]
    else:
        body, encoding = _unpacked(page.packed), []
    headers = [*page.headers, *common, *encoding, ("Content-Length", str(len(body)))]
    return _OK, headers, b"" if environ["REQUEST_METHOD"] == "HEAD" else body


@lru_cache(maxsize=64)
def _unpacked(packed: bytes) -> bytes:
    """Return the plain body. Programs that do not ask for compression ask for a few pages often."""
    return gzip.decompress(packed)


def _is_current(page: Page, environ: dict[str, Any]) -> bool:
    """Return whether the copy of the visitor is this page. If-None-Match goes before If-Modified-Since."""
    if known := environ.get("HTTP_IF_NONE_MATCH"):
        opaque = page.etag.removeprefix("W/")
        return known.strip() == "*" or opaque in {etag.removeprefix("W/") for etag in _etags(known)}
    if since := environ.get("HTTP_IF_MODIFIED_SINCE"):
        seen = parse_http_date_safe(since)
        modified = parse_http_date_safe(dict(page.headers).get("Last-Modified", ""))
        return seen is not None and modified is not None and modified <= seen
    return False


@lru_cache(maxsize=512)
def _etags(header: str) -> tuple[str, ...]:
    return tuple(parse_etags(header))


@lru_cache(maxsize=256)
def accepts_gzip(header: str) -> bool:
    """Return whether an Accept-Encoding allows gzip: named or by `*`, and not with a quality of 0."""
    qualities = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((piece[2:].strip() for piece in parameters if piece.startswith("q=")), "1")
        qualities[name] = float(quality) if re.fullmatch(r"\d(\.\d{0,3})?", quality) else 0.0
    return qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0))) > 0
