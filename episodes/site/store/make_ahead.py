"""Render pages before a visitor asks: those that a change dropped, and after a move the first ones of the site."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import override

from episodes.derived.public_changes import pages_dropped
from episodes.models import Episode

logger = logging.getLogger(__name__)

# Pages made after one change; the others are made when somebody asks.
LIMIT = 200
_LISTS = (
    "home", "episode_list", "speaker_list", "entity_list", "quote_list", "prediction_list", "tag_list", "series_list",
    "glossary", "about", "site_rss",
)  # fmt: skip


def first_pages(limit: int = LIMIT) -> list[str]:
    """Return the addresses of the lists and of the latest episodes, in both languages. One query."""
    slugs = list(Episode.objects.public().order_by("-published_at", "-pk").values_list("slug", flat=True)[:limit])
    pages = []
    for language, _label in settings.LANGUAGES:
        with override(language):
            pages.append([*map(reverse, _LISTS), *(reverse("episode", args=[slug]) for slug in slugs)])
    # Every list before the first episode, and the languages in turn.
    return [page for pair in zip(*pages, strict=True) for page in pair][:limit]


def make(addresses: Iterable[str], limit: int = LIMIT) -> int:
    """Request each address in this process, which stores it. Returns the number of requests.

    Does nothing without SITE_URL: nobody knows yet under which host visitors will come.
    """
    if not (settings.STORED_PAGES and settings.SITE_URL):
        return 0
    made = 0
    handler = WSGIHandler()
    for address in list(addresses)[:limit]:
        _request(handler, address)
        made += 1
    return made


def _request(handler: WSGIHandler, address: str) -> None:
    """Pass a GET of the site's own host to Django."""
    site = urlsplit(settings.SITE_URL)
    path, _mark, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": site.hostname,
        "SERVER_PORT": str(site.port or (443 if site.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": site.netloc,
        "HTTP_X_FORWARDED_PROTO": site.scheme,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    handler(environ, _ignore_start).close()


def _ignore_start(*_arguments: Any) -> Any:
    """Take status and headers, which nobody reads."""


class Maker:
    """A thread of a server process that makes dropped pages anew, one after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, None] = {}
        self._runs = False

    def start(self) -> None:
        """Make from now on what changes in this process drop."""
        pages_dropped.connect(self._on_dropped, dispatch_uid="make_ahead")

    def _on_dropped(self, addresses: list[str], **_more: Any) -> None:
        transaction.on_commit(lambda: self.add(addresses))

    def add(self, addresses: Iterable[str]) -> None:
        """Queue addresses, LIMIT at most, and start the thread if it does not run."""
        with self._lock:
            self._waiting.update(dict.fromkeys(addresses))
            while len(self._waiting) > LIMIT:
                self._waiting.pop(next(reversed(self._waiting)))
            if self._runs or not self._waiting:
                return
            self._runs = True
        threading.Thread(target=self._work, name="make-ahead", daemon=True).start()

    def _work(self) -> None:
        try:
            while (address := self._next()) is not None:
                make([address])
        except Exception:
            # A page that cannot be rendered is a 500 for its visitor too, and logged there.
            logger.exception("Pages cannot be made ahead")
            with self._lock:
                self._waiting.clear()
                self._runs = False
        finally:
            connection.close()

    def _next(self) -> str | None:
        with self._lock:
            if not self._waiting:
                self._runs = False
                return None
            address = next(iter(self._waiting))
            del self._waiting[address]
            return address


maker = Maker()
