"""Choices of filters, and names with their number of episodes, from the stored counts."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from django.db.models import QuerySet, Sum, Value

from episodes.bases.prepared import Prepared, today
from episodes.bases.reviewable import KEPT_STATUSES
from episodes.derived import counted_episodes
from episodes.models import PublicCount

# Public episodes from which stored counts are used: for fewer, counting takes no longer.
MIN_EPISODES = 100
# Filters whose values are rows with a slug and a name.
_NAMED = ("speaker", "entity", "tag")


def are_used() -> bool:
    """Return whether stored counts may be shown: they are current, and the site is large enough. One query."""
    return counted_episodes() >= MIN_EPISODES


def most(kind: str, field: str, limit: int) -> list[tuple[str, str, int]]:
    """Return (value, label, number) of the most frequent values of a filter. One query.

    kind: episode, quote or prediction; for a label of "" the value is the label.
    """
    return _most(kind, field, limit).rows()


@cache
def _most(kind: str, field: str, limit: int) -> Prepared:
    def named() -> QuerySet:
        rows = PublicCount.objects.filter(list=kind, field=field, **_kept(field))
        ordered = rows.order_by("-count", f"{field}__slug")
        return ordered.values_list(f"{field}__slug", f"{field}__name", "count")[:limit]

    def plain() -> QuerySet:
        rows = PublicCount.objects.filter(list=kind, field=field).annotate(label=Value(""))
        return rows.order_by("-count", "value").values_list("value", "label", "count")[:limit]

    return Prepared(named if field in _NAMED else plain)


def _kept(field: str) -> dict[str, Any]:
    return {} if field == "tag" else {f"{field}__status__in": KEPT_STATUSES}


# --- due dates


def _due(begin: Any, end: Any) -> QuerySet:
    rows = PublicCount.objects.filter(list="prediction", field="due_on", value__gt=begin, value__lte=end)
    return rows.order_by().values("list").annotate(n=Sum("count")).values_list("n", flat=True)


def due_predictions() -> tuple[int, int]:
    """Return the numbers of predictions due within thirty days, and due and not judged. Two queries."""
    day = today()
    soon = sum(_due(day.isoformat(), (day + timedelta(days=30)).isoformat()))
    return soon, sum(_due("", day.isoformat()))
