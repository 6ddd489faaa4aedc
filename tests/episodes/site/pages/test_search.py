"""The page of search, and suggestions."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from episodes import derived
from episodes.models import SearchMiss
from episodes.search import misses
from people.models import Alias, Entity
from tests import factories
from tests.episodes.search.library import draft, indexed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_waiting_misses(monkeypatch):
    monkeypatch.setattr(misses, "_written_at", -misses.INTERVAL)
    misses._waiting.clear()


def page(client, **parameters) -> str:
    response = client.get(reverse("search"), parameters)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_hit_links_to_its_passage(client):
    made = indexed("We speak of <i>engines</i> & steam.", title="Of steam")
    html = page(client, q="steam")
    assert "Of <mark>steam</mark>" in html
    assert f'href="{made.get_absolute_url()}#s-part:~:text=steam"' in html
    assert "engines &amp; <mark>steam</mark>" in html


def test_query_is_escaped(client):
    html = page(client, q='<script>alert("x")</script>')
    assert "<script>alert" not in html


def test_page_sets_no_cookie_and_no_index(client):
    indexed("steam")
    response = client.get(reverse("search"), {"q": "steam"})
    assert not response.cookies
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert b'name="robots" content="noindex"' in response.content


def test_aliases_are_shown_and_undone(client):
    entity = Entity.objects.create(name="特朗普", slug="te-lang-pu")
    Alias.objects.create(entity=entity, name="川普")
    factories.mention(indexed("特朗普"), entity)
    undo = "Search for the typed words only"
    with translation.override("en"):
        pages = [page(client, q="川普"), page(client, q="川普", exact="1")]
    assert [undo in html for html in pages] == [True, False]
    assert "“川普” also finds: 特朗普." in pages[0]


def test_facets_narrow(client):
    indexed("steam", aired_on="2024-01-01")
    indexed("steam", aired_on="2023-01-01")
    assert "year=2024" in page(client, q="steam")
    assert "2023-01-01" not in page(client, q="steam", year="2024")


@pytest.mark.parametrize("parameters", [{"page": "2"}, {"page": "0"}, {"page": "x"}, {"episode": "none"}])
def test_unknown_page_is_404(client, parameters):
    indexed("steam")
    assert client.get(reverse("search"), {"q": "steam", **parameters}).status_code == 404


def test_hidden_episode_cannot_be_searched(client):
    hidden = draft("steam")
    assert client.get(reverse("search"), {"q": "steam", "episode": hidden.slug}).status_code == 404


def test_one_episode_is_searched(client):
    made = indexed("steam", title="First")
    indexed("steam", title="Second")
    html = page(client, q="steam", episode=made.slug)
    assert ("First" in html, "Second" in html) == (True, False)


@pytest.mark.parametrize("query", ["\x00", "a" * 5_000, '"', "-", "speaker:", "《", "year:0000 x"])
def test_odd_queries_are_answered(client, query):
    indexed("steam")
    page(client, q=query)


def test_nothing_found_is_counted_without_the_visitor(client):
    for _ in range(2):
        page(client, q=" Nothing  HERE ")
    misses._written_at = -misses.INTERVAL
    page(client, q="nothing here")
    assert list(SearchMiss.objects.values_list("words", "day", "count")) == [("nothing here", timezone.localdate(), 3)]


def test_misses_are_bounded(client, monkeypatch):
    monkeypatch.setattr(misses, "MOST_A_DAY", 2)
    monkeypatch.setattr(misses, "INTERVAL", 0)
    for word in ("one", "two", "three", "one"):
        page(client, q=word)
    assert set(SearchMiss.objects.values_list("words", "count")) == {("one", 2), ("two", 1)}


def test_suggestions_name_what_is_public(client):
    made = indexed(title="Engines of today")
    factories.appearance(made, factories.speaker("Engelbart"))
    factories.mention(made, factories.entity("Engine"))
    factories.tag(made, "engines")
    factories.speaker("Engels")
    draft(title="Engine draft")
    derived.store_passages(made)
    rows = client.get(reverse("search_suggest"), {"q": "eng"}).json()["suggestions"]
    assert {row["name"] for row in rows} == {"Engelbart", "Engine", "engines", "Engines of today"}
    assert client.get(reverse("search_suggest"), {"q": "\x00"}).json() == {"suggestions": []}


def test_box_is_on_every_page(client):
    made = factories.full_episode()
    for address in factories.public_pages(made).values():
        assert b'id="header-q"' in client.get(address).content, address
