"""Merge the rows of a working copy into their counterparts in the public episode.

A "twin" is the row of the working copy that has `revises` set to a row of the public episode.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import CharField, F, Max, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from episodes.bases.reviewable import Status
from episodes.models import Appearance, Decision, Episode, Mention, Prediction, TaggedEpisode
from episodes.workflow.decisions import Refused

REVIEW_COLUMNS = ("status", "accepted_by", "accepted_at", "verified_by", "verified_at", "self_verified", "reject_code")
OUTCOME_COLUMNS = ("outcome", "resolved_on", "resolved_by", "self_resolved", "evidence")
CRITERIA_COLUMNS = ("criteria", "criteria_by", "criteria_at", "due_on")
# Columns of a prediction that are edited in the public episode while its text waits in the copy, by Decision.field.
_JUDGED = {"outcome": OUTCOME_COLUMNS, "criteria": CRITERIA_COLUMNS}
_SPAN = ("span_begin", "span_end")
_OWN_OF_ROWS = {"id", "episode", "revises", "html"}
# Columns that are unique in an episode, and the text column among them that can take a temporary value.
UNIQUE_COLUMNS: dict[type[models.Model], tuple[tuple[str, ...], str]] = {
    Appearance: (("role", "label"), "label"),
    Mention: (("entity_id", "listed_as"), "listed_as"),
}


class DecidedSince:
    """Decisions on a working copy and on its original since the copy was made. Three queries."""

    def __init__(self, copy: Episode, original: Episode) -> None:
        since_copy = Decision.objects.filter(episode=original, pk__gt=copy.made_from.get("decided", 0)).order_by()
        where = ("target_type", "target_id")
        decided = since_copy.exclude(from_status=F("to_status")).values_list(*where, "field").annotate(last=Max("pk"))
        self._last = {(kind, key, field): last for kind, key, field, last in decided}
        for name, columns in _JUDGED.items():
            judged = since_copy.filter(target_type__model="prediction", changes__has_any_keys=list(columns))
            latest = judged.values_list(*where).annotate(last=Max("pk"))
            self._last |= {(kind, key, name): last for kind, key, last in latest}

    def wins(self, row: Any, twin: Any, field: str = "") -> bool:
        """Return whether the public row keeps its review columns: it was decided, and the copy not later.

        field: "summary", a key of _JUDGED or "" for the row's status. A rejection is kept in any case, so that an older
        copy cannot make a rejected row visible again.
        """
        public = self._decided(row, field)
        status = getattr(row, "summary_status" if field == "summary" else "status", "")
        rejected = field not in _JUDGED and status == Status.REJECTED
        return bool(public) and (rejected or self._decided(twin, field) < public)

    def _decided(self, row: Any, field: str) -> int:
        return self._last.get((ContentType.objects.get_for_model(row).pk, row.pk, field), 0)


def merged_columns(
    row: Any, twin: Any, since: DecidedSince, prefix: str = "", own: Iterable[str] = _OWN_OF_ROWS
) -> dict[str, Any]:
    """Return the merged values by attname: the twin's, except where the public row was decided later.

    prefix: of the review columns, "summary_" or "". own: fields that are not merged. A verified row whose text changes
    becomes accepted.
    """
    review = {f"{prefix}{name}" for name in REVIEW_COLUMNS}
    names = {f.name: f.attname for f in row._meta.concrete_fields if f.name not in own}
    kept: set[str] = set()
    wins = since.wins(row, twin, prefix.rstrip("_"))
    if wins:
        kept |= review
    if isinstance(row, Prediction):
        kept |= {name for field, judged in _JUDGED.items() if since.wins(row, twin, field) for name in judged}
    columns = {a: getattr(row if n in kept else twin, a) for n, a in names.items()}
    if wins and getattr(row, f"{prefix}status") == Status.EVERGREEN and _reworded(row, twin, names, review, prefix):
        columns |= {f"{prefix}status": Status.ACCEPTED, f"{prefix}verified_by_id": None, f"{prefix}verified_at": None}
        columns[f"{prefix}self_verified"] = False
    return columns


def _reworded(row: Any, twin: Any, names: dict[str, str], review: set[str], prefix: str) -> bool:
    if prefix:
        return row.summary != twin.summary
    own = review | {"version", *_SPAN, *OUTCOME_COLUMNS, *CRITERIA_COLUMNS}
    words = [a for n, a in names.items() if n not in own]
    return any(getattr(row, name) != getattr(twin, name) for name in words)


def swap_rows(model: Any, copy: Episode, original: Episode, since: DecidedSince) -> list[tuple[int, int]]:
    """Delete public rows that the copy has deleted, update the counterparts of its rows and move its new rows.

    Rows created in the public episode after the copy was made are kept. Returns (key in the copy, key in the public
    episode) of every row of the copy.
    """
    rows = {row.pk: row for row in model._default_manager.filter(episode=original)}
    twins = list(model._default_manager.filter(episode=copy))
    revised = {twin.revises_id for twin in twins}
    deleted = set(copy.made_from.get("rows", {}).get(model._meta.model_name, ())) & rows.keys() - revised
    # Before the updates: a unique name may pass from a deleted row to another.
    model._default_manager.filter(pk__in=deleted).delete()
    pairs = [(rows[twin.revises_id], twin) for twin in twins if twin.revises_id in rows]
    _update(model, [(row, merged_columns(row, twin, since)) for row, twin in pairs])
    new = [twin.pk for twin in twins if twin.revises_id not in rows]
    model._default_manager.filter(pk__in=new).update(episode=original, revises=None)
    return [(twin.pk, row.pk) for row, twin in pairs] + [(key, key) for key in new]


def _update(model: Any, pairs: list[tuple[Any, dict[str, Any]]]) -> None:
    """Save (row, merged columns) pairs: rows with new content in full, rows with a new span only that."""
    changed, moved, renamed, written = [], [], [], set()
    for row, columns in pairs:
        differ = {name for name, value in columns.items() if getattr(row, name) != value}
        if model in UNIQUE_COLUMNS and differ & set(UNIQUE_COLUMNS[model][0]):
            renamed.append(row.pk)
        if differ:
            (moved if differ <= set(_SPAN) else changed).append(row)
            written |= differ
        for name, value in columns.items():
            setattr(row, name, value)
        if isinstance(row, Prediction):
            _refuse_other_criteria(row, differ)
    free_unique_names(model, renamed)
    if changed:
        names = [f.name for f in model._meta.concrete_fields if f.attname in written]
        model._default_manager.bulk_update(changed, names, batch_size=100)
    if moved:
        model._default_manager.bulk_update(moved, _SPAN, batch_size=400)


def _refuse_other_criteria(row: Prediction, differ: set[str]) -> None:
    """Refuse criteria of the copy for a prediction that was resolved meanwhile by the public ones. Raises Refused."""
    if row.resolved_by_id and row.resolved_by_id == row.criteria_by_id and not row.self_resolved:
        message = _("“%(what)s”: it was judged in the meantime by the author of its criteria in the draft of changes.")
        raise Refused(message % {"what": row})
    if row.outcome and differ & {"criteria", "due_on"}:
        message = _("“%(what)s”: it was judged in the meantime by other criteria than those in the draft of changes.")
        raise Refused(message % {"what": row})


def free_unique_names(model: Any, keys: list[int]) -> None:
    """Give these rows temporary unique names: two rows may exchange names, and bulk_update writes them in turn."""
    if keys:
        token = Concat(Value(uuid.uuid4().hex), Cast("pk", CharField()))
        model._default_manager.filter(pk__in=keys).update(**{UNIQUE_COLUMNS[model][1]: token})


def swap_tags(copy: Episode, original: Episode) -> None:
    """Replace the original's tags by the copy's; rows of tags that both have are kept."""
    old = {tagged.tag_id: tagged for tagged in TaggedEpisode.objects.filter(content_object=original)}
    copied = {tagged.tag_id: tagged for tagged in TaggedEpisode.objects.filter(content_object=copy)}
    TaggedEpisode.objects.filter(pk__in=[row.pk for tag, row in old.items() if tag not in copied]).delete()
    shared = [row for tag, row in old.items() if tag in copied]
    for row in shared:
        row.span_begin, row.span_end = copied[row.tag_id].span_begin, copied[row.tag_id].span_end
    TaggedEpisode.objects.bulk_update(shared, _SPAN, batch_size=400)
    new = [row.pk for tag, row in copied.items() if tag not in old]
    TaggedEpisode.objects.filter(pk__in=new).update(content_object=original)
