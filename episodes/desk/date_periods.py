"""Years, months and days above a list, found by an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.db.models import DateTimeField, QuerySet
from django.utils import timezone

# Rows from which searching period by period is quicker than truncating the date of each row.
MANY = 2_000


def find_periods_by_index(rows: QuerySet) -> None:
    """Have `rows.dates` and `rows.datetimes`, which the date hierarchy calls, search period by period.

    One query for each period instead of a function call for each row.
    """
    for name in ("dates", "datetimes"):
        setattr(rows, name, partial(periods, rows))


def periods(rows: QuerySet, field: str, kind: str) -> Iterator[date]:
    """Yield the first date of each year, month or day (`kind`) in which there are rows, in order."""
    timed = isinstance(rows.model._meta.get_field(field), DateTimeField)
    dates = rows.order_by(field).exclude(**{field: None}).values_list(field, flat=True)
    found = dates.first()
    while found is not None:
        day = _day(found)
        yield day
        after = _next(day, kind)
        if after is None:
            return
        start = timezone.make_aware(datetime.combine(after, time.min)) if timed else after
        found = dates.filter(**{f"{field}__gte": start}).first()


def _day(value: Any) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def _next(day: date, kind: str) -> date | None:
    """Return the first day of the next period; None after the last year."""
    try:
        if kind == "day":
            return day + timedelta(days=1)
        if kind == "month":
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        return date(day.year + 1, 1, 1)
    except (OverflowError, ValueError):
        return None
