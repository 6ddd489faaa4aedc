"""Security headers: on every response, and without conflicts on the desk's pages."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from episodes.site.contexts.content_policy import CONTENT_SECURITY_POLICY
from tests import factories
from tests.episodes.desk.form_data import signed_in

pytestmark = pytest.mark.django_db

DESK = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "frame-src https://www.youtube-nocookie.com https://player.bilibili.com; img-src 'self' data:; "
    "media-src 'self' https: http:; object-src 'none'"
)
PLAYERS = '(self "https://www.youtube-nocookie.com" "https://player.bilibili.com")'
FEATURES = {
    **dict.fromkeys(["camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb"], "()"),
    **dict.fromkeys(["autoplay", "encrypted-media", "fullscreen", "picture-in-picture"], PLAYERS),
    "clipboard-write": "(self)",
}


class Inline(HTMLParser):
    """Parser that collects what only 'unsafe-inline' would allow."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        data = "json" in (given.get("type") or "")
        if tag == "style" or (tag == "script" and "src" not in given and not data):
            self.found.append(tag)
        self.found += [name for name in given if name == "style" or re.fullmatch(r"on\w+", name)]
        self.found += [value for value in given.values() if (value or "").startswith("javascript:")]


def directives(header: str) -> set[str]:
    return {part.strip() for part in header.split(";")}


@pytest.fixture
def root() -> Client:
    factories.full_episode()
    return signed_in(factories.person("root", is_superuser=True))


def desk_paths() -> list[str]:
    found = ["/admin/", "/admin/login/", "/admin/password_change/", "/admin/logout/", "/admin/jsi18n/"]
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        found += [path, f"{path}add/"]
        if row := model._default_manager.order_by("pk").first():
            found += [f"{path}{row.pk}/{view}/" for view in ("change", "history", "delete")]
    return found


def test_desk_policy_allows_no_inline_code(root: Client) -> None:
    wrong = {}
    for path in desk_paths():
        answer = root.get(path)
        page = Inline()
        if answer["Content-Type"].startswith("text/html"):
            page.feed(answer.content.decode())
        if page.found or directives(answer.headers.get("Content-Security-Policy", "")) != directives(DESK):
            wrong[path] = page.found or answer.headers.get("Content-Security-Policy")
    assert wrong == {}


def test_public_pages_have_own_policy(root: Client) -> None:
    for path in ("/", "/episodes/", "/about/", "/nothing-here/", "/llms.txt"):
        assert Client().get(path)["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, path


@pytest.mark.parametrize(
    "path", ["/", "/admin/login/", "/feed/", "/healthz", "/readyz", "/robots.txt", "/nothing", "/card.png", "/oembed"]
)
def test_every_response_has_permissions_policy(path: str) -> None:
    header = Client().get(path)["Permissions-Policy"]
    assert dict(part.strip().split("=", 1) for part in re.split(r", (?=[a-z-]+=)", header)) == FEATURES


def test_error_pages_have_both_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("episodes.site.pages.about.About.get_context_data", breaks)
    answer = Client(raise_request_exception=False).get("/about/")
    assert answer.status_code == 500
    assert answer["Content-Security-Policy"]
    assert answer["Permissions-Policy"]
