"""Related episodes by rarely mentioned entities."""

import pytest
from django.test import Client

from episodes.models import Episode
from episodes.site.contexts.related import related_to
from people.models import Entity
from tests import factories

pytestmark = pytest.mark.django_db


def about(*entities: Entity, **fields: object) -> Episode:
    made = factories.public_episode(**fields)
    for entity in entities:
        factories.mention(made, entity)
    return made


def found(episode: Episode) -> list[tuple[str, list[str]]]:
    return [(other.title, [name for name, _slug in other.shared]) for other in related_to(episode)]


def test_related_episodes_are_sorted_by_closeness() -> None:
    rare, common, other = factories.entity("Rare"), factories.entity("Common"), factories.entity("Other")
    episode = about(rare, common, other)
    about(rare, common, title="Close")
    about(common, title="One of many")
    about(common, title="Another of many")
    about(other, common, title="Near")
    about(other, title="Distant")
    assert found(episode) == [
        ("Close", ["Rare", "Common"]),
        ("Near", ["Other", "Common"]),
        ("Distant", ["Other"]),
    ]


def test_hidden_episodes_are_not_related(client: Client) -> None:
    shown, hidden, rejected = (
        factories.entity("Shown"),
        factories.entity("Hidden", status="rejected", reject_code="private"),
        factories.entity("No"),
    )
    episode = about(shown, hidden, rejected)
    factories.mention(factories.episode(title="A draft"), shown)
    about(hidden, title="By a rejected entity")
    other = about(title="By a rejected mention")
    factories.mention(other, rejected, status="rejected", reject_code="private")
    assert found(episode) == []
    assert 'id="related"' not in client.get(episode.get_absolute_url()).content.decode()


def test_no_mentions_make_one_query(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert related_to(Episode(pk=0)) == []
