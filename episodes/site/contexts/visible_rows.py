"""Rows whose texts have comments removed, for display only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.db.models.query import ModelIterable

from episodes.notes.visible_text import shown


def visible_rows(queryset: Any) -> Any:
    """Return the queryset with comments removed from every text column and annotation of its rows.

    The rows must not be saved, because the comments would be lost. `values()` and counts are not affected.
    """
    rows: QuerySet = queryset.all()
    rows._iterable_class = _VisibleIterable
    return rows


class _VisibleIterable(ModelIterable):
    def __iter__(self) -> Iterator[Any]:
        for row in super().__iter__():
            for name, value in list(row.__dict__.items()):
                if isinstance(value, str) and (words := shown(value)) != value:
                    setattr(row, name, words)
            yield row
