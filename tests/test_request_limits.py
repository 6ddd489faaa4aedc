"""Limits of request bodies: 64 kB and twenty fields, except for staff on the desk."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client

from config.request_limits import MAX_BYTES, MAX_FIELDS
from tests import factories
from tests.episodes.desk.form_data import signed_in

pytestmark = pytest.mark.django_db

TYPE = "application/x-www-form-urlencoded"
LONG = "password=" + "a" * MAX_BYTES
MANY = "&".join(f"f{number}=" for number in range(MAX_FIELDS + 1))
MULTIPART = {f"f{number}": "" for number in range(MAX_FIELDS + 1)}


def send(client: Client, path: str, body: Any) -> int:
    kind = {} if isinstance(body, dict) else {"content_type": TYPE}
    return client.post(path, body, **kind).status_code


@pytest.mark.parametrize("body", [LONG, MANY, MULTIPART])
@pytest.mark.parametrize("path", ["/admin/login/", "/en/admin/login/", "/", "/oembed", "/accounts/profile/"])
def test_large_body_of_visitor_is_refused(path: str, body: Any) -> None:
    assert send(Client(), path, body) in ((404,) if "accounts" in path else (413,))


@pytest.mark.parametrize("body", [LONG, MANY, MULTIPART])
def test_large_anonymous_desk_body_redirects(body: Any) -> None:
    answer = Client().post(
        "/admin/episodes/episode/add/", body, **({} if body == MULTIPART else {"content_type": TYPE})
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/admin/login/?next=/admin/episodes/episode/add/"


@pytest.mark.parametrize("body", [LONG, MANY, MULTIPART])
def test_user_without_staff_is_limited(body: Any) -> None:
    reader = signed_in(User.objects.create_user("reader"))
    assert send(reader, "/admin/login/", body) == 413
    assert send(reader, "/admin/episodes/episode/add/", body) == 302


def test_body_of_exact_limit_is_allowed() -> None:
    login, name = Client(), "username=olga&password="
    assert send(login, "/admin/login/", name + "a" * (MAX_BYTES - len(name))) == 200
    assert send(login, "/admin/login/", name + "a" * (MAX_BYTES - len(name) + 1)) == 413
    assert send(login, "/admin/login/", "&".join(f"f{number}=" for number in range(MAX_FIELDS))) == 200


def test_staff_may_send_thousands_of_fields() -> None:
    editor = signed_in(factories.editor())
    fields = {f"f{number}": "x" * 100 for number in range(5_000)}
    answer = editor.post("/admin/episodes/episode/add/", urlencode(fields), content_type=TYPE)
    assert answer.status_code in (200, 403)


def test_too_long_body_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Client().post("/admin/login/", LONG, content_type=TYPE)
    assert not hasattr(answer.wsgi_request, "_body")
    assert not hasattr(answer.wsgi_request, "_post")


@pytest.mark.parametrize("length", ["abc", "-1", "²", "9" * 99, "1e3"])
def test_invalid_content_length_is_refused(length: str) -> None:
    assert Client().post("/admin/login/", "a=b", content_type=TYPE, CONTENT_LENGTH=length).status_code == 413


def test_public_page_does_not_read_session(client: Client) -> None:
    answer = client.post("/episodes/nothing/report/", "a=b", content_type=TYPE)
    assert answer.status_code == 404
    assert not answer.wsgi_request.session.accessed
    assert not answer.cookies
