"""Speakers and entities: who is listed, how they are counted, what stands on their page."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from episodes.site.pages.base import PAGE_SIZE
from episodes.site.pages.people import MAX_STATEMENTS
from people.models import Alias, Entity, Speaker
from tests import factories

pytestmark = pytest.mark.django_db


def listed(client: Client, name: str, query: str = "") -> list[tuple[str, int]]:
    return [(row.name, row.episode_count) for row in client.get(f"{reverse(name)}?{query}").context["page_obj"]]


def body(client: Client, thing: Speaker | Entity) -> str:
    return client.get(thing.get_absolute_url()).content.decode()


# --- speakers


def test_speakers_are_sorted_by_episodes(client: Client) -> None:
    one, two = factories.public_episode(), factories.public_episode()
    ada, bob, eve = (factories.speaker(name) for name in ("Ada", "Bob", "Eve"))
    for made, who in [(one, bob), (two, bob), (one, ada), (two, eve)]:
        factories.appearance(made, who)
    for _number in range(3):
        factories.appearance(factories.episode(), ada)
    assert listed(client, "speaker_list") == [("Bob", 2), ("Ada", 1), ("Eve", 1)]


def test_double_credit_counts_one_episode(client: Client) -> None:
    made, ada = factories.public_episode(), factories.speaker("Ada")
    factories.appearance(made, ada, role="host")
    factories.appearance(made, ada, role="narrator")
    assert listed(client, "speaker_list") == [("Ada", 1)]
    assert client.get(ada.get_absolute_url()).context["paginator"].count == 1


def test_quoted_speaker_has_page(client: Client) -> None:
    made, ada = factories.public_episode(), factories.speaker("Ada")
    quote = factories.quote(made, speaker=ada)
    assert listed(client, "speaker_list") == [("Ada", 0)]
    html = body(client, ada)
    assert quote.text in html
    assert 'class="cards"' not in html


def test_speaker_page_separates_parts(client: Client) -> None:
    made, ada, bob = factories.public_episode(title="Appeared here"), factories.speaker("Ada"), factories.speaker("Bob")
    factories.appearance(made, ada)
    factories.quote(made, speaker=ada, text="Hers.")
    factories.quote(made, speaker=bob, text="His.")
    factories.prediction(made, speaker=ada, words="Her guess.")
    page = client.get(ada.get_absolute_url())
    assert [row.title for row in page.context["page_obj"]] == ["Appeared here"]
    assert [row.text for row in page.context["quotes"]] == ["Hers."]
    assert [row.words for row in page.context["predictions"]] == ["Her guess."]


def test_empty_speaker_parts_are_left_out(client: Client) -> None:
    made, ada = factories.public_episode(), factories.speaker("Ada")
    factories.appearance(made, ada)
    html = body(client, ada)
    assert 'id="quotes"' not in html
    assert 'id="predictions"' not in html


def test_many_quotes_link_to_list(client: Client) -> None:
    made, ada = factories.public_episode(), factories.speaker("Ada")
    for number in range(MAX_STATEMENTS + 1):
        factories.quote(made, speaker=ada, text=f"Quote {number}.")
    html = body(client, ada)
    assert html.count("<blockquote") == MAX_STATEMENTS
    assert f'href="/quotes/?speaker={ada.slug}"' in html


def test_speaker_episodes_are_paginated(client: Client) -> None:
    ada = factories.speaker("Ada")
    for _number in range(PAGE_SIZE + 1):
        factories.appearance(factories.public_episode(), ada)
    assert len(client.get(ada.get_absolute_url()).context["page_obj"]) == PAGE_SIZE
    assert len(client.get(f"{ada.get_absolute_url()}?page=2").context["page_obj"]) == 1
    assert client.get(f"{ada.get_absolute_url()}?page=3").status_code == 404


def test_accepted_speaker_shows_bio(client: Client) -> None:
    ada = factories.speaker("Ada", status="accepted", bio="Wrote **notes**.", headline="Mathematician")
    ada.links = ["https://example.org/ada", "javascript:alert(1)", {"a": 1}, None, "x"]
    ada.save()
    Alias.objects.create(name="A. A. L.", speaker=ada)
    factories.appearance(factories.public_episode(), ada)
    html = body(client, ada)
    assert "<b>notes</b>" in html
    assert "Mathematician" in html
    assert "A. A. L." in html
    assert "javascript:" not in html
    assert re.findall(r'href="(https?://example[^"]+)"', html) == ["https://example.org/ada"]


@pytest.mark.parametrize("links", [None, "https://example.org", {"a": "https://example.org"}, 3])
def test_malformed_links_are_ignored(client: Client, links: object) -> None:
    ada = factories.speaker("Ada", status="accepted", links=links if links is not None else [])
    factories.appearance(factories.public_episode(), ada)
    assert "example.org" not in body(client, ada)


# --- entities


def test_entities_are_sorted_by_mentions(client: Client) -> None:
    one, two = factories.public_episode(), factories.public_episode()
    loom, engine = factories.entity("Loom"), factories.entity("Engine")
    for made, what in [(one, loom), (two, loom), (one, engine)]:
        factories.mention(made, what)
    factories.mention(one, loom, listed_as="again")
    factories.mention(two, engine, status="rejected", reject_code="trivial")
    factories.mention(factories.episode(), engine)
    assert listed(client, "entity_list") == [("Loom", 2), ("Engine", 1)]


def test_entity_page_lists_episodes(client: Client) -> None:
    engine = factories.entity("Engine", status="accepted", summary="A **machine**.")
    Alias.objects.create(name="Analytical Engine", entity=engine)
    for title, status in [("shown", "draft"), ("rejected", "rejected")]:
        code = {"reject_code": "trivial"} if status == "rejected" else {}
        factories.mention(factories.public_episode(title=title), engine, status=status, **code)
    factories.mention(factories.episode(title="hidden"), engine)
    page = client.get(engine.get_absolute_url())
    assert [row.title for row in page.context["page_obj"]] == ["shown"]
    html = page.content.decode()
    assert "<b>machine</b>" in html
    assert "Analytical Engine" in html


def test_entity_links_to_its_speaker(client: Client) -> None:
    made, who = factories.public_episode(), factories.entity("Ada", kind="person")
    factories.mention(made, who)
    ada = factories.speaker("Ada", entity=who)
    assert ada.get_absolute_url() not in body(client, who)
    factories.appearance(made, ada)
    assert ada.get_absolute_url() in body(client, who)


# --- finding a name


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=lov", {"Ada Lovelace"}), ("q=countess", {"Ada Lovelace"}), ("q=bob", {"Bob"}), ("q=%00", set())],
)
def test_names_are_found_by_part_or_alias(client: Client, query: str, found: set[str]) -> None:
    made = factories.public_episode()
    for model, name, kind in [
        (factories.speaker, "speaker", "speaker_list"),
        (factories.entity, "entity", "entity_list"),
    ]:
        ada, bob = model("Ada Lovelace"), model("Bob")
        Alias.objects.create(name="Countess", **{name: ada})
        for thing in (ada, bob):
            if name == "speaker":
                factories.appearance(made, thing)
            else:
                factories.mention(made, thing)
        assert {row for row, _count in listed(client, kind, query)} == found


def test_entities_filter_by_kind(client: Client) -> None:
    made = factories.public_episode()
    for name, kind in [("Ada", "person"), ("Engine", "product")]:
        factories.mention(made, factories.entity(name, kind=kind))
    assert listed(client, "entity_list", "kind=person") == [("Ada", 1)]
    assert listed(client, "entity_list", "kind=nonsense") == []
