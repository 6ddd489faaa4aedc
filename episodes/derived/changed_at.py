"""The date of an episode's last change. What is public loses its stored pages with it."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from episodes.derived.passages import store_names
from episodes.derived.public_changes import SEEN_STATUSES, forget
from episodes.models import Episode
from people.models import Entity, Speaker


def touch(episode: Episode) -> None:
    """Set `changed_at` to now, and drop the stored pages that show the episode if it is or was just public."""
    set_changed(episode)
    public_change(episode)


def set_changed(episode: Episode) -> None:
    """Set `changed_at` to now. The caller drops the stored pages."""
    episode.changed_at = timezone.now()
    Episode.objects.filter(pk=episode.pk).update(changed_at=episode.changed_at)


def public_change(episode: Episode, *, relations: bool = False, same_names: bool = False) -> None:
    """Drop the stored pages that show the episode, see `forget`. Nothing happens for one that has no public page."""
    if episode.status in SEEN_STATUSES and not episode.revises_id:
        forget([episode.pk], relations=relations, same_names=same_names)


def touch_public(episodes: QuerySet[Episode]) -> None:
    """Set `changed_at` of the public ones among these episodes: a name or a tag that they show has changed.

    Search finds all of them by their new names.
    """
    store_names(episodes)
    public = Episode.objects.filter(status__in=Episode.PUBLIC_STATUSES, revises__isnull=True)
    keys = sorted(public.filter(pk__in=episodes.order_by().values("pk")).values_list("pk", flat=True))
    Episode.objects.public().filter(pk__in=keys).update(changed_at=timezone.now())
    forget(keys)


def episodes_naming(named: Speaker | Entity) -> QuerySet[Episode]:
    """Return the episodes that credit or quote a speaker, or mention an entity."""
    if isinstance(named, Entity):
        return Episode.objects.filter(mentions__entity=named)
    credited = Q(appearances__speaker=named) | Q(quotes__speaker=named) | Q(predictions__speaker=named)
    return Episode.objects.filter(credited)
