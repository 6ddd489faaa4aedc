"""Open Graph, canonical and translation links in the head."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from episodes.models import Episode, Quote
from episodes.workflow import transition
from people.models import Speaker
from tests import factories

pytestmark = pytest.mark.django_db
HERE = "http://testserver"


@pytest.fixture
def episode() -> Episode:
    return factories.full_episode(title="On looms", slug="looms", aired_on="2026-03-01")


class Head(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.meta: dict[str, list[str]] = {}
        self.links: list[tuple[str, str]] = []
        self.feed(html.partition("</head>")[0])

    def handle_starttag(self, tag: str, attrs: list) -> None:
        values = dict(attrs)
        if tag == "meta" and (name := values.get("property") or values.get("name")):
            self.meta.setdefault(name, []).append(values["content"])
        if tag == "link" and "hreflang" in values:
            self.links.append((values["hreflang"], values["href"]))


def head_of(client: Client, address: str) -> Head:
    return Head(client.get(address).content.decode())


def og(head: Head) -> dict[str, Any]:
    """Return the Open Graph properties, each of which occurs once."""
    told = {name: values for name, values in head.meta.items() if ":" in name}
    assert not [name for name, values in told.items() if len(values) != 1 and name != "og:locale:alternate"]
    return {name: values[0] for name, values in told.items()}


def test_quote_head_has_text_and_card(client: Client, episode: Episode) -> None:
    quote = episode.quotes.get()
    Quote.objects.update(text='The <b>"Engine"</b> weaves.')
    told = og(head_of(client, quote.get_absolute_url()))
    picture = told.pop("og:image")
    assert re.fullmatch(rf"{HERE}/quotes/{quote.pk}/card\.png\?v=[0-9a-f]{{12}}", picture)
    assert client.get(picture.removeprefix(HERE)).status_code == 200
    times = {told.pop("article:published_time"), told.pop("article:modified_time")}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", moment) for moment in times)
    assert told == {
        "og:title": 'Ada: The "Engine" weaves.',
        "og:type": "article",
        "og:url": f"{HERE}{quote.get_absolute_url()}",
        "og:description": 'The "Engine" weaves.',
        "og:site_name": "Greenroom",
        "og:locale": "en_US",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": 'The "Engine" weaves. — Ada · On looms',
        "twitter:card": "summary_large_image",
    }


def test_every_page_has_required_properties(client: Client, episode: Episode) -> None:
    for name, path in factories.public_pages(episode).items():
        for address in (path, f"/en{path}"):
            told = og(head_of(client, address))
            assert {"og:title", "og:type", "og:image", "og:url", "og:image:alt", "twitter:card"} <= set(told), name
            assert told["og:url"] == f"{HERE}{address}"
            assert client.get(told["og:image"].removeprefix(HERE))["Content-Type"] == "image/png"


def test_open_graph_type_by_page(client: Client, episode: Episode) -> None:
    pages = factories.public_pages(episode)
    kinds = {name: og(head_of(client, address))["og:type"] for name, address in pages.items()}
    articles, profiles = {"episode", "quote", "prediction"}, {"speaker"}
    assert {name for name, kind in kinds.items() if kind == "article"} == articles
    assert {name for name, kind in kinds.items() if kind == "profile"} == profiles
    assert {name for name, kind in kinds.items() if kind == "website"} == set(pages) - articles - profiles


def test_second_list_page_has_own_url(client: Client, episode: Episode) -> None:
    for _number in range(31):
        factories.quote(episode)
    assert og(head_of(client, "/quotes/?page=2&q="))["og:url"] == f"{HERE}/quotes/?page=2"


def test_unreviewed_speaker_shows_no_bio_or_photo(client: Client, episode: Episode) -> None:
    ada = episode.appearances.get().speaker
    Speaker.objects.update(headline="Mathematician", photo="speakers/ada.png")
    told = og(head_of(client, ada.get_absolute_url()))
    assert told["og:image"] == f"{HERE}/card.png"
    assert "Mathematician" not in str(told)
    ada.refresh_from_db()
    transition(ada, "accepted", factories.editor())
    told = og(head_of(client, ada.get_absolute_url()))
    assert (told["og:image"], told["og:description"]) == (f"{HERE}{ada.get_absolute_url()}photo/", "Mathematician")
    assert (told["og:image:alt"], told["twitter:card"]) == ("Ada", "summary")
    assert "og:image:width" not in told


# --- translations


@pytest.fixture
def translations(episode: Episode) -> dict[str, Episode]:
    Episode.objects.update(translation_key="looms")
    chinese = factories.public_episode(language="zh-Hans", translation_key="looms", slug="zhi-bu-ji")
    factories.episode(language="zh-Hant", translation_key="looms", slug="a-draft")
    factories.public_episode(language="zh-Hant", translation_key="other")
    return {"en": episode, "zh-Hans": chinese}


@pytest.mark.parametrize("interface", ["", "/en"])
def test_translations_link_each_other(client: Client, translations: Any, interface: str) -> None:
    expected = [
        ("en", f"{HERE}{interface}/episodes/looms/"),
        ("zh-Hans", f"{HERE}{interface}/episodes/zhi-bu-ji/"),
        ("x-default", f"{HERE}{interface}/episodes/looms/"),
    ]
    locales = {"en": "en_US", "zh-Hans": "zh_CN"}
    assert set(translations) == set(locales)
    for language, address in expected[:2]:
        head = head_of(client, address.removeprefix(HERE))
        assert head.links == expected
        assert head.meta["og:locale"] == [locales[language]]
        assert head.meta["og:locale:alternate"] == [name for name in locales.values() if name != locales[language]]


def test_untranslated_page_has_no_alternates(client: Client, episode: Episode) -> None:
    for key in ("", "alone"):
        Episode.objects.update(translation_key=key)
        for path in factories.public_pages(episode).values():
            head = head_of(client, path)
            assert head.links == []
            assert "og:locale:alternate" not in head.meta


def test_same_language_is_no_translation(client: Client, translations: Any) -> None:
    factories.public_episode(language="en", translation_key="looms", slug="again")
    links = head_of(client, "/episodes/looms/").links
    assert [language for language, _address in links] == ["en", "zh-Hans", "x-default"]
    assert links[0][1] == f"{HERE}/episodes/looms/"


# --- to take along


def test_quote_page_offers_copy_and_card(client: Client, episode: Episode) -> None:
    said = {
        f"/quotes/{episode.quotes.get().pk}/": "Words as spoken.",
        f"/predictions/{episode.predictions.get().pk}/": "It will rain.",
    }
    for address, words in said.items():
        html = client.get(f"/en{address}").content.decode()
        copied = unescape(re.search(r'<button type="button"[^>]*data-copy="([^"]*)"', html)[1])
        assert copied == f"“{words}”\n— Ada · On looms\n{HERE}/en{address}"
        assert "greenroom/site/reading.js" in html
        assert re.search(rf'<a class="action" href="{address}card\.png\?v=\w+">', html)


def test_preview_has_no_metadata(client: Client, episode: Episode) -> None:
    client.force_login(factories.editor())
    html = client.get(f"/admin/episodes/episode/{episode.pk}/preview/").content.decode()
    assert "og:" not in html
    assert "ld+json" not in html
