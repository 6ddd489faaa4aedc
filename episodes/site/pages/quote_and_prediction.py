"""The list of quotes, and the pages of a quote and a prediction."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from episodes.bases.page_dependencies import EPISODE, depends_on, page_key
from episodes.models import Chapter, Prediction, Quote
from episodes.site.contexts.head_data import Head
from episodes.site.contexts.page_heads import prediction_head, quote_head
from episodes.site.contexts.page_querysets import QUOTES, predictions_for_list, quotes_for_list
from episodes.site.contexts.prepared_rows import PagedRows
from episodes.site.contexts.visible_rows import visible_rows
from episodes.site.lists import QuoteListFilter
from episodes.site.pages.base import ListPage, ObjectPage
from episodes.site.pages.unfiltered_rows import UnfilteredRows


class QuoteList(UnfilteredRows, ListPage):
    """The list of quotes with filters."""

    template_name = "site/pages/quote_list.html"
    heading = _("Quotes")
    description = _("Quotes from the episodes, with speaker and time.")
    filterset_class = QuoteListFilter

    def rows(self) -> QuerySet[Quote]:
        return quotes_for_list()

    def unfiltered_rows(self) -> PagedRows:
        return QUOTES.of()


class StatementPage(ObjectPage):
    """Base of the pages of a quote and a prediction, with links to the previous and next one."""

    # Columns for the text of those links.
    text_columns: tuple[str, ...] = ()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        before, after = self._neighbours()
        depends_on(page_key(EPISODE, self.object.episode.slug))
        return super().get_context_data(before=before, after=after, **kwargs)

    def _neighbours(self) -> tuple[Any, Any]:
        """Return the previous and the next row of the episode by time, or None. One query.

        Raises Http404 if the object was rejected since the request began.
        """
        shown = type(self.object).objects.public().filter(episode=self.object.episode)
        rows = list(visible_rows(shown.only("start", "start_raw", *self.text_columns)))
        if self.object not in rows:
            raise Http404
        place = rows.index(self.object)
        return rows[place - 1] if place else None, rows[place + 1] if place + 1 < len(rows) else None


class QuotePage(StatementPage):
    """The page of a quote."""

    template_name = "site/pages/quote.html"
    context_object_name = "quote"
    text_columns = ("text",)

    def get_queryset(self) -> QuerySet[Quote]:
        return quotes_for_list("accepted_at", "verified_at")

    def page_head(self, context: dict[str, Any]) -> Head:
        return quote_head(self.request, self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(chapter=self._chapter(), **kwargs)

    def _chapter(self) -> Chapter | None:
        """Return the chapter of the quote's time, or None."""
        quote = self.object
        if quote.start is None:
            return None
        begun = Chapter.objects.public().filter(episode=quote.episode, start__lte=quote.start)
        return visible_rows(begun.order_by("-start", "-pk").only("title", "start")).first()


class PredictionPage(StatementPage):
    """The page of a prediction."""

    template_name = "site/pages/prediction.html"
    context_object_name = "prediction"
    text_columns = ("words", "claim")

    def get_queryset(self) -> QuerySet[Prediction]:
        return predictions_for_list("criteria", "evidence", "accepted_at", "verified_at")

    def page_head(self, context: dict[str, Any]) -> Head:
        return prediction_head(self.request, self.object)
