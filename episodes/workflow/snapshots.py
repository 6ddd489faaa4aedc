"""Snapshots: the whole content of an episode, stored at every publication for comparison and restoration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from django.db.models import F, Max
from django.db.models.functions import Coalesce

from episodes.bases.fields import as_json
from episodes.bases.users import User
from episodes.models import REVIEWED, Appearance, Episode, Snapshot, TaggedEpisode

# Columns that are not content, or derived from it.
_BESIDE = {"id", "episode", "revises", "html", "version", "span_begin", "span_end"}
EPISODE_BESIDE = _BESIDE | {
    "claimed_by", "claimed_at", "approved_version", "created_at", "changed_at", "status", "made_from",
}  # fmt: skip
KINDS: tuple[type[models.Model], ...] = (Appearance, *REVIEWED)


def kind_name(model: type[models.Model]) -> str:
    """Return the model's name as snapshots use it for a key, e.g. "quote"."""
    return str(model._meta.model_name)


def columns_of(model: type[models.Model], excluded: set[str] = _BESIDE) -> list[str]:
    """Return the attnames of the columns that a snapshot keeps. excluded: names of the fields to leave out."""
    return [field.attname for field in model._meta.concrete_fields if field.name not in excluded]


def content_of(episode: Episode) -> dict[str, Any]:
    """Return an episode as JSON: `episode` {column: value}, `tags` [names], for each kind [{`key`, column: value}].

    Names of speakers and entities are included beside their keys (`who`, `what`), so that a snapshot outlives them. The
    `key` of a row in a working copy is that of the row it revises.
    """
    return contents_of([episode])[episode.pk]


def contents_of(episodes: Iterable[Episode]) -> dict[int, dict[str, Any]]:
    """Return `content_of` many episodes by key. One query per kind, whatever their number."""
    columns = columns_of(Episode, EPISODE_BESIDE)
    contents: dict[int, dict[str, Any]] = {
        episode.pk: {"episode": {name: as_json(getattr(episode, name)) for name in columns}, "tags": []}
        for episode in episodes
    }
    tags = TaggedEpisode.objects.filter(content_object__in=contents).values_list("tag__name", "content_object_id")
    # Sorted in Python: databases disagree about the order of Chinese.
    for name, key in sorted(tags):
        contents[key]["tags"].append(name)
    for model in KINDS:
        for content in contents.values():
            content[kind_name(model)] = []
        for values in _values(model, contents):
            contents[values.pop("episode_id")][kind_name(model)].append(_row(values))
    return contents


def _values(model: type[models.Model], keys: Iterable[int]) -> Any:
    names = {"speaker": "who", "entity": "what"}
    named = {
        key: F(f"{name}__name")
        for name, key in names.items()
        if any(field.name == name for field in model._meta.concrete_fields)
    }
    rows = model._default_manager.filter(episode__in=keys)
    return rows.values("episode_id", *columns_of(model), key=Coalesce("revises", "pk"), **named)


def _row(values: dict[str, Any]) -> dict[str, Any]:
    return {"key": values.pop("key"), **{name: as_json(value) for name, value in values.items()}}


def content_at(snapshot: Snapshot) -> dict[str, Any]:
    """Return the content of a snapshot; without one of its own that is the episode as it is now."""
    return snapshot.content if snapshot.content is not None else content_of(snapshot.episode)


def complete(episode: Episode) -> None:
    """Give the snapshot that adoption took without content its content: the episode is about to change. One query."""
    for snapshot in episode.snapshots.filter(content__isnull=True):
        snapshot.content = content_of(episode)
        snapshot.save(update_fields=["content"])


def take_snapshot(episode: Episode, by: User, adopted: bool = False) -> Snapshot:
    """Store the episode as it is now as its next snapshot."""
    return take_snapshots([episode], by, adopted)[0]


def take_snapshots(episodes: Sequence[Episode], by: User, adopted: bool = False) -> list[Snapshot]:
    """Store a snapshot of each of these published episodes, which have `published_at`.

    adopted: leave the content out until `complete`: most of what is adopted never changes.
    """
    of_these = Snapshot.objects.filter(episode__in=episodes).order_by()
    last = dict(of_these.values_list("episode").annotate(last=Max("number")))
    contents = {} if adopted else contents_of(episodes)
    return Snapshot.objects.bulk_create(
        Snapshot(
            episode=episode,
            number=last.get(episode.pk, 0) + 1,
            published_at=episode.published_at,  # type: ignore[misc]
            by=by,
            content=contents.get(episode.pk),
        )
        for episode in episodes
    )
