"""Pages of the desk and the site in a browser, without violations of their Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from tests import factories
from tests.browser.one_of_each import recording
from tests.browser.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEEPS_POLICY = True

LISTEN = """
document.addEventListener("securitypolicyviolation", event => {
    console.error(`violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""
# Messages of Chromium about unsupported features and unloaded frames, and about the expected 404.
HARMLESS = ("net::ERR_", "status of 404")


@pytest.fixture
def watched(visitor: Any) -> Any:
    """Return a page with its console errors in `page.complaints`."""
    visitor.complaints = []
    visitor.add_init_script(LISTEN)
    visitor.on("console", lambda said: said.type in ("error", "warning") and visitor.complaints.append(said.text))
    return visitor


def complaints(page: Any, path: str) -> list[str]:
    page.complaints.clear()
    page.goto(path, wait_until="load")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    return [text for text in page.complaints if not any(word in text for word in HARMLESS)]


def desk_pages(episode: Any) -> Iterator[str]:
    yield from ("/admin/", "/admin/password_change/", f"/admin/episodes/episode/{episode.pk}/preview/")
    yield from (f"/admin/episodes/episode/{episode.pk}/{view}/" for view in ("review", "history"))
    yield f"/admin/people/speaker/{factories.speaker('Unused').pk}/delete/"
    yield reverse("admin:episodes_finding_repairs")
    for model, desk in admin.site._registry.items():
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield path
        row = model._default_manager.order_by("pk").first()
        if row is not None:
            yield f"{path}{row.pk}/change/"
        elif desk.model._meta.model_name in ("alias", "user", "group"):
            yield f"{path}add/"


def test_desk_pages_respect_content_security_policy(watched: Any) -> None:
    episode = recording()
    assert complaints(watched, "/admin/login/") == []
    sign_in(watched, factories.person("root", is_superuser=True))
    found = {path: said for path in desk_pages(episode) if (said := complaints(watched, path))}
    assert found == {}


def test_review_screen_allows_player_frames(watched: Any) -> None:
    """Allowed frames load; an external script does not, which proves that violations are recorded."""
    episode = recording()
    for address in ("https://www.youtube-nocookie.com/**", "https://player.bilibili.com/**", "https://evil.example/**"):
        watched.route(address, lambda route: route.fulfill(status=200, content_type="text/html", body="played"))
    sign_in(watched, factories.person("root", is_superuser=True))
    assert complaints(watched, f"/admin/episodes/episode/{episode.pk}/review/") == []
    put = (
        "address => { const made = document.createElement('iframe'); made.src = address; document.body.append(made); }"
    )
    for address in ("https://www.youtube-nocookie.com/embed/x", "https://player.bilibili.com/player.html"):
        watched.evaluate(put, address)
        watched.wait_for_timeout(300)
    assert watched.complaints == []
    watched.evaluate(put, "https://evil.example/")
    watched.wait_for_timeout(300)
    assert any("violation: frame-src" in said for said in watched.complaints)


def test_public_pages_respect_content_security_policy(watched: Any) -> None:
    episode = recording()
    pages = [
        *factories.public_pages(episode).values(),
        f"{episode.get_absolute_url()}report/",
        "/episodes/nothing-here/",
    ]
    found = {path: said for path in pages if (said := complaints(watched, path))}
    assert found == {}
