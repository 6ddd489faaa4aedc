"""Spans of the calendar, from a first day to a last."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Span:
    """First and last day. grain: unit in which its ends are named, year, month or day."""

    first: date
    last: date
    grain: str = "year"

    def format(self, day: date) -> str:
        """Return the name of a day in this span's unit: 2027, 2027-03 or 2027-03-31."""
        return {"year": f"{day:%Y}", "month": f"{day:%Y-%m}"}.get(self.grain, day.isoformat())


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def day(year: int, month: int, number: int) -> Span:
    """Return the span of one day."""
    on = date(year, month, number)
    return Span(on, on, "day")


def years(first: int, count: int = 1) -> Span:
    """Return the span of `count` calendar years from `first`."""
    return Span(date(first, 1, 1), date(first + count - 1, 12, 31))


def months(year: int, month: int, count: int = 1) -> Span:
    """Return the span of `count` months."""
    first = date(year, month, 1)
    return Span(first, months_later(first, count) - timedelta(days=1), "month")


def quarter(year: int, number: int) -> Span:
    """Return a quarter (1 to 4) of a year."""
    return months(year, number * 3 - 2, 3)


# Relative to the day of a statement: `further` is 0 for the present one, 1 for the next.


def week_of(said_on: date, further: int) -> Span:
    """Return a week, Monday to Sunday."""
    monday = said_on + timedelta(days=7 * further - said_on.weekday())
    return Span(monday, monday + timedelta(days=6), "day")


def month_of(said_on: date, further: int) -> Span:
    """Return a calendar month."""
    first = months_later(said_on.replace(day=1), further)
    return months(first.year, first.month)


def quarter_of(said_on: date, further: int) -> Span:
    """Return a quarter."""
    first = months_later(said_on.replace(day=1), further * 3)
    return quarter(first.year, (first.month + 2) // 3)


def year_of(said_on: date, further: int) -> Span:
    """Return a calendar year."""
    return years(said_on.year + further)


def decade_of(said_on: date, further: int) -> Span:
    """Return a decade, 2020 to 2029."""
    return years((said_on.year // 10 + further) * 10, 10)


def century_of(said_on: date, further: int) -> Span:
    """Return a century, 2001 to 2100."""
    return years(((said_on.year - 1) // 100 + further) * 100 + 1, 100)
