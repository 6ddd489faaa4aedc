"""System checks of what a site needs besides its code, run by `manage.py check`, runserver and config.wsgi."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.db import Error as DatabaseError
from django.db import connection

TAG = "site"
# Minimum length and number of different characters, as in Django's check security.W009.
SECRET_LENGTH, SECRET_LETTERS = 50, 5


def refuse_or_warn() -> None:
    """Run the checks of this module for servers that run none, such as gunicorn.

    Prints one line per message to standard error. Exits with status 3 if there is an error: gunicorn stops on it
    instead of restarting the worker for ever.
    """
    issues = run_checks(tags=[TAG])
    connection.close()
    for message in issues:
        print(f"{message.msg} {message.hint or ''}".strip(), file=sys.stderr)
    if any(message.is_serious() for message in issues):
        sys.exit(3)


@register(TAG)
def check_secret_key(**kwargs: Any) -> Iterator[CheckMessage]:
    """Check that SECRET_KEY is long and varied enough outside DEBUG."""
    key = settings.SECRET_KEY
    if not settings.DEBUG and (len(key) < SECRET_LENGTH or len(set(key)) < SECRET_LETTERS):
        yield Error(
            f"SECRET_KEY has fewer than {SECRET_LENGTH} characters, or is made of too few different ones.",
            "Leave it out, and one is made and kept in VAR_DIR.",
            id="greenroom.E001",
        )


@register(TAG)
def check_database(**kwargs: Any) -> Iterator[CheckMessage]:
    """Check that the SQLite file can be written, or that the PostgreSQL server accepts a connection."""
    database = settings.DATABASES["default"]
    try:
        if database["ENGINE"].endswith("sqlite3"):
            problem = _unwritable(Path(database["NAME"]))
        else:
            connection.ensure_connection()
            problem = ""
    except DatabaseError as error:
        # The first line has the cause; psycopg's messages contain no password.
        problem = str(error).strip().splitlines()[0]
    if problem:
        yield Error(f"The database of DATABASE_URL cannot be used: {problem}", id="greenroom.E002")


def _unwritable(path: Path) -> str:
    """Return why SQLite cannot write this file, or "". It also writes its journal into the same folder."""
    if str(path).startswith((":memory:", "file:")):
        return ""
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return f"the folder {path.parent} is missing or cannot be written to."
    return "" if not path.exists() or os.access(path, os.W_OK) else f"{path} cannot be written to."


@register(TAG)
def check_cache(**kwargs: Any) -> Iterator[CheckMessage]:
    """Check that Redis answers; warn about an in-memory cache with several processes."""
    cache = settings.CACHES["default"]
    if cache["BACKEND"].endswith("LocMemCache"):
        if worker_count() > 1:
            yield Warning(
                f"Each of {worker_count()} processes has a cache of its own, in memory: "
                "one may show names that another has changed, for up to half an hour.",
                "Set CACHE_URL=redis://host:6379/0.",
                id="greenroom.W002",
            )
        return
    if problem := _unanswered(cache):
        yield Error(f"The cache of CACHE_URL does not answer: {problem}", id="greenroom.E003")


def _unanswered(cache: dict[str, Any]) -> str:
    """Return why the Redis server does not answer, or "". Not through OptionalRedisCache, which hides errors."""
    from redis import Redis
    from redis.exceptions import RedisError

    location = cache["LOCATION"]
    try:
        for address in [location] if isinstance(location, str) else location:
            with Redis.from_url(address, **cache["OPTIONS"]) as server:
                server.ping()
    except (RedisError, ValueError) as error:
        return f"{str(error).rstrip('.')}."
    return ""


def worker_count() -> int:
    """Return the number of server processes from WEB_CONCURRENCY, which gunicorn.conf.py sets; else 1."""
    number = os.environ.get("WEB_CONCURRENCY", "")
    return int(number) if number.isascii() and number.isdigit() else 1


@register(TAG)
def check_uploads(**kwargs: Any) -> Iterator[CheckMessage]:
    """Check that MEDIA_ROOT can be written."""
    folder = Path(settings.MEDIA_ROOT)
    # Django creates it with the first upload, in the nearest existing parent.
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        yield Error(f"Uploads cannot be written to {folder}.", "Set VAR_DIR to a folder.", id="greenroom.E004")


@register(TAG)
def check_card_font(**kwargs: Any) -> Iterator[CheckMessage]:
    """Warn if there is no font with Chinese for share images."""
    from episodes.site.share_images.fonts import face_for

    if face_for("words", "zh-Hans", settings.CARD_FONT) is None:
        yield Warning(
            "There is no font with Chinese: pictures for sharing come without words.",
            "Install Noto Serif CJK and Noto Sans CJK (Debian: fonts-noto-cjk), or set CARD_FONT.",
            id="greenroom.W001",
        )


@register(Tags.security, deploy=True)
def check_proxies(**kwargs: Any) -> Iterator[CheckMessage]:
    """Warn if HTTPS ends at a proxy that TRUSTED_PROXIES does not name."""
    if settings.SECURE_PROXY_SSL_HEADER and not settings.TRUSTED_PROXIES:
        yield Warning(
            "HTTPS=True expects a proxy, and TRUSTED_PROXIES names none: all visitors share one address, and who "
            "fails to log in five times locks that name for everybody.",
            "Set TRUSTED_PROXIES to the address of the proxy.",
            id="greenroom.W003",
        )
