"""A published episode, whole, as it was: taken at every publication, for comparing and for restoring."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Max
from django.db.models.functions import Coalesce

from episodes.fields import as_json
from episodes.models import REVIEWED, Appearance, Episode, Snapshot

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
    content: dict[str, Any] = {
        "episode": {name: as_json(getattr(episode, name)) for name in columns_of(Episode, EPISODE_BESIDE)},
        "tags": sorted(episode.tags.names()),
    }
    for model in KINDS:
        content[kind_name(model)] = [_row(values) for values in _values(model, episode)]
    return content


def _values(model: type[models.Model], episode: Episode) -> Any:
    names = {"speaker": "who", "entity": "what"}
    named = {
        told: F(f"{name}__name")
        for name, told in names.items()
        if any(field.name == name for field in model._meta.concrete_fields)
    }
    rows = model._default_manager.filter(episode=episode)
    return rows.values(*columns_of(model), key=Coalesce("revises", "pk"), **named)


def _row(values: dict[str, Any]) -> dict[str, Any]:
    return {"key": values.pop("key"), **{name: as_json(value) for name, value in values.items()}}


def take(episode: Episode, by: Any) -> Snapshot:
    """Keep the episode as it is now, as its next snapshot."""
    assert episode.published_at is not None, "only what is published has snapshots"
    last = Snapshot.objects.filter(episode=episode).aggregate(last=Max("number"))["last"] or 0
    return Snapshot.objects.create(
        episode=episode, number=last + 1, published_at=episode.published_at, by=by, content=content_of(episode)
    )
