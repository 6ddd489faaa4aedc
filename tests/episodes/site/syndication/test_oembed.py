"""oEmbed of public quotes, predictions and episodes."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from episodes.models import Episode, Quote
from episodes.site.pages.base import CACHE_CONTROL
from episodes.workflow import transition
from tests import factories

pytestmark = pytest.mark.django_db
HERE = "http://testserver"


@pytest.fixture
def episode() -> Episode:
    return factories.full_episode(title="On <looms>")


def ask(client: Client, url: str, **more: str) -> Any:
    return client.get("/oembed", {"url": url, **more})


class Reader(HTMLParser):
    """Elements with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_quote_is_a_blockquote_with_a_link(client: Client, episode: Episode) -> None:
    quote = episode.quotes.get()
    Quote.objects.update(text="The <b>Engine</b> & “weaves”.")
    address = f"{HERE}{quote.get_absolute_url()}"
    answer = ask(client, address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Cache-Control"] == CACHE_CONTROL
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    told = json.loads(answer.content)
    html, card = told.pop("html"), told.pop("thumbnail_url")
    assert told == {
        "type": "rich",
        "version": "1.0",
        "title": "The Engine & “weaves”.",
        "author_name": "Ada",
        "provider_name": "Greenroom",
        "provider_url": f"{HERE}/",
        "cache_age": 0,
        "width": 600,
        "height": 112,
        "thumbnail_width": 1200,
        "thumbnail_height": 630,
    }
    read = Reader(html)
    assert read.tags == [
        ("blockquote", {"cite": address, "lang": "en"}),
        ("p", {}),
        ("p", {}),
        ("a", {"href": address}),
    ]
    assert read.text == "The <b>Engine</b> & “weaves”.\n— Ada · On <looms>"
    assert client.get(card.removeprefix(HERE))["Content-Type"] == "image/png"


def test_pages_link_their_embed(client: Client, episode: Episode) -> None:
    for thing in (episode, episode.quotes.get(), episode.predictions.get()):
        for language in ("", "/en"):
            html = client.get(f"{language}{thing.get_absolute_url()}").content.decode()
            link = html.partition('type="application/json+oembed"')[2].partition(">")[0]
            address = Reader(f"<link {link}>").tags[0][1]["href"]
            told = client.get(address.removeprefix(HERE)).json()
            assert f'<a href="{HERE}{language}{thing.get_absolute_url()}">' in told["html"]


def test_other_pages_have_no_embed(client: Client, episode: Episode) -> None:
    pages = factories.public_pages(episode)
    for name in set(pages) - {"episode", "quote", "prediction"}:
        assert b"oembed" not in client.get(pages[name]).content
        assert ask(client, f"{HERE}{pages[name]}").status_code == 404


def test_size_respects_requested_maximum(client: Client, episode: Episode) -> None:
    address = f"{HERE}{episode.get_absolute_url()}"
    told = ask(client, address, maxwidth="320", maxheight="100").json()
    assert (told["width"], told["height"]) == (320, 100)
    assert "thumbnail_url" not in told
    for nonsense in ("", "0", "-5", "wide", "９９", "9" * 40):
        assert ask(client, address, maxwidth=nonsense).json()["width"] == 600


@pytest.mark.parametrize("url", [
    "", "x", "/", "//", "http://[", "javascript:alert(1)", "http://testserver/nowhere/", "http://testserver/admin/",
    "http://testserver/quotes/999999/", f"http://testserver/quotes/{'9' * 40}/", "ftp://testserver/quotes/1/",
    "http://testserver/episodes/none/", "http://testserver/episodes/\x00/", "http://testserver.example/",
])  # fmt: skip
def test_unknown_urls_are_404(client: Client, episode: Episode, url: str) -> None:
    assert ask(client, url).status_code == 404


def test_urls_of_other_sites_are_404(client: Client, episode: Episode) -> None:
    path = episode.get_absolute_url()
    for host in ("evil.example", "testserver@evil.example", "evil.example:80", "user:word@testserver"):
        assert ask(client, f"http://{host}{path}").status_code == 404
    assert ask(client, path).status_code == 404


def test_another_format_is_not_implemented(client: Client, episode: Episode) -> None:
    address = f"{HERE}{episode.get_absolute_url()}"
    assert ask(client, address, format="json").status_code == 200
    assert ask(client, address, format="xml").status_code == 501
    assert client.post("/oembed", {"url": address}).status_code == 405
    assert client.get("/oembed").status_code == 404


@pytest.mark.parametrize("hide", ["draft", "rejected", "scheduled", "withdrawn"])
def test_hidden_objects_are_not_embedded(client: Client, episode: Episode, hide: str) -> None:
    things = [episode, episode.quotes.get(), episode.predictions.get()]
    if hide == "draft":
        Episode.objects.update(status="in_review")
    elif hide == "scheduled":
        Episode.objects.update(published_at="2999-01-01T00:00Z")
    elif hide == "withdrawn":
        transition(episode, "withdrawn", factories.publisher(), "Asked to.")
    else:
        for thing in things[1:]:
            transition(thing, "rejected", factories.editor(), "private")
        del things[0]
    for thing in things:
        answer = ask(client, f"{HERE}{thing.get_absolute_url()}")
        assert answer.status_code == 404
        assert b"Words as spoken" not in answer.content


def test_long_text_is_shortened(client: Client, episode: Episode) -> None:
    quote = factories.quote(episode, text="word " * 2000)
    assert len(ask(client, f"{HERE}{quote.get_absolute_url()}").json()["html"]) < 2000
