"""Rows of a working copy put into those of the public episode they stand for."""

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
# What is said of a prediction at once, in the public episode, while its words wait in the copy.
_JUDGED = {"outcome": OUTCOME_COLUMNS, "criteria": CRITERIA_COLUMNS}
_SPAN = ("span_begin", "span_end")
_OWN_OF_ROWS = {"id", "episode", "revises", "html"}
# What a kind may have once in an episode, and the text column in it that can be something else for a moment.
UNIQUE_COLUMNS: dict[type[models.Model], tuple[tuple[str, ...], str]] = {
    Appearance: (("role", "label"), "label"),
    Mention: (("entity_id", "listed_as"), "listed_as"),
}


class DecidedSince:
    """What was decided since a working copy was made: in it, and upon the public episode. Three queries."""

    def __init__(self, copy: Episode, original: Episode) -> None:
        made = Decision.objects.filter(episode=original, pk__gt=copy.made_from.get("decided", 0)).order_by()
        where = ("target_type", "target_id")
        decided = made.exclude(from_status=F("to_status")).values_list(*where, "field").annotate(last=Max("pk"))
        self._last = {(kind, key, field): last for kind, key, field, last in decided}
        for name, columns in _JUDGED.items():
            judged = made.filter(target_type__model="prediction", changes__has_any_keys=list(columns))
            found = judged.values_list(*where).annotate(last=Max("pk"))
            self._last |= {(kind, key, name): last for kind, key, last in found}

    def wins(self, row: Any, twin: Any, field: str = "") -> bool:
        """Whether what was decided upon the public row stays: it was decided, and the copy did not decide it later.

        A rejection stays in any case: what visitors may not see never comes back with an older copy.
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
    """The columns of the public row from now on: the copy's, beside what was decided upon the public one meanwhile."""
    review = {f"{prefix}{name}" for name in REVIEW_COLUMNS}
    names = {f.name: f.attname for f in row._meta.concrete_fields if f.name not in own}
    stays: set[str] = set()
    wins = since.wins(row, twin, prefix.rstrip("_"))
    if wins:
        stays |= review
    if isinstance(row, Prediction):
        stays |= {name for said, judged in _JUDGED.items() if since.wins(row, twin, said) for name in judged}
    columns = {a: getattr(row if n in stays else twin, a) for n, a in names.items()}
    if wins and getattr(row, f"{prefix}status") == Status.EVERGREEN and _reworded(row, twin, names, review, prefix):
        # Somebody verified the old words; these are others.
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
    """Take away what the copy has no more, update what it stands for, bring over what is new in it.

    Returns (key in the copy, key in the public episode) of every row of the copy. What the public episode got after
    the copy was made stays.
    """
    rows = {row.pk: row for row in model._default_manager.filter(episode=original)}
    twins = list(model._default_manager.filter(episode=copy))
    stood_for = {twin.revises_id for twin in twins}
    gone = set(copy.made_from.get("rows", {}).get(model._meta.model_name, ())) & rows.keys() - stood_for
    # First, or a name would be there twice for a moment.
    model._default_manager.filter(pk__in=gone).delete()
    pairs = [(rows[twin.revises_id], twin) for twin in twins if twin.revises_id in rows]
    _update(model, [(row, merged_columns(row, twin, since)) for row, twin in pairs])
    new = [twin.pk for twin in twins if twin.revises_id not in rows]
    model._default_manager.filter(pk__in=new).update(episode=original, revises=None)
    return [(twin.pk, row.pk) for row, twin in pairs] + [(key, key) for key in new]


def _update(model: Any, found: list[tuple[Any, dict[str, Any]]]) -> None:
    """Rows that say something else now in full; of those that only stand elsewhere in the note their place."""
    changed, moved, renamed, written = [], [], [], set()
    for row, columns in found:
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
    """What was resolved meanwhile was judged by the public criteria: the copy's do not take their place."""
    if row.resolved_by_id and row.resolved_by_id == row.criteria_by_id and not row.self_resolved:
        message = _("“%(what)s”: who resolved it meanwhile is who wrote its criteria in the working copy.")
        raise Refused(message % {"what": row})
    if row.outcome and differ & {"criteria", "due_on"}:
        message = _("“%(what)s”: it was resolved meanwhile by other criteria than the working copy has.")
        raise Refused(message % {"what": row})


def free_unique_names(model: Any, keys: list[int]) -> None:
    """Two rows may have exchanged their names, and rows are written one after the other: for a moment each has a name
    that nothing has.
    """
    if keys:
        token = Concat(Value(uuid.uuid4().hex), Cast("pk", CharField()))
        model._default_manager.filter(pk__in=keys).update(**{UNIQUE_COLUMNS[model][1]: token})


def swap_tags(copy: Episode, original: Episode) -> None:
    """Tags are what the copy has; one that stays keeps its row."""
    mine = {tagged.tag_id: tagged for tagged in TaggedEpisode.objects.filter(content_object=original)}
    theirs = {tagged.tag_id: tagged for tagged in TaggedEpisode.objects.filter(content_object=copy)}
    TaggedEpisode.objects.filter(pk__in=[row.pk for tag, row in mine.items() if tag not in theirs]).delete()
    stay = [row for tag, row in mine.items() if tag in theirs]
    for row in stay:
        row.span_begin, row.span_end = theirs[row.tag_id].span_begin, theirs[row.tag_id].span_end
    TaggedEpisode.objects.bulk_update(stay, _SPAN, batch_size=400)
    new = [row.pk for tag, row in theirs.items() if tag not in mine]
    TaggedEpisode.objects.filter(pk__in=new).update(content_object=original)
