"""The list of series and the page of each, by name."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from episodes.bases.page_dependencies import SERIES, depends_on, page_key
from episodes.models import Episode
from episodes.site.contexts.page_querysets import CARDS_OF_SERIES
from episodes.site.contexts.prepared_rows import PagedRows
from episodes.site.lists import SeriesFilter, stored_counts
from episodes.site.pages.base import ObjectListPage, RecurringList
from episodes.site.pages.unfiltered_rows import CountedNames, UnfilteredRows


class AnyName:
    """Path converter for a percent-encoded name, which may contain slashes."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        """Return the value unchanged."""
        return value

    def to_url(self, value: str) -> str:
        """Return the value unchanged; `reverse` encodes it."""
        return value


class SeriesList(CountedNames, RecurringList):
    """The list of series with their number of episodes."""

    template_name = "site/pages/series_list.html"
    heading = _("Series")
    description = _("The series that the episodes belong to.")
    filterset_class = SeriesFilter

    def everything(self) -> QuerySet[Any]:
        if self.counts_are_used:
            return stored_counts.series_often(1)
        named = Episode.objects.public().exclude(series="").order_by().values("series")
        return named.annotate(episode_count=Count("pk")).order_by("-episode_count", "series")

    def recurring(self) -> QuerySet[Any]:
        return stored_counts.series_often(2) if self.counts_are_used else self.everything().filter(episode_count__gte=2)


class SeriesPage(UnfilteredRows, ObjectListPage):
    """The episodes of a series."""

    template_name = "site/pages/series.html"

    def get_object(self) -> str:
        name = self.kwargs["name"]
        # PostgreSQL raises an error for NUL in a parameter.
        if "\0" in name or not Episode.objects.public().filter(series=name).exists():
            raise Http404
        depends_on(page_key(SERIES, name))
        return name

    def unfiltered_rows(self) -> PagedRows:
        return CARDS_OF_SERIES.of(name=self.object)
