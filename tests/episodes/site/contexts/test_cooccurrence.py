"""Co-occurring names and the parts of speaker pages."""

from typing import Any

import pytest
from django.test import Client

from episodes.models import Episode
from people.models import Entity, Speaker
from tests import factories

pytestmark = pytest.mark.django_db


def context(client: Client, thing: Speaker | Entity) -> Any:
    return client.get(thing.get_absolute_url()).context


def together(episodes: list[Episode], *names: Speaker | Entity) -> None:
    for made in episodes:
        for name in names:
            if isinstance(name, Speaker):
                factories.appearance(made, name)
            else:
                factories.mention(made, name)


@pytest.fixture
def public() -> list[Episode]:
    return [factories.public_episode(title=f"{year}", aired_on=f"{year}-01-01") for year in range(2001, 2006)]


@pytest.fixture
def hidden() -> list[Episode]:
    return [factories.episode() for _number in range(3)]


def test_speaker_lists_people_with_shared_episodes(client: Client, public, hidden) -> None:
    ada, bob, eve, dan = (factories.speaker(name) for name in ("Ada", "Bob", "Eve", "Dan"))
    channel = factories.speaker("Channel", kind="channel")
    rejected = factories.speaker("No", status="rejected", reject_code="duplicate")
    together(public, ada, channel, rejected)
    together(public[:4], bob)
    together(public[:3], eve)
    together(public[:2], dan)
    together(hidden, ada, dan, eve)
    factories.appearance(public[0], bob, role="host")
    found = [(one.name, one.shared) for one in context(client, ada)["appears_with"]]
    assert found == [("Bob", 4), ("Eve", 3)]
    assert context(client, dan)["appears_with"] == []


def test_entity_lists_entities_with_shared_episodes(client: Client, public, hidden) -> None:
    engine, loom, card, punch = (factories.entity(name) for name in ("Engine", "Loom", "Card", "Punch"))
    rejected = factories.entity("No", status="rejected", reject_code="trivial")
    together(public, engine, rejected)
    together(public[:4], loom)
    together(public[:3], card)
    together(public[:2], punch)
    together(hidden, engine, punch, card)
    factories.mention(public[3], card, status="rejected", reject_code="trivial")
    factories.mention(public[0], loom, listed_as="again")
    page = context(client, engine)
    assert page["mentioned_with"] == [("Loom", loom.slug, "other", 4), ("Card", card.slug, "other", 3)]
    assert context(client, punch)["mentioned_with"] == []
    html = client.get(engine.get_absolute_url()).content.decode()
    assert '<ol class="cooccurrence-list">' in html
    assert loom.get_absolute_url() in html


def test_entity_lists_people_who_mention_it(client: Client, public, hidden) -> None:
    engine, ada, bob = factories.entity("Engine"), factories.speaker("Ada"), factories.speaker("Bob")
    together(public[:3], engine)
    together(public[:1], bob)
    together(public, ada)
    together(hidden, engine, bob)
    assert [(one.name, one.shared) for one in context(client, engine)["mentioned_by"]] == [("Ada", 3), ("Bob", 1)]


def test_speaker_lists_mentions_by_others(client: Client, public, hidden) -> None:
    ada = factories.speaker("Ada", entity=factories.entity("Ada", kind="person"))
    together(public[:2], ada)
    together([*public[1:4], *hidden], ada.entity)
    page = context(client, ada)
    assert [row.title for row in page["page_obj"]] == ["2002", "2001"]
    assert [row.title for row in page["mentioned_by_others"]] == ["2004", "2003"]
    assert page["mentioned_by_others"][0].total == 2
    Entity.objects.update(status="rejected", reject_code="trivial")
    assert context(client, ada)["mentioned_by_others"] == []
    assert 'id="mentioned"' not in client.get(ada.get_absolute_url()).content.decode()


def test_speaker_page_shows_numbers(client: Client, public, hidden) -> None:
    ada = factories.speaker("Ada")
    together(public[:2], ada)
    for made in (public[0], public[4], hidden[0]):
        factories.quote(made, speaker=ada)
    factories.quote(public[3], speaker=ada, status="draft")
    factories.prediction(public[1], speaker=ada)
    html = " ".join(client.get(f"/en{ada.get_absolute_url()}").content.decode().split())
    facts = html[html.index('<p class="metadata">') :].split("</p>")[0]
    for words in ("3 episodes", "2 quotes", "1 prediction", "2001–2005"):
        assert words in facts
    assert "predictions" not in facts


def test_channel_page_filters_episodes(client: Client, public, hidden) -> None:
    channel, ada = factories.speaker("Channel", kind="channel"), factories.speaker("Ada")
    together([*public[:4], *hidden], channel)
    together([*public[3:], *hidden], ada)
    page = context(client, channel)
    assert [row.title for row in page["page_obj"]] == ["2004", "2003", "2002", "2001"]
    choices = page["filterset"].form.fields["speaker"].widget.choices[1:]
    assert choices == [(ada.slug, "Ada (1)"), (channel.slug, "Channel (4)")]
    narrowed = client.get(f"{channel.get_absolute_url()}?speaker={ada.slug}")
    assert [row.title for row in narrowed.context["page_obj"]] == ["2004"]
    assert '<meta name="robots" content="noindex">' not in narrowed.content.decode()
    empty = client.get(f"{channel.get_absolute_url()}?year=1900").content.decode()
    assert 'class="empty-state"' in empty
    assert "filterset" not in context(client, ada) or context(client, ada)["filterset"] is None
