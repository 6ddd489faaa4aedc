"""What a site needs beside its code, looked for when it starts: `manage.py check`, runserver and config.wsgi."""

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
# Those of Django's own check of the deployment (security.W009).
SECRET_LENGTH, SECRET_LETTERS = 50, 5


def refuse_or_warn() -> None:
    """Run the checks of this module for a server that runs none itself, such as gunicorn.

    Print one line for each message to standard error and exit with 3, on which gunicorn stops instead of starting the
    same worker again for ever.
    """
    found = run_checks(tags=[TAG])
    connection.close()
    for message in found:
        print(f"{message.msg} {message.hint or ''}".strip(), file=sys.stderr)
    if any(message.is_serious() for message in found):
        sys.exit(3)


@register(TAG)
def check_secret_key(**kwargs: Any) -> Iterator[CheckMessage]:
    key = settings.SECRET_KEY
    if not settings.DEBUG and (len(key) < SECRET_LENGTH or len(set(key)) < SECRET_LETTERS):
        yield Error(
            f"SECRET_KEY has fewer than {SECRET_LENGTH} characters, or is made of too few different ones.",
            "Leave it out, and one is made and kept in VAR_DIR.",
            id="greenroom.E001",
        )


@register(TAG)
def check_database(**kwargs: Any) -> Iterator[CheckMessage]:
    named = settings.DATABASES["default"]
    try:
        if named["ENGINE"].endswith("sqlite3"):
            problem = _unwritable(Path(named["NAME"]))
        else:
            connection.ensure_connection()
            problem = ""
    except DatabaseError as error:
        # The first line says what is wrong; a password is in none of them.
        problem = str(error).strip().splitlines()[0]
    if problem:
        yield Error(f"The database of DATABASE_URL cannot be used: {problem}", id="greenroom.E002")


def _unwritable(path: Path) -> str:
    """Return why SQLite could not write this file; it also writes beside it."""
    if str(path).startswith((":memory:", "file:")):
        return ""
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return f"the folder {path.parent} is missing or cannot be written to."
    return "" if not path.exists() or os.access(path, os.W_OK) else f"{path} cannot be written to."


@register(TAG)
def check_cache(**kwargs: Any) -> Iterator[CheckMessage]:
    named = settings.CACHES["default"]
    if named["BACKEND"].endswith("LocMemCache"):
        if worker_count() > 1:
            yield Warning(
                f"Each of {worker_count()} processes has a cache of its own, in memory: "
                "one may show names that another has changed, for up to half an hour.",
                "Set CACHE_URL=redis://host:6379/0.",
                id="greenroom.W002",
            )
        return
    if problem := _unanswered(named):
        yield Error(f"The cache of CACHE_URL does not answer: {problem}", id="greenroom.E003")


def _unanswered(named: dict[str, Any]) -> str:
    """Return why the Redis server does not answer. Asked past our cache, which makes a miss of every error."""
    from redis import Redis
    from redis.exceptions import RedisError

    location = named["LOCATION"]
    try:
        for address in [location] if isinstance(location, str) else location:
            with Redis.from_url(address, **named["OPTIONS"]) as server:
                server.ping()
    except (RedisError, ValueError) as error:
        return f"{str(error).rstrip('.')}."
    return ""


def worker_count() -> int:
    """Return how many processes serve the site: gunicorn reads WEB_CONCURRENCY, and gunicorn.conf.py writes it."""
    number = os.environ.get("WEB_CONCURRENCY", "")
    return int(number) if number.isascii() and number.isdigit() else 1


@register(TAG)
def check_uploads(**kwargs: Any) -> Iterator[CheckMessage]:
    folder = Path(settings.MEDIA_ROOT)
    # Django makes it with the first upload, in the nearest folder that is there.
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        yield Error(f"Uploads cannot be written to {folder}.", "Set VAR_DIR to a folder.", id="greenroom.E004")


@register(TAG)
def check_card_font(**kwargs: Any) -> Iterator[CheckMessage]:
    from episodes.site.share_images.fonts import face_for

    if face_for("words", "zh-Hans", settings.CARD_FONT) is None:
        yield Warning(
            "There is no font with Chinese: pictures for sharing come without words.",
            "Install Noto Serif CJK and Noto Sans CJK (Debian: fonts-noto-cjk), or set CARD_FONT.",
            id="greenroom.W001",
        )


@register(Tags.security, deploy=True)
def check_proxies(**kwargs: Any) -> Iterator[CheckMessage]:
    if settings.SECURE_PROXY_SSL_HEADER and not settings.TRUSTED_PROXIES:
        yield Warning(
            "HTTPS=True expects a proxy, and TRUSTED_PROXIES names none: all visitors share one address, and who "
            "fails to log in five times locks that name for everybody.",
            "Set TRUSTED_PROXIES to the address of the proxy.",
            id="greenroom.W003",
        )
