"""Print the effect of every setting in docs/settings.md, as a process of its own for tests/test_settings_used.py."""

import json
import logging
import sys
from datetime import UTC, datetime

from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from config.client_address import client_address
from episodes import derived
from episodes.importing.incoming_file import read
from episodes.models import Episode
from episodes.notes.parsed import NoteError
from episodes.site.share_images.fonts import face_for
from episodes.site.syndication.feed_ids import tag_id
from episodes.workflow import verification_unavailable

SECURE = {"HTTP_X_FORWARDED_PROTO": "https"} if settings.HTTPS else {}


def cached() -> list:
    for name, value in (("default", "kept"), ("cards", "apart")):
        caches[name].set("probe", value, 60)
    return [type(caches["default"]).__name__, caches["default"].get("probe"), caches["cards"].get("probe")]


def asked(host: str, path: str = "/", **meta: str) -> HttpResponse:
    return Client(headers={"host": host}).get(path, **meta)


def absolute_address() -> str:
    """Return the address of the sitemap in robots.txt, which has one when an episode is public."""
    Episode.objects.create(slug="a", status="published", published_at=datetime.now(UTC))
    # Made past the workflow: what is kept of the site without it is stale.
    derived.forget_all()
    text = asked("notes.example.org", "/robots.txt", **SECURE).content.decode()
    return text.strip().rpartition("Sitemap: ")[2]


def login() -> dict:
    """Log in with a form of another origin, as behind a proxy that changes the host."""
    client = Client(headers={"host": "notes.example.org"}, enforce_csrf_checks=True)
    cookie = client.get("/admin/login/", **SECURE).cookies["csrftoken"]
    sent = {"csrfmiddlewaretoken": cookie.value, "username": "x", "password": "y"}
    answer = client.post("/admin/login/", sent, HTTP_ORIGIN="https://trusted.example.org", **SECURE)
    return {"secure_cookie": bool(cookie["secure"]), "foreign_origin": answer.status_code}


def large_note() -> str:
    try:
        read("a.md", b"---\ntitle: a\n---\n" + b"x" * 2_000)
    except NoteError:
        return "refused"
    return "read"


def used() -> dict:
    call_command("migrate", verbosity=0)
    page = asked("notes.example.org", **SECURE)
    proxied = asked("notes.example.org", "/robots.txt", HTTP_X_FORWARDED_FOR="203.0.113.1", **SECURE)
    logging.getLogger("greenroom").debug("a debug line")
    with timezone.override(None):
        noon = timezone.localtime(datetime(2024, 1, 1, 12, tzinfo=UTC)).strftime("%H:%M")
    return {
        "database": [connection.vendor, str(connection.settings_dict["NAME"])],
        "cache": cached(),
        "site_url": absolute_address(),
        "page_store": [settings.STORED_PAGES, settings.PAGE_STORE_MB],
        "hosts": [page.status_code, asked("other.example.org", **SECURE).status_code],
        "over_http": asked("notes.example.org").status_code,
        "hsts": page.headers.get("Strict-Transport-Security"),
        "login": login(),
        "address": client_address(proxied.wsgi_request),
        "site_name": settings.SITE_NAME in page.content.decode(),
        "noon_in_utc": noon,
        "large_note": large_note(),
        "tag": tag_id("episode", 1),
        "font": getattr(face_for("words", "zh-Hans", settings.CARD_FONT), "path", ""),
        "verification_unavailable": verification_unavailable(),
        "var": sorted(path.name for path in settings.VAR_DIR.iterdir() if not path.name.endswith(("-shm", "-wal"))),
        "secret": settings.SECRET_KEY,
        "debug": settings.DEBUG,
    }


def main() -> None:
    json.dump(used(), sys.stdout)
