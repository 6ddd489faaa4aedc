"""Health endpoints: `/healthz` (the process answers), `/readyz` (its services answer; 503 with the missing ones).

Answered before all other middleware: load balancers send requests by IP address over plain HTTP, which ALLOWED_HOSTS
and the redirect to HTTPS would refuse. The response contains nothing of the request, so any Host header is safe.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import lru_cache

from django.core.cache import cache
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse

ADDRESSES = ("/healthz", "/readyz")


class Health:
    """Middleware that answers the two addresses; it has to be the outermost but for headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in ADDRESSES:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return _answer("method not allowed", 405)
        absent = missing() if request.path_info == "/readyz" else []
        return _answer(f"missing: {', '.join(absent)}", 503) if absent else _answer("ok", 200)


def missing() -> list[str]:
    """Return those of "database", "migrations" and "cache" that are not available."""
    absent = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        # From the recorder, not the loader: a squashed migration is recorded although those it replaces are gone.
        if not _migrations() <= set(MigrationRecorder(connection).applied_migrations()):
            absent.append("migrations")
    except Error:
        absent.append("database")
    return absent if _cache_answers() else [*absent, "cache"]


@lru_cache(maxsize=1)
def _migrations() -> frozenset[tuple[str, str]]:
    """Return all migrations of the installed code, which does not change while a process runs."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _cache_answers() -> bool:
    """Return whether the cache returns a stored value. OptionalRedisCache raises no errors."""
    # A random key: concurrent probes must not see each other's value.
    key = f"readyz-{secrets.token_hex(8)}"
    cache.set(key, 1, 10)
    answers = cache.get(key) == 1
    cache.delete(key)
    return answers


def _answer(text: str, status: int) -> HttpResponse:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)
