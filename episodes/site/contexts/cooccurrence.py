"""Speakers and entities that occur in the same public episodes. One grouped query per function."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Count, Max, Min, QuerySet, Value, Window

from episodes.bases.prepared import Prepared
from episodes.models import Appearance, Episode, Mention, Prediction, Quote
from people.models import Entity, Speaker, entity_not_rejected, speaker_not_rejected

# Fewer shared episodes may be chance.
MIN_SHARED_EPISODES = 3
MAX_PEOPLE, MAX_ENTITIES = 12, 24
# Episodes that mention a speaker on the speaker's page; the rest is on the entity's page.
MAX_MENTIONING_EPISODES = 20


class Cooccurrence(NamedTuple):
    """A name and the number of episodes shared with it."""

    name: str
    slug: str
    kind: str
    shared: int


def _ranked(rows: QuerySet, name: str, fewest: int, most: int) -> QuerySet:
    columns = (f"{name}__name", f"{name}__slug", f"{name}__kind")
    counted = rows.order_by().values_list(*columns).annotate(n=Count("episode", distinct=True))
    return counted.filter(n__gte=fewest).order_by("-n", columns[0], columns[1])[:most]


def _people_in(episodes: QuerySet) -> QuerySet[Appearance]:
    """Return credited persons. Channels are left out: they share episodes with everybody."""
    people = Appearance.objects.filter(speaker_not_rejected(), speaker__kind=Speaker.Kind.PERSON)
    return people.filter(episode__in=episodes)


def _appears_with(speaker: int) -> QuerySet:
    own = Appearance.objects.public().filter(speaker=speaker).order_by().values("episode")
    return _ranked(_people_in(own).exclude(speaker=speaker), "speaker", MIN_SHARED_EPISODES, MAX_PEOPLE)


def _mentioning(entity: int) -> QuerySet:
    return Mention.objects.public().filter(entity=entity).order_by().values("episode")


def _mentioned_by(entity: int) -> QuerySet:
    return _ranked(_people_in(_mentioning(entity)), "speaker", 1, MAX_PEOPLE)


def _mentioned_with(entity: int) -> QuerySet:
    others = Mention.objects.shown().filter(entity_not_rejected(), episode__in=_mentioning(entity))
    return _ranked(others.exclude(entity=entity), "entity", MIN_SHARED_EPISODES, MAX_ENTITIES)


_APPEARS_WITH = Prepared(_appears_with, speaker=int)
_MENTIONED_BY = Prepared(_mentioned_by, entity=int)
_MENTIONED_WITH = Prepared(_mentioned_with, entity=int)


def appears_with(speaker: Speaker) -> list[Cooccurrence]:
    """Return the persons most often credited in the same episodes as the speaker."""
    return [Cooccurrence(*row) for row in _APPEARS_WITH.rows(speaker=speaker.pk)]


def mentioned_by(entity: Entity) -> list[Cooccurrence]:
    """Return the persons most often credited in episodes that mention the entity."""
    return [Cooccurrence(*row) for row in _MENTIONED_BY.rows(entity=entity.pk)]


def mentioned_with(entity: Entity) -> list[Cooccurrence]:
    """Return the entities most often mentioned in the same episodes."""
    return [Cooccurrence(*row) for row in _MENTIONED_WITH.rows(entity=entity.pk)]


# --- episodes of a speaker


def episodes_of(speaker: Speaker | int) -> QuerySet[Episode]:
    """Return the public episodes that credit or quote the speaker or hold one of their predictions."""
    appeared = Appearance.objects.filter(speaker=speaker).order_by().values("episode")
    said = [model.objects.shown().filter(speaker=speaker).order_by().values("episode") for model in (Quote, Prediction)]
    return Episode.objects.public_checked().filter(pk__in=appeared.union(*said))


def _stats(speaker: int) -> QuerySet:
    alone = episodes_of(speaker).order_by().annotate(every=Value(1)).values("every")
    return alone.annotate(n=Count("pk"), first=Min("aired_on"), last=Max("aired_on")).values("n", "first", "last")


_STATS = Prepared(_stats, speaker=int)


def episode_stats(speaker: Speaker) -> dict[str, Any]:
    """Return number, first and last day of `episodes_of`. One query."""
    return _STATS.first(speaker=speaker.pk) or {"n": 0, "first": None, "last": None}


def mentioned_by_others(speaker: int, entity: int) -> QuerySet[Episode]:
    """Return the public episodes that mention the speaker (as `entity`) without crediting them."""
    mentions = Mention.objects.public().filter(entity_not_rejected(), entity=entity)
    credited: Any = Appearance.objects.filter(speaker=speaker).values("episode")
    return Episode.objects.public().filter(pk__in=mentions.order_by().values("episode")).exclude(pk__in=credited)


def _newest_mentions(speaker: int, entity: int) -> QuerySet[Episode]:
    rows = mentioned_by_others(speaker, entity).annotate(total=Window(Count("pk")))
    return rows.only("title", "slug", "language", "aired_on")[:MAX_MENTIONING_EPISODES]


_NEWEST_MENTIONS = Prepared(_newest_mentions, speaker=int, entity=int)


def newest_mentions(speaker: Speaker) -> list[Episode]:
    """Return the newest episodes that mention the speaker without crediting them, each with `total`. One query."""
    if speaker.entity_id is None:
        return []
    return _NEWEST_MENTIONS.rows(speaker=speaker.pk, entity=speaker.entity_id)
