"""Who and what occurs together in public episodes. Each answer is one grouped query."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from episodes.models import Appearance, Episode, Mention, Prediction, Quote
from people.models import Entity, Speaker, entity_not_rejected, speaker_not_rejected

# From three shared episodes on it is company; two may be chance.
SHARED = 3
MOST_PEOPLE, MOST_THINGS = 12, 24


class Cooccurrence(NamedTuple):
    """A name beside which something occurs, and in how many episodes."""

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
    """Credited people; channels stand beside everybody and say nothing."""
    people = Appearance.objects.filter(speaker_not_rejected(), speaker__kind=Speaker.Kind.PERSON)
    return people.filter(episode__in=episodes)


def seen_with(speaker: Speaker) -> list[Cooccurrence]:
    """The people most often in the same episodes as the speaker."""
    own = Appearance.objects.public().filter(speaker=speaker).order_by().values("episode")
    return _ranked(_people_in(own).exclude(speaker=speaker), "speaker", SHARED, MOST_PEOPLE)


def _mentioning(entity: Entity) -> QuerySet:
    return Mention.objects.public().filter(entity=entity).order_by().values("episode")


def talked_about_by(entity: Entity) -> list[Cooccurrence]:
    """The people credited most often where the entity is mentioned."""
    return _ranked(_people_in(_mentioning(entity)), "speaker", 1, MOST_PEOPLE)


def mentioned_with(entity: Entity) -> list[Cooccurrence]:
    """The entities most often mentioned in the same episodes."""
    others = Mention.objects.shown().filter(entity_not_rejected(), episode__in=_mentioning(entity))
    return _ranked(others.exclude(entity=entity), "entity", SHARED, MOST_THINGS)


def episodes_of(speaker: Speaker) -> QuerySet[Episode]:
    """The public episodes that credit or quote the speaker, or hold a prediction."""
    appeared = Appearance.objects.public().filter(speaker=speaker).order_by().values("episode")
    said = [
        model.objects.public().filter(speaker=speaker).order_by().values("episode") for model in (Quote, Prediction)
    ]
    return Episode.objects.public().filter(Q(pk__in=appeared) | Q(pk__in=said[0]) | Q(pk__in=said[1]))


def talked_of(speaker: Speaker) -> QuerySet[Episode]:
    """The public episodes that mention the speaker, who is not credited there."""
    mentions = Mention.objects.public().filter(entity_not_rejected(), entity=speaker.entity_id)
    credited: Any = Appearance.objects.filter(speaker=speaker).values("episode")
    return Episode.objects.public().filter(pk__in=mentions.order_by().values("episode")).exclude(pk__in=credited)
