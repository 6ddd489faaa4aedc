"""Rules for every public page: no session, revalidation, no external resources."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date

from episodes.models import Decision, Episode
from episodes.site.pages.base import CACHE_CONTROL
from episodes.workflow import transition
from tests import factories

pytestmark = pytest.mark.django_db

LISTS = ["home", "episode_list", "speaker_list", "entity_list", "quote_list", "prediction_list", "tag_list"]
LISTS += ["series_list", "glossary", "about"]
KINDS = [*LISTS, "episode", "speaker", "entity", "quote", "prediction", "tag"]


@pytest.fixture
def episode() -> Episode:
    return factories.full_episode()


@pytest.fixture(params=KINDS)
def address(request: Any, episode: Episode) -> str:
    pages = factories.public_pages(episode)
    assert set(pages) == set(KINDS)
    return pages[request.param]


def test_page_uses_no_session_or_cookie(client: Client, address: str) -> None:
    client.force_login(factories.editor())
    answer = client.get(address)
    assert answer.status_code == 200
    assert not answer.cookies
    assert "cookie" not in answer.get("Vary", "").lower()
    assert not answer.wsgi_request.session.accessed


def test_page_is_revalidated(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer["Cache-Control"] == CACHE_CONTROL == "public, max-age=0, must-revalidate"


def test_page_loads_no_external_resources(client: Client, address: str) -> None:
    answer = client.get(address)
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    html = answer.content.decode()
    # JSON-LD is a data block, exempt from script-src.
    html = re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", html)
    assert not re.search(r"<script(?! src=\"/static/[^\"]+\" defer></script>)|<style|\sstyle=|\son\w+=", html)
    assert not re.findall(r'(?:src|srcset)="(?!/)|<link[^>]+rel="stylesheet"[^>]+href="(?!/)', html)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_page_refuses_other_methods(client: Client, address: str, method: str) -> None:
    assert getattr(client, method)(address).status_code == 405


def test_page_answers_head(client: Client, address: str) -> None:
    answer = client.head(address)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Last-Modified"]


def test_page_answers_etag_with_304(client: Client, address: str) -> None:
    first = client.get(address)
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(address, headers={"If-None-Match": '"another"'}).status_code == 200


def test_page_answers_date_with_304(client: Client, address: str) -> None:
    first = client.get(address)
    assert client.get(address, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    earlier = http_date(timezone.now().timestamp() - 90_000)
    assert client.get(address, headers={"If-Modified-Since": earlier}).status_code == 200


def test_page_has_title_and_description(client: Client, address: str) -> None:
    html = client.get(address).content.decode()
    assert re.search(r"<title>\s*\S", html)
    assert '<meta name="description"' in html
    assert f'<link rel="canonical" href="http://testserver{address}">' in html
    assert html.count("<h1") == 1
    assert '<html lang="zh-Hans">' in html


def test_page_has_an_english_interface(client: Client, address: str) -> None:
    html = client.get(f"/en{address}").content.decode()
    assert '<html lang="en">' in html
    assert f'href="{address}"' in html, "the way back to the Chinese interface"


# --- dates


def modified(client: Client, address: str) -> str:
    return client.get(address)["Last-Modified"]


def test_scheduled_publication_changes_date(client: Client, episode: Episode) -> None:
    soon = timezone.now() + timedelta(hours=1)
    long_ago = timezone.now() - timedelta(days=9)
    Episode.objects.update(changed_at=long_ago, published_at=long_ago)
    factories.public_episode(changed_at=long_ago, published_at=soon)
    assert modified(client, reverse("episode_list")) == http_date(long_ago.timestamp())
    came = timezone.now() - timedelta(minutes=1)
    Episode.objects.filter(published_at=soon).update(published_at=came)
    assert modified(client, reverse("episode_list")) == http_date(came.timestamp())


def test_scheduled_episode_page_has_publication_date(client: Client) -> None:
    came = timezone.now() - timedelta(minutes=1)
    made = factories.public_episode(changed_at=came - timedelta(days=9), published_at=came)
    assert modified(client, made.get_absolute_url()) == http_date(came.timestamp())


def test_withdrawal_never_moves_date_back(client: Client, episode: Episode) -> None:
    gone = factories.public_episode(title="Gone")
    before = client.get(reverse("episode_list"))
    Episode.objects.filter(pk=episode.pk).update(changed_at=timezone.now() - timedelta(days=9))
    transition(gone, "withdrawn", factories.publisher(), "Asked to.")
    Episode.objects.filter(pk=gone.pk).update(changed_at=timezone.now() + timedelta(seconds=2))
    again = client.get(reverse("episode_list"), headers={"If-Modified-Since": before["Last-Modified"]})
    assert again.status_code == 200
    assert b"Gone" not in again.content


def test_withdrawn_translation_changes_date(client: Client) -> None:
    long_ago = timezone.now() - timedelta(days=9)
    shared = {"translation_key": "talk", "published_at": long_ago, "changed_at": long_ago}
    made, gone = (
        factories.public_episode(**shared),
        factories.public_episode(title="Gone", language="zh-Hans", **shared),
    )
    address = made.get_absolute_url()
    before = client.get(address)
    assert gone.get_absolute_url() in before.content.decode()
    transition(gone, "withdrawn", factories.publisher(), "Asked to.")
    again = client.get(address, headers={"If-Modified-Since": before["Last-Modified"]})
    assert again.status_code == 200
    assert gone.get_absolute_url() not in again.content.decode()


def test_decision_on_speaker_changes_date(client: Client, episode: Episode) -> None:
    ada = episode.appearances.get().speaker
    transition(ada, "accepted", factories.editor())
    later = timezone.now() + timedelta(hours=1)
    Decision.objects.update(at=later)
    for address in (reverse("speaker_list"), ada.get_absolute_url(), episode.get_absolute_url()):
        assert modified(client, address) == http_date(later.timestamp())


def test_draft_does_not_change_date(client: Client, episode: Episode) -> None:
    before = modified(client, reverse("episode_list"))
    factories.episode(changed_at=timezone.now() + timedelta(hours=1))
    assert modified(client, reverse("episode_list")) == before


# --- not there, gone, broken


def test_missing_page_has_public_headers(client: Client) -> None:
    answer = client.get("/nothing/here/")
    assert answer.status_code == 404
    assert answer["Cache-Control"] == CACHE_CONTROL
    assert "Content-Security-Policy" in answer
    assert not answer.cookies
    assert reverse("episode_list") in answer.content.decode()


def test_error_page_is_not_cached(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("episodes.site.pages.base.site_state", breaks)
    client.raise_request_exception = False
    answer = client.get(reverse("episode_list"))
    assert answer.status_code == 500
    assert answer["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer
    assert b"secret" not in answer.content


def test_robots_txt_excludes_desk(client: Client) -> None:
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    assert "Disallow: /admin/" in answer.content.decode()
    assert not answer.cookies


def test_empty_site_has_pages(client: Client) -> None:
    for name in LISTS:
        answer = client.get(reverse(name))
        assert answer.status_code == 200
        assert "Last-Modified" not in answer


def test_empty_sections_are_not_in_menu(client: Client) -> None:
    factories.public_episode()
    menu = client.get(reverse("home")).context["site_state"].listed_sections
    assert menu == frozenset()
