"""Write a status together with its Decision, and group decisions into acts."""

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

from episodes import derived
from episodes.bases.users import User
from episodes.models import Decision, Episode
from people.models import Entity, Speaker

_act: ContextVar[uuid.UUID | None] = ContextVar("act", default=None)


class Refused(Exception):
    """Raised for a transition with an unmet precondition. `reasons`: translated sentences, one for each."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = list(reasons)


class Stale(Refused):
    """Raised if the stored row differs from the one that was read: another user was quicker."""


def stale() -> Stale:
    """Return the exception with its sentence, to be raised by the caller."""
    return Stale(_("Someone else changed this in the meantime. Nothing was saved."))


@contextmanager
def one_act() -> Iterator[uuid.UUID]:
    """Give every Decision made inside the same `act`, so that they are undone together. Nested acts join the outer one.

    Yields the UUID of the act.
    """
    outer = _act.get()
    if outer is not None:
        yield outer
        return
    token = _act.set(uuid.uuid4())
    try:
        yield _act.get()  # type: ignore[misc]
    finally:
        _act.reset(token)


@contextmanager
def restored_on_refusal(*rows: Any) -> Iterator[None]:
    """Reset these instances on Refused to their state at entry, as the transaction does with their rows."""
    saved = [(row, dict(row.__dict__), dict(row._state.fields_cache)) for row in rows if row]
    try:
        yield
    except Refused:
        for row, values, cache in saved:
            row.__dict__.clear()
            row.__dict__.update(values)
            row._state.fields_cache.clear()
            row._state.fields_cache.update(cache)
        raise


def lock_episode(episode: Episode) -> None:
    """Keep the episode's status and claim unchanged until the transaction ends.

    For writes to its children: an item must not be decided while the episode is being approved. In a public episode
    visitors see the decision at once, so the locking UPDATE also sets `changed_at`, and stored pages are dropped: until
    the commit nobody can store another. Raises Stale if status or claim
    have changed since the episode was read.
    """
    if episode.status in Episode.PUBLIC_STATUSES:
        now, same = timezone.now(), {"status": episode.status, "claimed_by": episode.claimed_by_id}
        if not Episode.objects.filter(pk=episode.pk, **same).update(changed_at=now):
            raise stale()
        episode.changed_at = now
        derived.public_change(episode, same_names=True)
        return
    stored = Episode.objects.select_for_update().filter(pk=episode.pk).values_list("status", "claimed_by_id").first()
    if stored != (episode.status, episode.claimed_by_id):
        raise stale()


def episode_of(obj: Any) -> Episode | None:
    """Return the episode that a row belongs to; None for speakers and entities."""
    return obj if isinstance(obj, Episode) else getattr(obj, "episode", None)


def library_key(episode: Episode | None) -> int | None:
    """Return the key under which decisions are stored: for a working copy, which is temporary, the original's."""
    return None if episode is None else episode.revises_id or episode.pk


def new_decision(
    obj: models.Model, source: str, to: str, by: User, reason: str = "", *, field: str = "", **more: Any
) -> Decision:
    """Return an unsaved Decision about `obj`, in the current act. more: other fields of Decision."""
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
    """Set the status column `field` and the columns in `changes`, and save a Decision. Two queries.

    The instance is updated as well. more: other fields of the Decision. Returns it. Raises Stale if the stored row has
    another status, version or claim than the instance.
    """
    source = getattr(obj, field)
    changes = {field: to, **changes}
    # SQLite has no row locks, so the UPDATE itself names the values that were read.
    seen = {field: source}
    if hasattr(obj, "version"):
        seen["version"] = obj.version
    if isinstance(obj, Episode):
        # Two users who claim at once read the same status, and one whose claim had lapsed may have resumed work.
        seen |= {"status": obj.status, "claimed_by": obj.claimed_by_id}
        if changes.get("claimed_by") and obj.claimed_by_id not in (None, by.pk):
            seen["claimed_at"] = obj.claimed_at
    if not type(obj)._default_manager.filter(pk=obj.pk, **seen).update(**changes):
        raise stale()
    for name, value in changes.items():
        setattr(obj, name, value)
    decision = new_decision(obj, source, to, by, reason, field="summary" if field == "summary_status" else "", **more)
    decision.save(force_insert=True)
    return decision
