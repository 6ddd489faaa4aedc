"""Words that people change: who may, what follows, and what was there before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes.bases.fields import as_json
from episodes.bases.reviewable import Reviewable, Status
from episodes.bases.users import User
from episodes.models import Decision, Episode, Prediction
from episodes.workflow import (
    claims,
    decisions,
    outcomes,
    revocation,
)
from episodes.workflow.decisions import Refused, stale
from episodes.workflow.item_decisions import Summary

# What belongs to the workflow's own account of a row and is no word of it.
_OWN = {"version", "criteria_by", "criteria_at"}
# The desk's own words about a prediction: what the speaker said stays verified when they change.
_ABOUT = {"criteria", "criteria_by", "criteria_at", "due_on"}


def open_to_edits(episode: Episode) -> bool:
    """Whether its words may change in place: those of public and withdrawn episodes may not."""
    return not episode.is_settled or episode.status == Episode.Status.APPROVED


def edited(episode: Episode, by: User) -> None:
    """Words of the episode or of something in it were changed: the version grows, an approval falls.

    Raises Refused for a public or withdrawn episode (those change through a working copy) and for one that somebody
    else holds.
    """
    if not open_to_edits(episode):
        raise Refused(_("A published episode is not edited in place."))
    if reasons := list(claims.held_by_another(episode, by)):
        raise Refused(*reasons)
    with transaction.atomic():
        revocation.revoke_approval(episode, by)
        now = timezone.now()
        activity = {"claimed_at": now} if episode.claimed_by_id == by.pk else {}
        seen = {"version": episode.version, "status": episode.status, "claimed_by": episode.claimed_by_id}
        if not Episode.objects.filter(pk=episode.pk, **seen).update(
            version=episode.version + 1, changed_at=now, **activity
        ):
            raise stale()
    episode.version += 1


def words_changed(item: Reviewable | Summary, by: User) -> None:
    """Call before other words are written into an item: its version grows, and what a second person verified is only
    accepted from now on, since those were other words. Raises Refused when somebody was quicker.
    """
    if isinstance(item, Summary):
        if item.episode.summary_status == Status.EVERGREEN:
            revocation.revoke_verification(item.episode, "summary_", by, {})
        return
    if item.status == Status.EVERGREEN:
        revocation.revoke_verification(item, "", by, {"version": item.version + 1})
        return
    _grow(item)


def _grow(item: Reviewable) -> None:
    changes = {"version": item.version + 1}
    seen = {"status": item.status, "version": item.version}
    if not type(item)._default_manager.filter(pk=item.pk, **seen).update(**changes):
        raise stale()
    item.version += 1


def save_words(obj: models.Model, changed: Iterable[str], by: User) -> None:
    """Write these fields of a row and no others: what the workflow keeps in the same row may have changed meanwhile.

    The fields hold the new values already. What was there before is told in a Decision. Raises Refused.
    """
    columns = {field.name: field for field in obj._meta.concrete_fields}
    named = {name for name in changed if name in columns} - {"version"}
    if isinstance(obj, Prediction):
        named |= _who_judged(obj, named, by)
    told = sorted(named - _OWN)
    before = type(obj)._default_manager.filter(pk=obj.pk).values(*told).get() if told else {}
    if isinstance(obj, Prediction) and named <= _ABOUT:
        _grow(obj)
    elif isinstance(obj, Reviewable):
        words_changed(obj, by)
    elif isinstance(obj, Episode) and "summary" in named:
        words_changed(Summary(obj), by)
    obj.save(update_fields=named)
    record_edit(obj, {name: (before[name], getattr(obj, columns[name].attname)) for name in told}, by)


def _who_judged(prediction: Prediction, changed: set[str], by: User) -> set[str]:
    """Who wrote the criteria is kept beside them. Those by which somebody has judged already stay."""
    if changed & {"outcome", "resolved_on", "evidence"}:
        raise Refused(_("What came of a prediction is no word of it: resolve it."))
    if changed & {"criteria", "due_on"} and (reasons := list(outcomes.criteria_locked(prediction))):
        raise Refused(*reasons)
    if "criteria" not in changed:
        return set()
    prediction.criteria_by, prediction.criteria_at = by, timezone.now()
    return {"criteria_by", "criteria_at"}


def record_created(obj: models.Model, by: User) -> None:
    """A Decision that somebody made this row: from nothing to its status. Undone, the row goes again."""
    decisions.new_decision(obj, "", str(getattr(obj, "status", "")), by).save(force_insert=True)


def record_edits(changes: Iterable[tuple[models.Model, str, Any, Any]], by: User) -> None:
    """The same for many rows of one field each, (row, field, before, after): one query."""
    Decision.objects.bulk_create(
        decisions.new_decision(row, status, status, by, changes={name: [as_json(before), as_json(after)]})
        for row, name, before, after in changes
        for status in [str(getattr(row, "status", ""))]
    )


def record_edit(obj: models.Model, changes: dict[str, tuple[Any, Any]], by: User) -> None:
    """A Decision that other words stand there: from and to are the same status."""
    status = str(getattr(obj, "status", ""))
    kept = {name: [as_json(before), as_json(after)] for name, (before, after) in changes.items()}
    if kept:
        decisions.new_decision(obj, status, status, by, changes=kept).save(force_insert=True)
