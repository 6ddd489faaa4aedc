"""The pages of a list: how many rows there are, and which stand on a page, is found once on a large site."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.db.models.query import ModelIterable

from episodes.site.cache import StateCache


class RememberingPaginator(Paginator):
    """Remembered are keys: the rows of a page are asked for by the list's own queryset, which knows what is public."""

    def __init__(self, *args: Any, state_cache: StateCache, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state_cache = state_cache

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        # A list is here already.
        if not isinstance(self.object_list, QuerySet):
            return len(self.object_list)
        return self.state_cache.get_or_compute("count", self.object_list.count)

    def page(self, number: Any) -> Page:
        rows = self.object_list
        if not self.state_cache.keeps or not isinstance(rows, QuerySet) or rows._iterable_class is not ModelIterable:
            return super().page(number)
        number = self.validate_number(number)
        begin = (number - 1) * self.per_page
        found = rows.prefetch_related(None).values_list("pk", flat=True)[begin : begin + self.per_page]
        keys = self.state_cache.get_or_compute(("page", number), lambda: list(found))
        return Page(rows.filter(pk__in=keys), number, self)
