"""Lists whose queries are compiled once while no filter is in use."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import Http404

from episodes.site.contexts.prepared_rows import PagedRows
from episodes.site.lists import stored_counts


class UnfilteredRows:
    """Mixin of list pages: rows from `unfiltered_rows` unless the visitor filters."""

    def unfiltered_rows(self) -> PagedRows:
        """Return the rows of the list without filters."""
        raise NotImplementedError

    def get_queryset(self) -> Any:
        """Return the rows of the list."""
        if self.filterset_class is None:  # type: ignore[attr-defined]
            return self.unfiltered_rows()
        rows = super().get_queryset()  # type: ignore[misc]
        return rows if self.list_parameters() else self.unfiltered_rows()  # type: ignore[attr-defined]


class CountedNames:
    """Mixin of lists of names: whether the stored counts give the numbers of episodes."""

    @cached_property
    def counts_are_used(self) -> bool:
        """Return whether the stored counts are current. One query."""
        return stored_counts.are_used()


def found_or_404(row: Any) -> Any:
    """Return the row. Raises Http404 if there is none."""
    if row is None:
        raise Http404
    return row
