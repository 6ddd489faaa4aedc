"""What is not there, gone or broken: what happened, and the ways on."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from episodes.models import Decision, Episode
from episodes.site.contexts.content_policy import CONTENT_SECURITY_POLICY
from episodes.site.pages.base import CACHE_CONTROL
from episodes.site.pages.error_pages import resembling, server_error
from episodes.workflow import transition
from tests import factories

pytestmark = pytest.mark.django_db


def slugs(path: str) -> list[str]:
    return [slug for slug, _title, _language in resembling(path)]


def get(client: Client, path: str) -> Any:
    with translation.override("zh-hans"):
        return client.get(path)


# --- not there


def test_a_missing_page_offers_a_search_and_the_ways_on(client: Client) -> None:
    answer = get(client, "/en/nothing/here/")
    html = answer.content.decode()
    assert answer.status_code == 404
    assert re.search(r'<form[^>]*method="get"[^>]*action="/en/episodes/"', html)
    assert 'name="q"' in html
    assert 'href="/en/"' in html
    assert "Did you mean" not in html
    assert '<meta name="robots" content="noindex">' in html


def test_what_is_alike_is_offered_the_closest_first(client: Client) -> None:
    for slug in ("jin-hua-yu-xue-xi", "jin-hua-yu-xue-xi-er", "jin-tian-mei-you", "on-engines", "xue"):
        factories.public_episode(slug=slug, title=f"Title of {slug}")
    assert slugs("/episodes/jin-hua-yu-xue-x/") == ["jin-hua-yu-xue-xi", "jin-hua-yu-xue-xi-er"]
    assert slugs("/episodes/on-enginse/") == ["on-engines"]
    assert slugs("/episodes/on-the-engines/") == ["on-engines"]
    html = get(client, "/en/posts/ON-ENGINES.html").content.decode()
    assert re.findall(r'<a href="(/en/episodes/[^"]+/)"[^>]*>([^<]+)', html) == [
        ("/en/episodes/on-engines/", "Title of on-engines")
    ]


def test_a_title_is_asked_for_in_its_own_script(client: Client) -> None:
    factories.public_episode(slug="ju-shen", title="具身智能的长谈", language="zh-Hans")
    assert slugs("/posts/具身智能/") == ["ju-shen"]
    html = get(client, "/en/posts/具身智能").content.decode()
    assert re.search(r'<a href="/en/episodes/ju-shen/"\s+lang="zh-Hans">具身智能的长谈</a>', html)


def test_three_are_offered_at_most() -> None:
    for number in range(70):
        factories.public_episode(slug=f"engine-{number}", title=f"Engine {number}")
    assert len(slugs("/episodes/engine/")) == 3


def test_the_best_is_found_among_many_that_share_a_word() -> None:
    factories.public_episode(slug="a-long-talk-about-weaving", title="")
    for number in range(70):
        factories.public_episode(slug=f"long-{number}-about", title="")
    assert slugs("/a-long-talk-about-weavin/")[0] == "a-long-talk-about-weaving"


@pytest.mark.parametrize("state", ["draft", "approved", "withdrawn", "scheduled", "working copy"])
def test_what_is_hidden_is_never_offered(client: Client, state: str) -> None:
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
def test_any_address_is_answered(path: str) -> None:
    factories.public_episode(slug="on-engines", title="On <engines> %_")
    assert slugs(path) == []


def test_any_address_is_answered_over_the_wire(client: Client) -> None:
    for path in ("/en/%00/", "/en/%ff%fe/", "/en/<script>alert(1)</script>/", "/en/" + "a" * 5_000, "/en/x/%2e%2e/"):
        answer = get(client, path)
        assert answer.status_code == 404
        assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/wp-login.php", "/static/x/", "/en/admin/nothing/", "/a/b.png", "/.env", "/"])
def test_machines_that_ask_for_files_cost_no_query(path: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert resembling(path) == []


# Expect 1: what is alike.
def test_a_missing_page_costs_one_query(client: Client, django_assert_num_queries: Any) -> None:
    factories.public_episode(slug="on-engines")
    with django_assert_num_queries(1):
        client.get("/posts/engines/")


# --- gone


def test_a_withdrawn_episode_tells_why_and_since_when(client: Client) -> None:
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


def test_without_a_decision_no_day_is_told(client: Client) -> None:
    episode = factories.public_episode(status="withdrawn")
    html = get(client, f"/en{episode.get_absolute_url()}").content.decode()
    assert "<time" not in html
    assert "They were published here" in html


def test_what_was_withdrawn_before_anybody_saw_it_is_not_there(client: Client) -> None:
    episode = factories.public_episode(status="withdrawn", published_at=datetime(2999, 1, 1, tzinfo=UTC))
    assert client.get(episode.get_absolute_url()).status_code == 404


# --- broken


def test_a_broken_page_needs_neither_request_nor_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0), translation.override("en"):
        answer = server_error(RequestFactory().get("/"))
    html = answer.content.decode()
    assert answer.status_code == 500
    assert "Something went wrong on our side" in html
    assert f'href="/en{reverse("home")}"' in html or 'href="/en/"' in html


def test_all_three_keep_the_rules(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
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
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", answer.content.decode())


def test_a_hidden_and_a_missing_episode_are_answered_alike(client: Client) -> None:
    Episode.objects.create(title="Draft", slug="draft-one")
    hidden, missing = client.get("/episodes/draft-one/"), client.get("/episodes/draft-two/")
    assert hidden.content.replace(b"draft-one", b"") == missing.content.replace(b"draft-two", b"")
