"""Choices of filters, and names with their number of episodes, from the stored counts."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from episodes.bases.prepared import Prepared, today
from episodes.bases.reviewable import KEPT_STATUSES
from episodes.derived import counted_episodes
from episodes.models import PublicCount, Tag

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
        # In the order of the index: among thousands of equally frequent names, sorting by name would read them all.
        return rows.order_by("-count", "value").values_list(f"{field}__slug", f"{field}__name", "count")[:limit]

    def plain() -> QuerySet:
        rows = PublicCount.objects.filter(list=kind, field=field).annotate(label=Value(""))
        return rows.order_by("-count", "value").values_list("value", "label", "count")[:limit]

    return Prepared(named if field in _NAMED else plain)


def _kept(field: str) -> dict[str, Any]:
    return {} if field == "tag" else {f"{field}__status__in": KEPT_STATUSES}


def _number(field: str, value: str) -> QuerySet:
    return PublicCount.objects.filter(list="episode", field=field, value=value).values_list("count", flat=True)


_NUMBER = Prepared(_number, field=str, value=str)


def episodes_with(field: str, value: Any) -> int:
    """Return the number of public episodes with this value, or 0 if the counts may not be used. Two queries."""
    return (_NUMBER.first(field=field, value=str(value)) or 0) if are_used() else 0


def _sum(kind: str, field: str) -> QuerySet:
    rows = PublicCount.objects.filter(list=kind, field=field).order_by().values("list")
    return rows.annotate(n=Sum("count")).values_list("n", flat=True)


# Each quote has one language, and each prediction one outcome.
_QUOTES = Prepared(lambda: _sum("quote", "language"))
_PREDICTIONS = Prepared(lambda: _sum("prediction", "outcome"))


def quotes() -> int:
    """Return the number of public quotes, or 0 if the counts may not be used. Two queries."""
    return (_QUOTES.first() or 0) if are_used() else 0


def predictions() -> int:
    """Return the number of public predictions, or 0 if the counts may not be used. Two queries."""
    return (_PREDICTIONS.first() or 0) if are_used() else 0


# --- lists of names


def named_often(names: Any, field: str, least: int) -> Any:
    """Return the speakers, entities or tags with at least that many episodes, with `episode_count`, in list order.

    field: entity, tag, or named for speakers, whose `episode_count` is that of the episodes that credit them.
    """
    rows = names.filter(public_counts__list="episode", public_counts__field=field, public_counts__count__gte=least)
    number: Any = F("public_counts__count")
    if field == "named":
        credited = PublicCount.objects.filter(list="episode", field="speaker", speaker=OuterRef("pk"))
        number = Coalesce(Subquery(credited.values("count")), 0)
    return rows.annotate(episode_count=number).order_by("-episode_count", "name", "pk")


def _names_with(field: str, least: int) -> QuerySet:
    return PublicCount.objects.filter(list="episode", field=field, count__gte=least)


def number_of_names(field: str, least: int) -> int:
    """Return the number of names with at least that many episodes, or 0 if the counts may not be used. Two queries."""
    return _names_with(field, least).count() if are_used() else 0


def names_with(field: str, least: int, places: slice) -> list[int]:
    """Return the keys of some of the names with at least that many episodes. One query."""
    rows = _names_with(field, least).order_by("value")
    return [int(value) for value in rows.values_list("value", flat=True)[places]]


def series_often(least: int) -> QuerySet:
    """Return rows of `series` and `episode_count` with at least that many episodes, in list order."""
    rows = PublicCount.objects.filter(list="episode", field="series", count__gte=least)
    rows = rows.annotate(series=F("value"), episode_count=F("count"))
    return rows.order_by("-count", "value").values("series", "episode_count")


def _frequent_tags(limit: int) -> QuerySet[Tag]:
    rows = Tag.objects.filter(public_counts__list="episode", public_counts__field="tag", public_counts__count__gt=1)
    return rows.order_by("-public_counts__count", "public_counts__value")[:limit]


def frequent_tags(limit: int) -> list[Tag]:
    """Return the tags of the most episodes, two or more, by name. One query."""
    return sorted(_frequent_tags(limit), key=lambda tag: tag.name)


# --- due dates


def _due(begin: str, end: str) -> QuerySet:
    rows = PublicCount.objects.filter(list="prediction", field="due_on", value__gt=begin, value__lte=end).order_by()
    return rows.values("list").annotate(n=Sum("count")).values_list("n", flat=True)


_DUE = Prepared(_due, begin=str, end=str)


def due_predictions() -> tuple[int, int]:
    """Return the numbers of predictions due within thirty days, and due and not judged. Two queries."""
    day = today()
    limits = (day.isoformat(), (day + timedelta(days=30)).isoformat()), ("", day.isoformat())
    soon, past = (_DUE.first(begin=begin, end=end) or 0 for begin, end in limits)
    return soon, past
