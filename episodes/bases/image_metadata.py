"""Tell from its structure whether an image file holds nothing but the picture: no metadata, thumbnail or trailing
bytes.

The parts are compared with a list of allowed ones, so that an unknown kind of metadata also keeps a file from being
served. JPEG: ITU T.81; PNG: W3C PNG third edition; WebP: RFC 9649.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

# JFIF and Adobe segments say how the colours are stored; every other APPn and COM is metadata.
_JPEG_ALLOWED_APPS = {0xE0: b"JFIF\x00", 0xEE: b"Adobe"}
_JPEG_FRAMES = {0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD}
# The next marker after a scan: 0xFF, but no stuffed zero, restart marker or fill byte.
_JPEG_NEXT = re.compile(rb"\xff(?![\x00\xd0-\xd7\xff])", re.DOTALL)
_PNG_ALLOWED = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_WEBP_ALLOWED = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
# VP8X flags for animation, XMP, Exif and an ICC profile.
_WEBP_FLAGS = 0x02 | 0x04 | 0x08 | 0x20


def has_no_metadata(data: bytes, suffix: str) -> bool:
    """Return whether a file with this suffix (.jpg, .png, .webp) is a picture without metadata.

    False also for a broken file and for one whose format does not match its suffix.
    """
    readers = {".jpg": _is_clean_jpeg, ".png": _is_clean_png, ".webp": _is_clean_webp}
    try:
        return readers[suffix](data)
    except (IndexError, KeyError, struct.error):
        return False


def _is_clean_jpeg(data: bytes) -> bool:
    if data[:2] != b"\xff\xd8":
        return False
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xD9:
            return at + 2 == len(data)
        (length,) = struct.unpack_from(">H", data, at + 2)
        content = data[at + 4 : at + 2 + length]
        allowed = _JPEG_ALLOWED_APPS.get(marker)
        if allowed is not None:
            # A JFIF header longer than fourteen bytes holds a thumbnail.
            if not content.startswith(allowed) or len(content) > 14:
                return False
        elif marker not in _JPEG_FRAMES:
            return False
        at += 2 + length
        if marker == 0xDA:
            next_marker = _JPEG_NEXT.search(data, at)
            if next_marker is None:
                return False
            at = next_marker.start()
    return False


def _is_clean_png(data: bytes) -> bool:
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return False
    at = 8
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        if name not in _PNG_ALLOWED:
            return False
        at += 12 + length
        if name == b"IEND":
            return length == 0 and at == len(data)


def _is_clean_webp(data: bytes) -> bool:
    magic, size, kind = struct.unpack_from("<4sI4s", data)
    if (magic, kind) != (b"RIFF", b"WEBP") or size + 8 != len(data):
        return False
    parts = list(_riff_parts(data))
    flagged = any(name == b"VP8X" and content[0] & _WEBP_FLAGS for name, content in parts)
    return bool(parts) and not flagged and all(name in _WEBP_ALLOWED for name, _content in parts)


def _riff_parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    if at != len(data):
        raise IndexError("the last part is cut off")
