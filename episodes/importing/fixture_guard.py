"""Refuse fixture rows (JSON, YAML) that would change public pages or hold invalid values.

`loaddata` saves raw and skips validation and permissions, so a fixture row could publish an episode or rewrite one.
The guard receives `pre_save` and refuses a raw row before it is written. Note files are not affected: the loader does
not save raw, and writes drafts only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError
from django.db import models

from episodes.importing.fixture_fields import field_errors
from episodes.models import (
    MADE_BY_SITE,
    Decision,
    Episode,
    Note,
    Section,
    Snapshot,
    Tag,
    TaggedEpisode,
)
from episodes.notes import dialects
from episodes.notes.parsed import NoteError, to_stored
from people.models import Alias, Entity, Speaker

_NAMED = (Speaker, Entity, Tag)
# Added to errors because such rows usually come from a dump of the whole library.
_WHOLE_LIBRARY = "To move or keep a whole library use `manage.py backup` and `manage.py restore`."


def refuse_public_change(sender: type[models.Model], instance: Any, raw: bool, using: str, **kwargs: Any) -> None:
    """Check a row of a raw save; a receiver of pre_save. Raises CommandError, which loaddata prints as one line."""
    if not raw or sender._meta.app_label not in ("episodes", "people"):
        return
    if isinstance(instance, Decision):
        raise CommandError(
            f"A fixture cannot hold decisions: they are made by people through the workflow. {_WHOLE_LIBRARY}"
        )
    if isinstance(instance, MADE_BY_SITE):
        raise CommandError(
            f"A fixture cannot hold rows of {sender._meta.label}: the site makes them itself. {_WHOLE_LIBRARY}"
        )
    if isinstance(instance, Snapshot):
        raise CommandError(f"A fixture cannot hold snapshots: each is made by a publication. {_WHOLE_LIBRARY}")
    _derive(instance)
    name = f"{sender._meta.label} {instance.pk} in the fixture"
    for field, error in field_errors(instance):
        raise CommandError(f"{name}: {field}: {error}.")
    for reason in _reasons(instance, using):
        raise CommandError(f"{name} {reason}; load it as a draft and publish it through the desk. {_WHOLE_LIBRARY}")


def _derive(instance: Any) -> None:
    """Compute derived columns: HTML from a fixture would be shown to visitors unsanitised."""
    if isinstance(instance, Section):
        instance.html = ""
    elif isinstance(instance, Note) and instance.parsed == {}:
        try:
            instance.parsed = to_stored(dialects.by_name(instance.dialect).parse(instance.text))
        except (LookupError, NoteError, TypeError, ValueError) as error:
            line = " ".join(str(error).split())
            raise CommandError(f"{Note._meta.label} {instance.pk} in the fixture: text: {line}.") from None


def _reasons(instance: Any, using: str) -> Iterator[str]:
    before = type(instance)._default_manager.using(using).filter(pk=instance.pk).first() if instance.pk else None
    if isinstance(instance, Episode):
        yield from _episode_reasons(instance, before)
        return
    for row in filter(None, (instance, before)):
        if _touches_public(row, using):
            yield "would change an episode that visitors see or an editor has approved"
            return


def _episode_reasons(instance: Episode, before: Episode | None) -> Iterator[str]:
    if instance.status not in Episode.OPEN_STATUSES:
        yield f"has the status {instance.status}"
    elif before is not None and before.status not in Episode.OPEN_STATUSES:
        yield "would change an episode that visitors see or an editor has approved"
    elif instance.revises_id is not None:
        yield "is a working copy"


def _touches_public(row: Any, using: str) -> bool:
    """Return whether visitors see this row now or would once it is saved."""
    if isinstance(row, _NAMED):
        return bool(row.pk) and _seen(type(row), row.pk, using)
    if isinstance(row, Alias):
        return any(
            key is not None and _seen(model, key, using)
            for model, key in ((Speaker, row.speaker_id), (Entity, row.entity_id))
        )
    key = row.content_object_id if isinstance(row, TaggedEpisode) else getattr(row, "episode_id", None)
    if key is None:
        return False
    return Episode.objects.using(using).filter(pk=key).exclude(status__in=Episode.OPEN_STATUSES).exists()


def _seen(model: type[models.Model], key: int, using: str) -> bool:
    """Return whether a speaker, an entity or a tag belongs to a public episode, or to one with a future date."""
    path = {Speaker: "appearances__episode", Entity: "mentions__episode", Tag: "tagged__content_object"}[model]
    public = {f"{path}__status__in": Episode.PUBLIC_STATUSES}
    is_seen = model._default_manager.using(using).filter(pk=key, **public).exists()
    if model is Speaker and not is_seen:
        paths = ("quotes__episode__status__in", "predictions__episode__status__in")
        is_seen = any(
            Speaker.objects.using(using).filter(pk=key, **{path: Episode.PUBLIC_STATUSES}).exists() for path in paths
        )
    return is_seen
