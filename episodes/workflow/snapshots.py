"""A published episode, whole, as it was: taken at every publication, for comparing and for restoring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from django.db.models import F, Max
from django.db.models.functions import Coalesce

from episodes.bases.fields import as_json
from episodes.bases.users import User
from episodes.models import REVIEWED, Appearance, Episode, Snapshot, TaggedEpisode

# Kept beside the words, or derived from them.
_BESIDE = {"id", "episode", "revises", "html", "version", "span_begin", "span_end"}
EPISODE_BESIDE = _BESIDE | {
    "claimed_by", "claimed_at", "approved_version", "created_at", "changed_at", "status", "made_from",
}  # fmt: skip
KINDS: tuple[type[models.Model], ...] = (Appearance, *REVIEWED)


def kind_name(model: type[models.Model]) -> str:
    return str(model._meta.model_name)


def columns_of(model: type[models.Model], beside: set[str] = _BESIDE) -> list[str]:
    """The columns a snapshot keeps of a row, by their names in the database's own order."""
    return [field.attname for field in model._meta.concrete_fields if field.name not in beside]


def content_of(episode: Episode) -> dict[str, Any]:
    """The episode as JSON: `episode` {column: value}, `tags` [names], and for each kind [{`key`, column: value}].

    Speakers and entities are named beside their keys (`who`, `what`), so that a snapshot can be read without them. The
    key of a row in a working copy is that of the row it stands for.
    """
    return contents_of([episode])[episode.pk]


def contents_of(episodes: Iterable[Episode]) -> dict[int, dict[str, Any]]:
    """The same of many, by key: one query a kind, however many there are."""
    columns = columns_of(Episode, EPISODE_BESIDE)
    found: dict[int, dict[str, Any]] = {
        episode.pk: {"episode": {name: as_json(getattr(episode, name)) for name in columns}, "tags": []}
        for episode in episodes
    }
    tags = TaggedEpisode.objects.filter(content_object__in=found).values_list("tag__name", "content_object_id")
    # Sorted here: databases disagree about the order of Chinese.
    for name, key in sorted(tags):
        found[key]["tags"].append(name)
    for model in KINDS:
        for content in found.values():
            content[kind_name(model)] = []
        for values in _values(model, found):
            found[values.pop("episode_id")][kind_name(model)].append(_row(values))
    return found


def _values(model: type[models.Model], keys: Iterable[int]) -> Any:
    names = {"speaker": "who", "entity": "what"}
    named = {
        told: F(f"{name}__name")
        for name, told in names.items()
        if any(field.name == name for field in model._meta.concrete_fields)
    }
    rows = model._default_manager.filter(episode__in=keys)
    return rows.values("episode_id", *columns_of(model), key=Coalesce("revises", "pk"), **named)


def _row(values: dict[str, Any]) -> dict[str, Any]:
    return {"key": values.pop("key"), **{name: as_json(value) for name, value in values.items()}}


def take_snapshot(episode: Episode, by: User) -> Snapshot:
    """Keep the episode as it is now, as its next snapshot."""
    return take_snapshots([episode], by)[0]


def take_snapshots(episodes: Sequence[Episode], by: User) -> list[Snapshot]:
    """Keep each of these episodes as it is now; `published_at` is set in what is published."""
    of_these = Snapshot.objects.filter(episode__in=episodes).order_by()
    last = dict(of_these.values_list("episode").annotate(last=Max("number")))
    contents = contents_of(episodes)
    return Snapshot.objects.bulk_create(
        Snapshot(
            episode=episode,
            number=last.get(episode.pk, 0) + 1,
            published_at=episode.published_at,  # type: ignore[misc]
            by=by,
            content=contents[episode.pk],
        )
        for episode in episodes
    )
