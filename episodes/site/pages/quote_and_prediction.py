"""Quotes and predictions: a list of quotes, and a page for each quote and prediction that is shown."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from episodes.models import Chapter, Prediction, Quote
from episodes.site.contexts.head_data import Head
from episodes.site.contexts.page_heads import prediction_head, quote_head
from episodes.site.contexts.page_querysets import predictions_for_list, quotes_for_list
from episodes.site.contexts.site_state import SiteState, row_state, with_state
from episodes.site.contexts.visible_rows import visible_rows
from episodes.site.lists import QuoteFilter
from episodes.site.pages.base import ListPage, ObjectPage


class QuoteList(ListPage):
    template_name = "site/pages/quote_list.html"
    heading = _("Quotes")
    description = _("Quotes from the episodes, with speaker and time.")
    filterset_class = QuoteFilter

    def rows(self) -> QuerySet[Quote]:
        return quotes_for_list()


class StatementPage(ObjectPage):
    # What the links to the neighbours are named by.
    names: tuple[str, ...] = ()

    def facts(self) -> SiteState:
        return row_state(self.object, self.object.episode)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        before, after = self._neighbours()
        return super().get_context_data(before=before, after=after, **kwargs)

    def _neighbours(self) -> tuple[Any, Any]:
        """What was said before and after it in the same episode, by the recording's clock. One query.

        Raises Http404 where it was rejected since this answer began.
        """
        said = type(self.object).objects.public().filter(episode=self.object.episode)
        rows = list(visible_rows(said.only("start", "start_raw", *self.names)))
        if self.object not in rows:
            raise Http404
        place = rows.index(self.object)
        return rows[place - 1] if place else None, rows[place + 1] if place + 1 < len(rows) else None


class QuotePage(StatementPage):
    template_name = "site/pages/quote.html"
    context_object_name = "quote"
    names = ("text",)

    def get_queryset(self) -> QuerySet[Quote]:
        return with_state(quotes_for_list("accepted_at", "verified_at"))

    def page_head(self, context: dict[str, Any]) -> Head:
        return quote_head(self.request, self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(chapter=self._chapter(), **kwargs)

    def _chapter(self) -> Chapter | None:
        """The chapter it stands in."""
        quote = self.object
        if quote.start is None:
            return None
        begun = Chapter.objects.public().filter(episode=quote.episode, start__lte=quote.start)
        return visible_rows(begun.order_by("-start", "-pk").only("title", "start")).first()


class PredictionPage(StatementPage):
    template_name = "site/pages/prediction.html"
    context_object_name = "prediction"
    names = ("words", "claim")

    def get_queryset(self) -> QuerySet[Prediction]:
        return with_state(predictions_for_list("criteria", "evidence", "accepted_at", "verified_at"))

    def page_head(self, context: dict[str, Any]) -> Head:
        return prediction_head(self.request, self.object)
