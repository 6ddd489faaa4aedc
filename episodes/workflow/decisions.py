"""The one write of a status, and the Decision that tells of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes.bases.users import User
from episodes.models import Decision, Episode
from people.models import Entity, Speaker

_act: ContextVar[uuid.UUID | None] = ContextVar("act", default=None)


class Refused(Exception):
    """A transition that may not happen. `reasons` are sentences for the person who asked."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = list(reasons)


class Stale(Refused):
    """Somebody was quicker: what was read is no longer what is stored."""


def stale() -> Stale:
    return Stale(_("Somebody else has changed this meanwhile. Nothing was saved."))


@contextmanager
def one_act() -> Iterator[uuid.UUID]:
    """Everything decided inside is one act, undone as one. An act inside an act is part of it."""
    known = _act.get()
    if known is not None:
        yield known
        return
    token = _act.set(uuid.uuid4())
    try:
        yield _act.get()  # type: ignore[misc]
    finally:
        _act.reset(token)


@contextmanager
def restored_on_refusal(*rows: Any) -> Iterator[None]:
    """What was rolled back in the database is rolled back in these objects too, so that they say what is stored."""
    was = [(row, dict(row.__dict__), dict(row._state.fields_cache)) for row in rows if row]
    try:
        yield
    except Refused:
        for row, values, cache in was:
            row.__dict__.clear()
            row.__dict__.update(values)
            row._state.fields_cache.clear()
            row._state.fields_cache.update(cache)
        raise


def lock_episode(episode: Episode) -> None:
    """Nobody moves or claims this episode until the transaction ends. Raises Stale if somebody has since it was read.

    For what is written beside the episode: an item must not be decided while the episode with it is approved. In a
    public one visitors see it at once, so the write that holds it still moves its date as well.
    """
    if episode.status in Episode.PUBLIC_STATUSES:
        now, same = timezone.now(), {"status": episode.status, "claimed_by": episode.claimed_by_id}
        if not Episode.objects.filter(pk=episode.pk, **same).update(changed_at=now):
            raise stale()
        episode.changed_at = now
        return
    stored = Episode.objects.select_for_update().filter(pk=episode.pk).values_list("status", "claimed_by_id").first()
    if stored != (episode.status, episode.claimed_by_id):
        raise stale()


def episode_of(obj: Any) -> Episode | None:
    """The episode a thing belongs to; None for people and entities."""
    return obj if isinstance(obj, Episode) else getattr(obj, "episode", None)


def library_key(episode: Episode | None) -> int | None:
    """Decisions on a working copy are told under the episode it revises: the copy will be gone."""
    return None if episode is None else episode.revises_id or episode.pk


def new_decision(
    obj: models.Model, source: str, to: str, by: User, reason: str = "", *, field: str = "", **more: Any
) -> Decision:
    """A Decision about `obj`, unsaved."""
    act = _act.get()
    return Decision(
        target_type=ContentType.objects.get_for_model(obj),
        target_id=obj.pk,
        original_id=getattr(obj, "revises_id", None),
        field=field,
        from_status=source,
        to_status=to,
        by=by,
        reason=reason,
        version=getattr(obj, "version", 1),
        episode_id=None if isinstance(obj, Speaker | Entity) else library_key(episode_of(obj)),
        **({"act": act} if act else {}),
        **more,
    )


def write_status(
    obj: Any, field: str, to: str, by: User, reason: str, changes: dict[str, Any], **more: Any
) -> Decision:
    """Set the status in `field` and the other columns in `changes`, and tell of it. Raises Stale."""
    source = getattr(obj, field)
    changes = {field: to, **changes}
    # Whoever reads an old row loses: SQLite has no row locks, so the UPDATE itself names what was read.
    seen = {field: source}
    if hasattr(obj, "version"):
        seen["version"] = obj.version
    if isinstance(obj, Episode):
        # Two who claim at once read the same status, and whose claim had lapsed may have gone on meanwhile.
        seen |= {"status": obj.status, "claimed_by": obj.claimed_by_id}
        if changes.get("claimed_by") and obj.claimed_by_id not in (None, by.pk):
            seen["claimed_at"] = obj.claimed_at
    if not type(obj)._default_manager.filter(pk=obj.pk, **seen).update(**changes):
        raise stale()
    for name, value in changes.items():
        setattr(obj, name, value)
    made = new_decision(obj, source, to, by, reason, field="summary" if field == "summary_status" else "", **more)
    made.save(force_insert=True)
    return made
