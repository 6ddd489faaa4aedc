"""Drop the stored pages that a change alters, in the transaction of the change.

Every writer of something public calls `forget` or `forget_all`, through `derived.touch`, `touch_public`,
`published_state` and the lock on a public episode. Work on drafts changes nothing here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import Count, F
from django.dispatch import Signal
from django.utils import timezone

from episodes.bases.page_dependencies import ENTITY, EPISODE, SERIES, SPEAKER, TAG, page_key
from episodes.models import (
    Appearance,
    Episode,
    Mention,
    Prediction,
    PublicKeys,
    Quote,
    SiteRevision,
    StoredPage,
    StoredPageKey,
    TaggedEpisode,
)

# Sent with `addresses` in the transaction that drops them.
pages_dropped = Signal()
# Episodes with a page: a withdrawn one gives the reason.
SEEN_STATUSES = (*Episode.PUBLIC_STATUSES, Episode.Status.WITHDRAWN)
# Public episodes up to which an entity relates those that mention it.
RARE = 40
# Episodes and addresses per query.
CHUNK = 500


def forget(keys: Iterable[int], *, relations: bool = False, same_names: bool = False) -> None:
    """Raise the revision and drop the stored pages of these episodes and of everything that they name.

    keys: of episodes that are, were or become public. A name that an episode no longer has counts too. relations: drop
    the pages of related episodes as well, because these appeared, vanished or mention other entities. same_names: no
    row with a name was added, removed or renamed, as in a decision; saves seven queries.
    """
    episodes = list(keys)
    if not episodes:
        return
    # First, so that a page that is being stored is either committed before the deletion below, or refused.
    _raise_revision()
    for begin in range(0, len(episodes), CHUNK):
        chunk = episodes[begin : begin + CHUNK]
        named = _stored_keys(chunk) if same_names else None
        _forget_pages((named or _renewed_keys(chunk)) | (_related_keys(chunk) if relations else set()))


def forget_all() -> None:
    """Raise the revision, drop every stored page and renew all keys, after a change of unknown extent."""
    _raise_revision()
    StoredPage.objects.all().delete()
    StoredPageKey.objects.all().delete()
    seen = Episode.objects.filter(status__in=SEEN_STATUSES, revises__isnull=True).order_by("pk")
    episodes = list(seen.values_list("pk", flat=True))
    for begin in range(0, len(episodes), CHUNK):
        _renewed_keys(episodes[begin : begin + CHUNK])


def begin_revisions(using: str, **kwargs: Any) -> None:
    """Create the state of a site that has none, after `migrate`: its public episodes need their keys."""
    migrated = using == DEFAULT_DB_ALIAS and SiteRevision._meta.db_table in connection.introspection.table_names()
    if migrated and not SiteRevision.objects.exists():
        with transaction.atomic():
            forget_all()


def shown_keys(episodes: Iterable[int]) -> dict[int, set[str]]:
    """Return the keys of everything that each episode names, rejected or not. Seven queries."""
    keys: dict[int, set[str]] = defaultdict(set)
    for rows in (_own_keys, _translations, _credited, _mentioned, _tagged):
        for episode, kind, name in rows(list(episodes)):
            if name:
                keys[episode].add(page_key(kind, name))
    return keys


Rows = Iterator[tuple[int, str, str]]


def _own_keys(episodes: list[int]) -> Rows:
    for key, slug, series in Episode.objects.filter(pk__in=episodes).order_by().values_list("pk", "slug", "series"):
        yield key, EPISODE, slug
        yield key, SERIES, series


def _translations(episodes: list[int]) -> Rows:
    """Yield the other episodes that name this one as their translation."""
    translated = Episode.objects.filter(pk__in=episodes).exclude(translation_key="").order_by()
    groups: dict[str, list[int]] = defaultdict(list)
    for key, group in translated.values_list("pk", "translation_key"):
        groups[group].append(key)
    others = Episode.objects.filter(translation_key__in=groups).order_by() if groups else Episode.objects.none()
    for group, slug in others.values_list("translation_key", "slug"):
        yield from ((key, EPISODE, slug) for key in groups[group])


def _credited(episodes: list[int]) -> Rows:
    for model in (Appearance, Quote, Prediction):
        named = model._default_manager.filter(episode__in=episodes, speaker__isnull=False).order_by()
        for key, speaker, entity in named.values_list("episode", "speaker__slug", "speaker__entity__slug").distinct():
            yield key, SPEAKER, speaker
            # The page of a topic names its speaker.
            yield key, ENTITY, entity


def _mentioned(episodes: list[int]) -> Rows:
    mentions = Mention.objects.filter(episode__in=episodes).order_by()
    for key, entity, speaker in mentions.values_list("episode", "entity__slug", "entity__speaker__slug").distinct():
        yield key, ENTITY, entity
        # The page of a speaker lists the episodes of others that mention them.
        yield key, SPEAKER, speaker


def _tagged(episodes: list[int]) -> Rows:
    tagged = TaggedEpisode.objects.filter(content_object__in=episodes).order_by()
    yield from ((key, TAG, tag) for key, tag in tagged.values_list("content_object", "tag__slug"))


def _related_keys(episodes: list[int]) -> set[str]:
    """Return the keys of episodes that mention an entity with these which few others mention."""
    entities = Mention.objects.filter(episode__in=episodes).order_by().values("entity")
    public = Mention.objects.public().filter(entity__in=entities).order_by()
    counted = public.values("entity").annotate(n=Count("episode", distinct=True))
    # One more than relates episodes: with these it may just have become too common.
    rare = [row["entity"] for row in counted if row["n"] <= RARE + 1]
    related = Episode.objects.filter(mentions__entity__in=rare).order_by().values_list("slug", flat=True).distinct()
    return {page_key(EPISODE, slug) for slug in related}


def _raise_revision() -> None:
    changes = {"changed_at": timezone.now(), "sections": None, "details": None}
    if not SiteRevision.objects.filter(pk=SiteRevision.KEY).update(revision=F("revision") + 1, **changes):
        SiteRevision.objects.create(pk=SiteRevision.KEY, **changes)


def _stored_keys(episodes: list[int]) -> set[str] | None:
    """Return the stored keys, or None if an episode has none."""
    stored = list(PublicKeys.objects.filter(pk__in=episodes).values_list("keys", flat=True))
    return {name for text in stored for name in text.split("\n")} if len(stored) == len(episodes) else None


def _renewed_keys(episodes: list[int]) -> set[str]:
    """Return the keys of before and of now, and store those of now."""
    before = dict(PublicKeys.objects.filter(pk__in=episodes).values_list("pk", "keys"))
    now = shown_keys(episodes)
    stored = {key: "\n".join(sorted(names)) for key, names in now.items()}
    changed = [PublicKeys(episode_id=key, keys=text) for key, text in stored.items() if before.get(key) != text]
    PublicKeys.objects.bulk_create(changed, update_conflicts=True, unique_fields=["episode"], update_fields=["keys"])
    return {name for text in before.values() for name in text.split("\n")}.union(*now.values())


def _forget_pages(keys: set[str]) -> None:
    ordered = sorted(keys)
    for begin in range(0, len(ordered), CHUNK):
        shown = StoredPageKey.objects.filter(key__in=ordered[begin : begin + CHUNK])
        addresses = sorted(set(shown.values_list("address", flat=True)))
        if addresses:
            delete_pages(addresses)
            pages_dropped.send(StoredPage, addresses=addresses)


def delete_pages(addresses: list[str]) -> None:
    """Delete the stored pages of these addresses with their keys."""
    for begin in range(0, len(addresses), CHUNK):
        chunk = addresses[begin : begin + CHUNK]
        StoredPage.objects.filter(address__in=chunk).delete()
        StoredPageKey.objects.filter(address__in=chunk).delete()
