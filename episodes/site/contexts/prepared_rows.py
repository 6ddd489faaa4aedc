"""Rows of a list without filters: its count and its pages, compiled once for each process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Value

from episodes.bases.prepared import Prepared
from episodes.models import Episode

# Pages whose queries are kept compiled, of each list.
MAX_PAGES = 20


class PreparedRows:
    """A list that takes arguments, as `Prepared` does; `of` gives the rows for some values.

    total: function of the same arguments that returns the number of rows, or 0 if it does not know
    """

    def __init__(
        self, build: Callable[..., QuerySet], total: Callable[..., int] | None = None, **arguments: Any
    ) -> None:
        self._build, self._total, self._arguments = build, total, arguments
        self._pages: dict[tuple[int, int], Prepared] = {}
        self._count = Prepared(lambda **values: _counted(build(**values)), **arguments)

    def of(self, **values: Any) -> PagedRows:
        """Return the rows for these arguments."""
        return PagedRows(self, values)

    def count(self, values: dict[str, Any]) -> int:
        """Return the number of rows. One query, or two."""
        return (self._total(**values) if self._total else 0) or self._count.first(**values) or 0

    def page(self, values: dict[str, Any], begin: int, end: int) -> list[Any]:
        """Return the rows from `begin` to before `end`."""
        prepared = self._pages.get((begin, end))
        if prepared is None:
            if len(self._pages) >= MAX_PAGES:
                return list(self._build(**values)[begin:end])
            prepared = Prepared(lambda **places: self._build(**places)[begin:end], **self._arguments)
            self._pages[begin, end] = prepared
        return prepared.rows(**values)


class StatementRows(PreparedRows):
    """Quotes or predictions in the order of their episodes, newest first.

    The first pages are looked for in the newest episodes, of which each has one at least: sorting all would take longer
    the more there are.
    """

    # Rows that are looked for in this way.
    NEAR = 150

    def __init__(self, model: Any, build: Callable[..., QuerySet], total: Callable[[], int]) -> None:
        super().__init__(build, total)
        self._model = model
        self._near: dict[tuple[int, int], tuple[Prepared, Prepared]] = {}

    def page(self, values: dict[str, Any], begin: int, end: int) -> list[Any]:
        """Return the rows from `begin` to before `end`."""
        if end > self.NEAR:
            return super().page(values, begin, end)
        if (begin, end) not in self._near:
            self._near[begin, end] = self._prepared(begin, end)
        newest, rows = self._near[begin, end]
        return rows.rows(keys=newest.rows())

    def _prepared(self, begin: int, end: int) -> tuple[Prepared, Prepared]:
        def newest() -> QuerySet:
            own = self._model.objects.shown().filter(episode=OuterRef("pk"))
            return Episode.objects.public_checked().filter(Exists(own)).values_list("pk", flat=True)[:end]

        return Prepared(newest), Prepared(lambda keys: self._build().filter(episode__in=keys)[begin:end], keys=end)


def _counted(rows: QuerySet) -> QuerySet:
    alone = rows.order_by().annotate(every=Value(1)).values("every")
    return alone.annotate(rows=Count("pk")).values_list("rows", flat=True)


class PagedRows:
    """Rows that a paginator can count and slice."""

    # Paginator warns of querysets without an order.
    ordered = True

    def __init__(self, prepared: PreparedRows, values: dict[str, Any]) -> None:
        self._prepared, self._values = prepared, values

    def count(self) -> int:
        """Return the number of rows. One query."""
        return self._prepared.count(self._values)

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, places: slice) -> list[Any]:
        return self._prepared.page(self._values, places.start or 0, places.stop)
