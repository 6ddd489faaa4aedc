"""Speakers and entities that occur in the same public episodes. One grouped query per function."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from episodes.models import Appearance, Episode, Mention, Prediction, Quote
from people.models import Entity, Speaker, entity_not_rejected, speaker_not_rejected

# Fewer shared episodes may be chance.
MIN_SHARED_EPISODES = 3
MAX_PEOPLE, MAX_ENTITIES = 12, 24


class Cooccurrence(NamedTuple):
    """A name and the number of episodes shared with it."""

    name: str
    slug: str
    kind: str
    shared: int


def _ranked(rows: QuerySet, name: str, fewest: int, most: int) -> list[Cooccurrence]:
    columns = (f"{name}__name", f"{name}__slug", f"{name}__kind")
    counted = rows.order_by().values_list(*columns).annotate(n=Count("episode", distinct=True))
    ranked = counted.filter(n__gte=fewest).order_by("-n", columns[0], columns[1])[:most]
    return [Cooccurrence(*row) for row in ranked]


def _people_in(episodes: QuerySet) -> QuerySet[Appearance]:
    """Return credited persons. Channels are left out: they share episodes with everybody."""
    people = Appearance.objects.filter(speaker_not_rejected(), speaker__kind=Speaker.Kind.PERSON)
    return people.filter(episode__in=episodes)


def appears_with(speaker: Speaker) -> list[Cooccurrence]:
    """Return the persons most often credited in the same episodes as the speaker."""
    own = Appearance.objects.public().filter(speaker=speaker).order_by().values("episode")
    return _ranked(_people_in(own).exclude(speaker=speaker), "speaker", MIN_SHARED_EPISODES, MAX_PEOPLE)


def _mentioning(entity: Entity) -> QuerySet:
    return Mention.objects.public().filter(entity=entity).order_by().values("episode")


def mentioned_by(entity: Entity) -> list[Cooccurrence]:
    """Return the persons most often credited in episodes that mention the entity."""
    return _ranked(_people_in(_mentioning(entity)), "speaker", 1, MAX_PEOPLE)


def mentioned_with(entity: Entity) -> list[Cooccurrence]:
    """Return the entities most often mentioned in the same episodes."""
    others = Mention.objects.shown().filter(entity_not_rejected(), episode__in=_mentioning(entity))
    return _ranked(others.exclude(entity=entity), "entity", MIN_SHARED_EPISODES, MAX_ENTITIES)


def episodes_of(speaker: Speaker) -> QuerySet[Episode]:
    """Return the public episodes that credit or quote the speaker or hold one of their predictions."""
    appeared = Appearance.objects.public().filter(speaker=speaker).order_by().values("episode")
    statements = [
        model.objects.public().filter(speaker=speaker).order_by().values("episode") for model in (Quote, Prediction)
    ]
    return Episode.objects.public().filter(Q(pk__in=appeared) | Q(pk__in=statements[0]) | Q(pk__in=statements[1]))


def mentioned_by_others(speaker: Speaker) -> QuerySet[Episode]:
    """Return the public episodes that mention the speaker without crediting them."""
    mentions = Mention.objects.public().filter(entity_not_rejected(), entity=speaker.entity_id)
    credited: Any = Appearance.objects.filter(speaker=speaker).values("episode")
    return Episode.objects.public().filter(pk__in=mentions.order_by().values("episode")).exclude(pk__in=credited)
