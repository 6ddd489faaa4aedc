"""Version of the code and settings that render pages: another one renders them anew."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings

_SUFFIXES = {".py", ".html", ".xml", ".txt", ".mo", ".css", ".js", ".svg"}
_FOLDERS = ("config", "episodes", "people", "templates")
_SETTINGS = ("SITE_URL", "SITE_NAME", "TIME_ZONE", "TAG_AUTHORITY", "CARD_FONT", "GREENROOM_SELF_VERIFY", "HTTPS")


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a digest of 32 characters. By content, so that the processes of several machines agree."""
    digest = sha256()
    for folder in _FOLDERS:
        for path in sorted(Path(settings.BASE_DIR, folder).rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                digest.update(str(path.relative_to(settings.BASE_DIR)).encode())
                digest.update(path.read_bytes())
    for name in _SETTINGS:
        digest.update(f"{name}={getattr(settings, name, None)!r}".encode())
    return digest.hexdigest()[:32]
