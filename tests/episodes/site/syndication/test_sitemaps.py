"""The sitemap: structure, dates, minimum numbers, query counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from episodes.models import Decision, Episode
from episodes.site.syndication import sitemaps
from people.models import Entity
from tests import factories

pytestmark = pytest.mark.django_db

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def index(client: Client) -> dict[str, datetime]:
    """Return {section: last change}; assert the structure of the protocol."""
    answer = client.get("/sitemap.xml")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml")
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{SITEMAP}sitemapindex"
    found = {}
    for entry in root:
        assert [entry.tag, *(child.tag for child in entry)] == [
            f"{SITEMAP}sitemap",
            f"{SITEMAP}loc",
            f"{SITEMAP}lastmod",
        ]
        found[str(entry[0].text)] = datetime.fromisoformat(str(entry[1].text))
    assert len(root) == len(found)
    return {address.removeprefix("http://testserver/sitemap-"): moment for address, moment in found.items()}


def urls(client: Client, part: str) -> dict[str, tuple[datetime, dict[str, str]]]:
    """Return {path: (last change, {language: URL})}; assert the structure of the protocol."""
    answer = client.get(f"/sitemap-{part}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml")
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{SITEMAP}urlset"
    found = {}
    for entry in root:
        assert entry.tag == f"{SITEMAP}url"
        location, moment, *others = entry
        assert (location.tag, moment.tag) == (f"{SITEMAP}loc", f"{SITEMAP}lastmod")
        assert {other.tag for other in others} <= {f"{XHTML}link"}
        assert all(set(other.attrib) == {"rel", "hreflang", "href"} for other in others)
        path = str(location.text).removeprefix("http://testserver")
        alternates = {other.attrib["hreflang"]: other.attrib["href"] for other in others}
        found[path] = datetime.fromisoformat(str(moment.text)), alternates
    assert len(root) == len(found)
    return found


def library(count: int) -> list[Episode]:
    """Create public episodes with the same names."""
    ada, engine = factories.speaker("Ada"), factories.entity("Engine")
    made = []
    for _number in range(count):
        episode = factories.public_episode()
        factories.appearance(episode, ada)
        factories.mention(episode, engine)
        factories.tag(episode)
        made.append(episode)
    return made


def test_empty_site_has_no_sitemap(client: Client) -> None:
    factories.episode()
    assert client.get("/sitemap.xml").status_code == 404
    assert "Sitemap:" not in client.get("/robots.txt").content.decode()


def test_robots_txt_names_sitemap(client: Client) -> None:
    factories.public_episode()
    assert client.get("/robots.txt").content.decode().splitlines()[-1] == "Sitemap: http://testserver/sitemap.xml"


def test_section_needs_five_rows(client: Client) -> None:
    [first, *_rest] = library(2)
    for _number in range(4):
        factories.quote(first)
    assert set(index(client)) == {"episodes.xml"}
    assert client.get("/sitemap-quotes.xml").status_code == 404
    factories.quote(first)
    assert set(index(client)) == {"episodes.xml", "quotes.xml"}
    assert client.get("/sitemap-nothing.xml").status_code == 404


def test_sections_list_urls_of_pages(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(sitemaps.Part, "min_entries", 1)
    made = library(2)
    quote, prediction = factories.quote(made[0]), factories.prediction(made[0])
    speaker, entity, tag = made[0].appearances.get().speaker, made[0].mentions.get().entity, made[0].tags.get()
    assert speaker
    assert {part: set(urls(client, part)) for part in index(client)} == {
        "episodes.xml": {episode.get_absolute_url() for episode in made},
        "speakers.xml": {speaker.get_absolute_url()},
        "entities.xml": {entity.get_absolute_url()},
        "tags.xml": {tag.get_absolute_url()},
        "quotes.xml": {quote.get_absolute_url()},
        "predictions.xml": {prediction.get_absolute_url()},
    }
    assert all(client.get(path).status_code == 200 for part in index(client) for path in urls(client, part))


def test_names_with_one_episode_are_not_listed(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(sitemaps.Part, "min_entries", 1)
    library(1)
    hidden = factories.episode()
    Episode.objects.public().get().appearances.get()
    factories.appearance(hidden, Episode.objects.public().get().appearances.get().speaker)
    factories.mention(hidden, Entity.objects.get())
    factories.tag(hidden)
    assert set(index(client)) == {"episodes.xml"}
    # Two credits in one episode count once; a quote in another episode counts too.
    public, speaker = Episode.objects.public().get(), Episode.objects.public().get().appearances.get().speaker
    factories.quote(public, speaker=speaker, status="draft")
    assert set(index(client)) == {"episodes.xml"}
    factories.quote(factories.public_episode(), speaker=speaker)
    assert set(index(client)) == {"episodes.xml", "speakers.xml", "quotes.xml"}


def test_hidden_objects_are_not_listed(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(sitemaps.Part, "min_entries", 1)
    made = library(2)
    later = timezone.now() + timedelta(days=1)
    for status, moment in (("draft", None), ("withdrawn", timezone.now()), ("published", later)):
        hidden = factories.episode(status=status, published_at=moment)
        factories.quote(hidden)
        factories.prediction(hidden)
    factories.episode(revises=made[0])
    factories.quote(made[0], status="rejected", reject_code="private")
    factories.quote(made[0], status="draft")
    made[0].appearances.get().speaker.__class__.objects.update(status="rejected", reject_code="private")
    Entity.objects.update(status="rejected", reject_code="private")
    assert set(index(client)) == {"episodes.xml", "tags.xml"}
    assert set(urls(client, "episodes.xml")) == {episode.get_absolute_url() for episode in made}


def listed(client: Client, part: str) -> set[str]:
    answer = client.get(f"/sitemap-{part}.xml")
    return set(urls(client, f"{part}.xml")) if answer.status_code == 200 else set()


def test_rejected_names_are_not_listed(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(sitemaps.Part, "min_entries", 1)
    names = {}
    for status in ("draft", "accepted", "evergreen", "rejected"):
        code = {"reject_code": "private"} if status == "rejected" else {"self_verified": True}
        names[status] = (
            factories.speaker(status, status=status, **code),
            factories.entity(status, status=status, **code),
        )
    for _number in range(2):
        episode = factories.public_episode()
        for speaker, entity in names.values():
            factories.appearance(episode, speaker)
            factories.mention(episode, entity)
    kept = [pair for status, pair in names.items() if status != "rejected"]
    assert listed(client, "speakers") == {speaker.get_absolute_url() for speaker, _entity in kept}
    assert listed(client, "entities") == {entity.get_absolute_url() for _speaker, entity in kept}


@pytest.mark.parametrize("make", [factories.quote, factories.prediction])
def test_statements_count_for_speaker(client: Client, monkeypatch: Any, make: Any) -> None:
    monkeypatch.setattr(sitemaps.Part, "min_entries", 1)
    speakers = {status: factories.speaker(status) for status in ("accepted", "draft", "rejected")}
    for number in range(2):
        episode = factories.public_episode()
        for status, speaker in speakers.items():
            code = {"reject_code": "private"} if status == "rejected" else {}
            make(episode, speaker=speaker, status=status, **code)
        # Two mentions in one episode count once.
        once = factories.speaker(f"once-{number}")
        make(episode, speaker=once)
        factories.appearance(episode, once)
    assert listed(client, "speakers") == {speakers["accepted"].get_absolute_url()}


def test_rejected_mention_counts_for_no_entity(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(sitemaps.Part, "min_entries", 1)
    engine, other = factories.entity("Engine"), factories.entity("Other")
    for status in ("draft", "rejected"):
        episode = factories.public_episode()
        factories.mention(episode, engine, status=status, reject_code="private" if status == "rejected" else "")
        factories.mention(episode, other)
    assert listed(client, "entities") == {other.get_absolute_url()}


def test_date_is_last_visible_change(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(sitemaps.Part, "min_entries", 1)
    first, second = library(2)
    day = datetime(2020, 5, 1, tzinfo=UTC)
    Episode.objects.update(published_at=day, changed_at=day)
    Episode.objects.filter(pk=second.pk).update(changed_at=day + timedelta(days=2))
    # Scheduled after its last change: dated by its publication.
    Episode.objects.filter(pk=first.pk).update(published_at=day + timedelta(days=1))
    moments = {path: moment for path, (moment, _others) in urls(client, "episodes.xml").items()}
    assert moments == {
        first.get_absolute_url(): day + timedelta(days=1),
        second.get_absolute_url(): day + timedelta(days=2),
    }
    assert {moment for moment, _others in urls(client, "entities.xml").values()} == {day + timedelta(days=2)}
    assert set(index(client).values()) == {day + timedelta(days=2)}
    # The decision changes the page.
    decided = day + timedelta(days=3)
    kind = ContentType.objects.get_for_model(Entity)
    key = Entity.objects.get().pk
    Decision.objects.create(
        target_type=kind, target_id=key, from_status="draft", to_status="accepted", by=factories.editor(), at=decided
    )
    assert {moment for moment, _others in urls(client, "entities.xml").values()} == {decided}


def test_alternates_are_translations(client: Client) -> None:
    chinese = factories.public_episode(language="zh-Hans", translation_key="one")
    english = factories.public_episode(language="en", translation_key="one")
    factories.public_episode(language="zh-Hant", translation_key="one", status="withdrawn")
    factories.public_episode(language="en", translation_key="alone")
    alone = [factories.public_episode(language="en", translation_key=""), factories.public_episode(translation_key="")]
    both = {
        "zh-Hans": f"http://testserver{chinese.get_absolute_url()}",
        "en": f"http://testserver{english.get_absolute_url()}",
    }
    told = {path: others for path, (_moment, others) in urls(client, "episodes.xml").items()}
    assert {path: others for path, others in told.items() if others} == {
        chinese.get_absolute_url(): both,
        english.get_absolute_url(): both,
    }
    assert len(told) == 3 + len(alone)


def test_long_sections_are_paginated(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(sitemaps.Part, "limit", 3)
    made = library(5)
    assert set(index(client)) == {"episodes.xml", "episodes.xml?p=2"}
    pages = [set(urls(client, f"episodes.xml?p={number}")) for number in (1, 2)]
    assert [len(page) for page in pages] == [3, 2]
    assert pages[0] | pages[1] == {episode.get_absolute_url() for episode in made}
    assert client.get("/sitemap-episodes.xml?p=3").status_code == 404


def test_file_respects_protocol_limit() -> None:
    assert sitemaps.PAGE_SIZE <= 5_000


@pytest.mark.parametrize("address", ["/sitemap.xml", "/sitemap-episodes.xml", "/robots.txt", "/llms.txt"])
def test_sitemap_answers_not_modified_without_cookies(client: Client, address: str) -> None:
    factories.public_episode()
    client.force_login(factories.editor())
    answer = client.get(address)
    assert answer.status_code == 200
    assert not answer.cookies
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert client.head(address).content == b""
    assert client.post(address).status_code == 405
    if "Last-Modified" in answer:
        assert client.get(address, headers={"If-Modified-Since": answer["Last-Modified"]}).status_code == 304


# Expect 1 query for a 304, and 5 for a section: site state, whether counts are stored, count, rows, translations.
def test_not_modified_costs_one_query(client: Client, django_assert_num_queries: Any) -> None:
    for language in ("zh-Hans", "en"):
        factories.public_episode(language=language, translation_key="one")
    with django_assert_num_queries(5):
        answer = client.get("/sitemap-episodes.xml")
    for address in ("/sitemap.xml", "/sitemap-episodes.xml"):
        with django_assert_num_queries(1):
            client.get(address, headers={"If-Modified-Since": answer["Last-Modified"]})
