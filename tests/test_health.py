"""`/healthz` and `/readyz`: accepted requests, content, and the names of missing services."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import OperationalError
from django.test import Client

BOTH = ["/healthz", "/readyz"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("host", ["testserver", "10.0.0.1:8000", "strange.example", "b@d host"])
def test_any_host_header_is_accepted(path: str, host: str, settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client(headers={"host": host}).get(path)
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert "Vary" not in answer


@pytest.mark.django_db
@pytest.mark.parametrize("path", BOTH)
def test_only_get_and_head_are_allowed(client: Client, path: str) -> None:
    assert client.head(path).status_code == 200
    assert [getattr(client, method)(path).status_code for method in ("post", "put", "delete")] == [405] * 3


@pytest.mark.django_db
def test_healthz_makes_no_query(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz/", "/readyz/", "/en/healthz", "/readyz/x", "/healthzx"])
def test_other_paths_are_not_answered(client: Client, path: str) -> None:
    assert client.get(path).status_code in (301, 404)


@pytest.mark.django_db
def test_missing_migration_is_reported(client: Client) -> None:
    MigrationRecorder(connection).migration_qs.filter(app="people").delete()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"missing: migrations\n")


@pytest.mark.django_db
def test_failing_database_is_reported_without_secrets(client: Client, monkeypatch) -> None:
    def fails(*args):
        raise OperationalError("password=hunter2 host=db.internal")

    monkeypatch.setattr(connection, "cursor", fails)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"missing: database\n")
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_failing_cache_is_reported(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(cache, "get", lambda *args, **kwargs: None)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"missing: cache\n")


@pytest.mark.django_db
def test_probes_are_not_in_sitemap_or_robots(client: Client) -> None:
    for path in ("/sitemap.xml", "/llms.txt", "/robots.txt"):
        assert b"healthz" not in client.get(path).content
