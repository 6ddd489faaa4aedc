"""Quotes and predictions: their lists, and a page for each one that is shown."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from episodes.filters import PredictionFilter, QuoteFilter
from episodes.models import Prediction, Quote
from episodes.views.head import Head
from episodes.views.heads import prediction_head, quote_head
from episodes.views.public import Facts, ListPage, ObjectPage, row_facts, with_facts
from episodes.views.rows import predictions_for_list, quotes_for_list


class QuoteList(ListPage):
    template_name = "episodes/quote_list.html"
    heading = _("Quotes")
    description = _("What was said, by whom and at which second.")
    filterset_class = QuoteFilter

    def rows(self) -> QuerySet[Quote]:
        return quotes_for_list()


class PredictionList(ListPage):
    template_name = "episodes/prediction_list.html"
    heading = _("Predictions")
    description = _("What was predicted, by whom, until when, and what came of it.")
    filterset_class = PredictionFilter

    def rows(self) -> QuerySet[Prediction]:
        return predictions_for_list()


class SaidPage(ObjectPage):
    def facts(self) -> Facts:
        return row_facts(self.object, self.object.episode)


class QuotePage(SaidPage):
    template_name = "episodes/quote.html"
    context_object_name = "quote"

    def get_queryset(self) -> QuerySet[Quote]:
        return with_facts(quotes_for_list("accepted_at", "verified_at"))

    def page_head(self, context: dict[str, Any]) -> Head:
        return quote_head(self.request, self.object)


class PredictionPage(SaidPage):
    template_name = "episodes/prediction.html"
    context_object_name = "prediction"

    def get_queryset(self) -> QuerySet[Prediction]:
        return with_facts(predictions_for_list("criteria", "evidence", "accepted_at", "verified_at"))

    def page_head(self, context: dict[str, Any]) -> Head:
        return prediction_head(self.request, self.object)
