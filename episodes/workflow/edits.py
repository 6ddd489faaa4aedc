"""Changes of text by users: check that they are allowed, bump versions, record the values before and after."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes import derived
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
from people.models import Entity, Speaker

# Columns that the workflow keeps itself; a Decision does not list them.
_BOOKKEEPING = {"version", "criteria_by", "criteria_at"}
# Columns of a prediction that editors wrote, not the speaker: changing them leaves its verification valid.
_EDITORIAL = {"criteria", "criteria_by", "criteria_at", "due_on"}


def open_to_edits(episode: Episode) -> bool:
    """Return whether the episode may be edited in place; a public or withdrawn one may not."""
    return not episode.is_settled or episode.status == Episode.Status.APPROVED


def edited(episode: Episode, by: User) -> None:
    """Register an edit of the episode or its children: increment its version and revoke an approval.

    Raises Refused for a public or withdrawn episode (those change through a working copy) and for one that another
    user holds, Stale if it has changed since it was read.
    """
    if not open_to_edits(episode):
        raise Refused(_("A published episode cannot be edited directly."))
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
    """Increment the version of an item, before its text is written, and revoke its verification.

    A verified item becomes accepted: another text was verified. Raises Stale if it has changed since it was read.
    """
    if isinstance(item, Summary):
        if item.episode.summary_status == Status.EVERGREEN:
            revocation.revoke_verification(item.episode, "summary_", by, {})
        return
    if item.status == Status.EVERGREEN:
        revocation.revoke_verification(item, "", by, {"version": item.version + 1})
        return
    _increment_version(item)


def _increment_version(item: Reviewable) -> None:
    changes = {"version": item.version + 1}
    seen = {"status": item.status, "version": item.version}
    if not type(item)._default_manager.filter(pk=item.pk, **seen).update(**changes):
        raise stale()
    item.version += 1


def save_words(obj: models.Model, changed: Iterable[str], by: User) -> None:
    """Save the fields `changed` of a row and record them in a Decision with the values before and after.

    obj: holds the new values already. Other columns are not written: the workflow may have changed them meanwhile.
    Raises Refused for columns of an outcome, Stale if the row has changed since it was read.
    """
    columns = {field.name: field for field in obj._meta.concrete_fields}
    named = {name for name in changed if name in columns} - {"version"}
    if isinstance(obj, Prediction):
        named |= _set_criteria_author(obj, named, by)
    recorded = sorted(named - _BOOKKEEPING)
    before = type(obj)._default_manager.filter(pk=obj.pk).values(*recorded).get() if recorded else {}
    if isinstance(obj, Prediction) and named <= _EDITORIAL:
        _increment_version(obj)
    elif isinstance(obj, Reviewable):
        words_changed(obj, by)
    elif isinstance(obj, Episode) and "summary" in named:
        words_changed(Summary(obj), by)
    obj.save(update_fields=named)
    if isinstance(obj, Speaker | Entity):
        derived.touch_public(derived.episodes_naming(obj))
    record_edit(obj, {name: (before[name], getattr(obj, columns[name].attname)) for name in recorded}, by)


def _set_criteria_author(prediction: Prediction, changed: set[str], by: User) -> set[str]:
    """Set author and time of changed criteria; return the columns set. Raises Refused if an outcome was set by them."""
    if changed & {"outcome", "resolved_on", "evidence"}:
        raise Refused(_("The outcome of a prediction is not edited as text: judge the prediction."))
    if changed & {"criteria", "due_on"} and (reasons := list(outcomes.criteria_locked(prediction))):
        raise Refused(*reasons)
    if "criteria" not in changed:
        return set()
    prediction.criteria_by, prediction.criteria_at = by, timezone.now()
    return {"criteria_by", "criteria_at"}


def record_created(obj: models.Model, by: User) -> None:
    """Save a Decision that `by` created this row, from "" to its status. Undoing it deletes the row."""
    decisions.new_decision(obj, "", str(getattr(obj, "status", "")), by).save(force_insert=True)


def record_edits(changes: Iterable[tuple[models.Model, str, Any, Any]], by: User) -> None:
    """Save a Decision for each (row, field, before, after). One query."""
    Decision.objects.bulk_create(
        decisions.new_decision(row, status, status, by, changes={name: [as_json(before), as_json(after)]})
        for row, name, before, after in changes
        for status in [str(getattr(row, "status", ""))]
    )


def record_edit(obj: models.Model, changes: dict[str, tuple[Any, Any]], by: User) -> None:
    """Save a Decision about changed fields, {name: (before, after)}, with one status as source and target.

    Nothing is saved without changes.
    """
    status = str(getattr(obj, "status", ""))
    stored = {name: [as_json(before), as_json(after)] for name, (before, after) in changes.items()}
    if stored:
        decisions.new_decision(obj, status, status, by, changes=stored).save(force_insert=True)
