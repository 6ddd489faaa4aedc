"""`/healthz`: this process answers. `/readyz`: what it needs answers too, 503 with the names of what does not.

Answered before all other middleware: a load balancer asks by address, over plain HTTP, and has neither a name in
ALLOWED_HOSTS nor a reason to be redirected. Nothing of the request stands in the answer, so any host may ask.
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
    """Middleware, the outermost."""

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
    """Return the names of what a page would need and does not have: database, migrations, cache."""
    absent = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        # A squashed migration is applied when it is recorded; those it replaces need not be there any more.
        if not _migrations() <= set(MigrationRecorder(connection).applied_migrations()):
            absent.append("migrations")
    except Error:
        absent.append("database")
    return absent if _cache_answers() else [*absent, "cache"]


@lru_cache(maxsize=1)
def _migrations() -> frozenset[tuple[str, str]]:
    """Every migration of the installed code: it does not change while a process lives."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _cache_answers() -> bool:
    """Whether the cache gives back what it was given. One that fails does not raise (OptionalRedisCache)."""
    # A key of its own: two probes at once must not answer for each other.
    key = f"readyz-{secrets.token_hex(8)}"
    cache.set(key, 1, 10)
    answers = cache.get(key) == 1
    cache.delete(key)
    return answers


def _answer(text: str, status: int) -> HttpResponse:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)
