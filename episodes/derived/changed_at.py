"""The date of an episode's last change, from which its page's Last-Modified is taken."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from episodes.derived.passages import store_names
from episodes.models import Episode
from people.models import Entity, Speaker


def touch(episode: Episode) -> None:
    """Set `changed_at` to now, from which the page's Last-Modified is taken."""
    episode.changed_at = timezone.now()
    Episode.objects.filter(pk=episode.pk).update(changed_at=episode.changed_at)


def touch_public(episodes: QuerySet[Episode]) -> None:
    """Set `changed_at` of the public ones among these episodes: a name or a tag that they show has changed.

    Search finds all of them by their new names.
    """
    store_names(episodes)
    Episode.objects.public().filter(pk__in=episodes.order_by().values("pk")).update(changed_at=timezone.now())


def episodes_naming(named: Speaker | Entity) -> QuerySet[Episode]:
    """Return the episodes that credit or quote a speaker, or mention an entity."""
    if isinstance(named, Entity):
        return Episode.objects.filter(mentions__entity=named)
    credited = Q(appearances__speaker=named) | Q(quotes__speaker=named) | Q(predictions__speaker=named)
    return Episode.objects.filter(credited)
