"""What is not there, gone or broken: what happened, and the ways on."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.templatetags.static import static
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from episodes.models import Decision, Episode
from episodes.site.contexts.content_policy import CONTENT_SECURITY_POLICY
from episodes.site.pages.base import CACHE_CONTROL
from episodes.site.pages.error_pages import server_error, similar_episodes
from episodes.workflow import transition
from tests import factories

pytestmark = pytest.mark.django_db


def slugs(path: str) -> list[str]:
    return [slug for slug, _title, _language in similar_episodes(path)]


def get(client: Client, path: str) -> Any:
    with translation.override("zh-hans"):
        return client.get(path)


# --- not there


def test_missing_page_offers_search_and_links(client: Client) -> None:
    answer = get(client, "/en/nothing/here/")
    html = answer.content.decode()
    assert answer.status_code == 404
    assert re.search(r'<form[^>]*method="get"[^>]*action="/en/search/"', html)
    assert 'name="q"' in html
    assert 'href="/en/"' in html
    assert "Did you mean" not in html
    assert '<meta name="robots" content="noindex">' in html


def test_suggestions_are_sorted_by_similarity(client: Client) -> None:
    for slug in ("jin-hua-yu-xue-xi", "jin-hua-yu-xue-xi-er", "jin-tian-mei-you", "on-engines", "xue"):
        factories.public_episode(slug=slug, title=f"Title of {slug}")
    assert slugs("/episodes/jin-hua-yu-xue-x/") == ["jin-hua-yu-xue-xi", "jin-hua-yu-xue-xi-er"]
    assert slugs("/episodes/on-enginse/") == ["on-engines"]
    assert slugs("/episodes/on-the-engines/") == ["on-engines"]
    html = get(client, "/en/posts/ON-ENGINES.html").content.decode()
    assert re.findall(r'<a href="(/en/episodes/[^"]+/)"[^>]*>([^<]+)', html) == [
        ("/en/episodes/on-engines/", "Title of on-engines")
    ]


def test_chinese_path_matches_title(client: Client) -> None:
    factories.public_episode(slug="ju-shen", title="具身智能的长谈", language="zh-Hans")
    assert slugs("/posts/具身智能/") == ["ju-shen"]
    html = get(client, "/en/posts/具身智能").content.decode()
    assert re.search(r'<a href="/en/episodes/ju-shen/"\s+lang="zh-Hans">具身智能的长谈</a>', html)


def test_three_suggestions_at_most() -> None:
    for number in range(70):
        factories.public_episode(slug=f"engine-{number}", title=f"Engine {number}")
    assert len(slugs("/episodes/engine/")) == 3


def test_best_suggestion_wins_among_many() -> None:
    factories.public_episode(slug="a-long-talk-about-weaving", title="")
    for number in range(70):
        factories.public_episode(slug=f"long-{number}-about", title="")
    assert slugs("/a-long-talk-about-weavin/")[0] == "a-long-talk-about-weaving"


@pytest.mark.parametrize("state", ["draft", "approved", "withdrawn", "scheduled", "working copy"])
def test_hidden_episode_is_never_suggested(client: Client, state: str) -> None:
    public = factories.public_episode(slug="on-engines", title="On engines")
    before = [get(client, path).content for path in ("/episodes/on-engines-two/", "/x/on-engines-tw")]
    fields: dict[str, Any] = {"status": {"working copy": "draft"}.get(state, state)}
    if state == "scheduled":
        fields = {"status": "published", "published_at": datetime(2999, 1, 1, tzinfo=UTC)}
    if state == "working copy":
        fields["revises"] = public
    if state == "withdrawn":
        fields |= {"published_at": datetime(2024, 1, 1, tzinfo=UTC)}
    factories.episode(slug="on-engines-three", title="On engines two", **fields)
    assert [get(client, path).content for path in ("/episodes/on-engines-two/", "/x/on-engines-tw")] == before


HOSTILE = [
    "/", "//", "/%00/", "/\x00", "/%", "/%25%5F", "/_/", "/'; DROP TABLE x;--", "/<script>alert(1)</script>",
    "/" + "a" * 50_000, "/" + "a-b" * 9_000, "/" + "長" * 9_000, "/..%2f..%2fetc%2fpasswd", "/%ff%fe", "/\ud800",
    "/" + "%" * 500, "/\n.php", "/" + "." * 9_000,
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE, ids=range(len(HOSTILE)))
def test_any_path_is_answered(path: str) -> None:
    factories.public_episode(slug="on-engines", title="On <engines> %_")
    assert slugs(path) == []


def test_any_raw_path_is_answered(client: Client) -> None:
    for path in ("/en/%00/", "/en/%ff%fe/", "/en/<script>alert(1)</script>/", "/en/" + "a" * 5_000, "/en/x/%2e%2e/"):
        answer = get(client, path)
        assert answer.status_code == 404
        assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/wp-login.php", "/static/x/", "/en/admin/nothing/", "/a/b.png", "/.env", "/"])
def test_file_paths_make_no_query(path: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert similar_episodes(path) == []


# Expect 1: similar episodes.
def test_missing_page_makes_one_query(client: Client, django_assert_num_queries: Any) -> None:
    factories.public_episode(slug="on-engines")
    with django_assert_num_queries(1):
        client.get("/posts/engines/")


# --- gone


def test_withdrawn_episode_shows_reason_and_date(client: Client) -> None:
    episode = factories.public_episode(title="Zanzibarquux", summary="Zanzibarquux")
    transition(episode, "withdrawn", factories.publisher(), "The guest asked for it.")
    Decision.objects.update(at=datetime(2024, 2, 3, 12, tzinfo=UTC))
    answer = get(client, f"/en{episode.get_absolute_url()}")
    html = answer.content.decode()
    assert answer.status_code == 410
    assert "The guest asked for it." in html
    assert '<time datetime="2024-02-03">' in html
    assert '<meta name="robots" content="noindex">' in html
    assert "Zanzibarquux" not in html
    assert 'href="/en/episodes/"' in html


def test_withdrawn_without_decision_shows_no_date(client: Client) -> None:
    episode = factories.public_episode(status="withdrawn")
    html = get(client, f"/en{episode.get_absolute_url()}").content.decode()
    assert "<time" not in html
    assert "They were published here" in html


def test_withdrawn_before_publication_is_404(client: Client) -> None:
    episode = factories.public_episode(status="withdrawn", published_at=datetime(2999, 1, 1, tzinfo=UTC))
    assert client.get(episode.get_absolute_url()).status_code == 404


# --- broken


def test_error_page_needs_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0), translation.override("en"):
        answer = server_error(RequestFactory().get("/"))
    html = answer.content.decode()
    assert answer.status_code == 500
    assert "Something went wrong on our side" in html
    assert f'href="/en{reverse("home")}"' in html or 'href="/en/"' in html


def test_error_pages_have_public_headers(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    withdrawn = factories.public_episode(status="withdrawn")
    client.force_login(factories.editor())
    lost = [client.get("/nothing/"), client.get(withdrawn.get_absolute_url())]
    assert [answer["Cache-Control"] for answer in lost] == [CACHE_CONTROL, CACHE_CONTROL]
    monkeypatch.setattr("episodes.site.pages.base.site_state", lambda: 1 / 0)
    client.raise_request_exception = False
    lost.append(client.get(reverse("episode_list")))
    assert [answer.status_code for answer in lost] == [404, 410, 500]
    for answer in lost:
        assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert not answer.cookies
        assert not answer.wsgi_request.session.accessed
        html = answer.content.decode()
        # Only the file for the search box of every page.
        assert re.findall(r"<script[^>]*>.*?</script>", html, re.DOTALL) == [
            f'<script src="{static("greenroom/site/search.js")}" defer></script>'
        ]
        assert html.count("<script") == 1
        assert not re.search(r"<style|\sstyle=|\son\w+=", html)


def test_hidden_and_missing_episode_look_alike(client: Client) -> None:
    Episode.objects.create(title="Draft", slug="draft-one")
    hidden, missing = client.get("/episodes/draft-one/"), client.get("/episodes/draft-two/")
    assert hidden.content.replace(b"draft-one", b"") == missing.content.replace(b"draft-two", b"")
