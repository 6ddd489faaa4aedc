"""Contents of a site, read without the code under test: every row, JSON texts, the next keys, every page.

Run as `python -m tests.episodes.backup.probe build FOLDER | contents FILE | rows FILE` in the environment of a site.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zlib
from pathlib import Path
from typing import Any

PAGES = ("/", "/en/", "/sitemap.xml", "/llms.txt", "/robots.txt", "/feed/", "/predictions.csv", "/predictions.json")
# A form whose HTML contains the time and a signature with the site's secret.
_SIGNED = "/report/"
# Of kinds with hundreds of pages one in ten is requested.
_MANY = ("/entities/", "/speakers/", "/tags/", "/en/")
_LINK = re.compile(r"""(?:href|src|url)=["']?([^"'\s>]+)|<loc>([^<]+)|https?://127\.0\.0\.1(/[^\s<>"')\]]*)""")


def contents(whole: bool) -> dict[str, Any]:
    """Return everything, or only the rows."""
    from django.apps import apps
    from django.db import connection

    models = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    found: dict[str, Any] = {"vendor": connection.vendor, "rows": {}, "texts": {}}
    for model in models:
        found["rows"][model._meta.label] = rows(model)
        found["texts"] |= texts(model)
    return {**found, "next": next_quote(), "pages": pages()} if whole else found


def rows(model: Any) -> list[Any]:
    """Return each row by column; content types and permissions by natural key."""
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType

    named = {kind.pk: f"{kind.app_label}.{kind.model}" for kind in ContentType.objects.all()}
    may = {one.pk: f"{named[one.content_type_id]} {one.codename} {one.name}" for one in Permission.objects.all()}
    if model is ContentType:
        return sorted(named.values())
    if model is Permission:
        return sorted(may.values())
    found = []
    for row in model._base_manager.order_by("pk").values():
        for field in model._meta.concrete_fields:
            for other, names in ((ContentType, named), (Permission, may)):
                if field.related_model is other and row[field.attname] is not None:
                    row[field.attname] = names[row[field.attname]]
        found.append({name: _plain(value) for name, value in row.items()})
    return found


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, list, dict, type(None))) else repr(value)


def texts(model: Any) -> dict[str, dict[str, str | None]]:
    """Return the text of each JSON column as stored, so that NULL and null differ, and the order of keys counts."""
    from django.db.models import JSONField

    from episodes.backup.values import Column

    found = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, JSONField):
            read = model._base_manager.values_list("pk", Column(field).as_text)
            found[f"{model._meta.label}.{field.name} {type(field).__name__}"] = {str(key): text for key, text in read}
    return found


def next_quote() -> int:
    from django.db import transaction

    from episodes.models import Episode, Quote

    episode = Episode.objects.first()
    if episode is None:
        return 0
    with transaction.atomic():
        made = Quote.objects.create(episode=episode, text="x")
        transaction.set_rollback(True)
    return made.pk


def pages() -> dict[str, list[Any]]:
    """Return status, dates and digest of every page reachable from the front page, sitemap and feeds."""
    from django.test import Client

    client, waiting = Client(SERVER_NAME="127.0.0.1"), list(PAGES)
    found: dict[str, list[Any]] = {}
    while waiting:
        path = waiting.pop()
        if path in found or _left_out(path):
            continue
        answer = client.get(path)
        body = answer.getvalue()
        found[path] = [answer.status_code, answer.get("Last-Modified"), answer.get("ETag"), _digest(body)]
        if answer.get("Content-Type", "").startswith(("text/", "application/")):
            waiting += _links(body.decode())
    return found


def _left_out(path: str) -> bool:
    if path.startswith(("/static/", "/admin/", "/en/admin/")) or _SIGNED in path or "?" in path:
        return True
    rare = zlib.crc32(path.encode()) % 10 != 0
    return rare and path not in _MANY and path.startswith(_MANY)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _links(body: str) -> list[str]:
    links = (next(filter(None, match)) for match in _LINK.findall(body))
    local = (link.removeprefix("http://127.0.0.1").partition("#")[0] for link in links)
    return [link for link in local if link.startswith("/") and not link.startswith("//")]


if __name__ == "__main__":
    import django

    django.setup()
    if sys.argv[1] == "build":
        from tests.episodes.backup.library import build

        build(Path(sys.argv[2]))
    else:
        Path(sys.argv[2]).write_text(json.dumps(contents(sys.argv[1] == "contents")))
