"""Paginator that caches the count and the primary keys of each page."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.db.models.query import ModelIterable

from episodes.site.cache import StateCache
from episodes.site.contexts.prepared_rows import PagedRows


class CachedPaginator(Paginator):
    """Caches keys only: the rows are fetched by the list's own queryset, which excludes what is no longer public."""

    def __init__(self, *args: Any, state_cache: StateCache, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state_cache = state_cache

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        """Return the number of rows, cached for querysets."""
        if not isinstance(self.object_list, QuerySet | PagedRows):
            return len(self.object_list)
        return self.state_cache.get_or_compute("count", self.object_list.count)

    def page(self, number: Any) -> Page:
        """Return the page; the keys of its rows are cached."""
        rows = self.object_list
        if isinstance(rows, PagedRows):
            number = self.validate_number(number)
            begin = (number - 1) * self.per_page
            return Page(rows[begin : begin + self.per_page], number, self)
        if (
            not self.state_cache.is_enabled
            or not isinstance(rows, QuerySet)
            or not issubclass(rows._iterable_class, ModelIterable)
        ):
            return super().page(number)
        number = self.validate_number(number)
        begin = (number - 1) * self.per_page
        page_keys = rows.prefetch_related(None).values_list("pk", flat=True)[begin : begin + self.per_page]
        keys = self.state_cache.get_or_compute(("page", number), lambda: list(page_keys))
        return Page(rows.filter(pk__in=keys), number, self)
