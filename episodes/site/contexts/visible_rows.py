"""Rows as visitors read them: their words without comments. For pages, never for what writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.db.models.query import ModelIterable

from episodes.notes.visible_text import shown


def visible_rows(queryset: Any) -> Any:
    """Return the queryset; its rows hold every text as `shown` gives it, fetched and annotated ones alike.

    A row must not be saved: what the note has as a comment would be gone. Values and counts are as they are stored.
    """
    found: QuerySet = queryset.all()
    found._iterable_class = _Shown
    return found


class _Shown(ModelIterable):
    def __iter__(self) -> Iterator[Any]:
        for row in super().__iter__():
            for name, value in list(row.__dict__.items()):
                if isinstance(value, str) and (words := shown(value)) != value:
                    setattr(row, name, words)
            yield row
