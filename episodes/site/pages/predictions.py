"""The ledger: what was predicted, and what came of it. As a page, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext_lazy as _

from episodes.models import Prediction
from episodes.site.cache import StateCache
from episodes.site.contexts.outcomes import OUTCOME_LABELS, PENDING
from episodes.site.contexts.page_querysets import BY_DUE_DATE, predictions_for_list
from episodes.site.contexts.site_state import site_state
from episodes.site.lists import PredictionFilter
from episodes.site.lists.quotes_and_predictions import SOON
from episodes.site.pages.base import ListPage, public_page
from people.models import Speaker

# A share of fewer is a number that looks like more than it is.
ENOUGH_FOR_A_SHARE = 10
MOST_EXPORTED = 10_000
COLUMNS = (
    "id", "url", "speaker", "words", "claim", "said_on", "second", "horizon", "due_on", "criteria", "outcome",
    "resolved_on", "evidence", "episode", "episode_url",
)  # fmt: skip


# --- how somebody's predictions turned out


@dataclass(frozen=True)
class OutcomeTally:
    """How many of somebody's predictions came to which outcome."""

    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def lines(self) -> list[tuple[str, Any, int]]:
        """(code, name, number) of each outcome there is, open ones first."""
        return [(code, name, self.counts[code]) for code, name in OUTCOME_LABELS.items() if self.counts.get(code)]

    @property
    def true(self) -> int:
        return self.counts.get(Prediction.Outcome.TRUE, 0)

    @property
    def judged(self) -> int:
        """Those that could come true and were told: ambiguous and unresolvable ones speak neither for nor against."""
        outcomes = Prediction.Outcome
        return sum(self.counts.get(code, 0) for code in (outcomes.TRUE, outcomes.FALSE, outcomes.PARTLY))

    @property
    def share(self) -> int | None:
        """Percent of the judged that came true; None while there are fewer than ten."""
        return round(100 * self.true / self.judged) if self.judged >= ENOUGH_FOR_A_SHARE else None


def tally(predictions: QuerySet[Prediction]) -> OutcomeTally:
    """One query."""
    counted = predictions.order_by().values_list("outcome").annotate(n=Count("pk"))
    return OutcomeTally({outcome or PENDING: n for outcome, n in counted})


# --- the page


def _ways_in(state_cache: StateCache) -> list[tuple[str, Any, int]]:
    """(query, name, count) of what most visitors come for; what leads to nothing is left out. One query."""
    outcomes = Prediction.Outcome
    n = state_cache.get_or_compute("ways", _ways_counted)
    ways = [
        (f"due={SOON}", _("Due soon"), n["soon"]),
        (f"outcome={outcomes.TRUE}", OUTCOME_LABELS[outcomes.TRUE], n["true"]),
        (f"outcome={outcomes.FALSE}", OUTCOME_LABELS[outcomes.FALSE], n["false"]),
    ]
    return [way for way in ways if way[2]]


def _ways_counted() -> dict[str, int]:
    outcomes = Prediction.Outcome
    return Prediction.objects.public().aggregate(
        soon=Count("pk", filter=Q(pk__in=Prediction.objects.due_soon().values("pk"))),
        true=Count("pk", filter=Q(outcome=outcomes.TRUE)),
        false=Count("pk", filter=Q(outcome=outcomes.FALSE)),
    )


def _sorted(queryset: QuerySet[Prediction], request: HttpRequest) -> QuerySet[Prediction]:
    return queryset.order_by(*BY_DUE_DATE) if request.GET.get("sort") == "due" else queryset


class PredictionList(ListPage):
    template_name = "site/pages/prediction_list.html"
    feed = "predictions"
    heading = _("Predictions")
    description = _("Predictions from the episodes: who made them, when they are due, and how they turned out.")
    filterset_class = PredictionFilter

    def rows(self) -> QuerySet[Prediction]:
        return predictions_for_list("criteria", "evidence")

    def get_queryset(self) -> QuerySet[Prediction]:
        return _sorted(super().get_queryset(), self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sort = "due" if self.request.GET.get("sort") == "due" else ""
        return super().get_context_data(ways=_ways_in(self.state_cache), sort=sort, **self._speaker(), **kwargs)

    def _speaker(self) -> dict[str, Any]:
        """Who the list is narrowed to, and how all of that speaker's predictions turned out."""
        slug = self.request.GET.get("speaker")
        if not slug or not self.filterset.is_valid():
            return {}
        speaker = Speaker.objects.public().filter(slug=slug).only("name", "slug").first()
        return (
            {"speaker": speaker, "tally": tally(Prediction.objects.public().filter(speaker=speaker))} if speaker else {}
        )


# --- the same for machines


def _exported(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """The rows of the list under this address, all its pages at once."""
    filterset = PredictionFilter(request.GET, queryset=predictions_for_list("criteria", "evidence"), request=request)
    rows = _sorted(filterset.qs, request)[:MOST_EXPORTED] if filterset.is_valid() else []
    row: Any
    for row in rows:
        episode = row.episode
        values = (
            row.pk,
            request.build_absolute_uri(row.get_absolute_url()),
            row.by_name,
            row.words,
            row.claim,
            episode.aired_on and episode.aired_on.isoformat(),
            row.start,
            row.horizon,
            row.due_on and row.due_on.isoformat(),
            row.criteria,
            row.outcome or PENDING,
            row.resolved_on and row.resolved_on.isoformat(),
            row.evidence,
            str(episode),
            request.build_absolute_uri(episode.get_absolute_url()),
        )
        yield dict(zip(COLUMNS, values, strict=True))


# The wide ones too: a spreadsheet in Chinese takes them for the narrow.
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def harmless(value: Any) -> Any:
    """A cell that a spreadsheet would take for a formula gets an apostrophe, which makes it text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA) else value


def _answer(content: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=f"{content_type}; charset=utf-8")
    if changed := site_state().changed:
        response["Last-Modified"] = http_date(changed.timestamp())
    # The same words have their page; search engines need no second copy.
    response["X-Robots-Tag"] = "noindex"
    return response


@public_page
def prediction_csv(request: HttpRequest) -> HttpResponse:
    """With a byte order mark, without which spreadsheets take UTF-8 for something else."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for row in _exported(request):
        writer.writerow({name: harmless(value) for name, value in row.items()})
    response = _answer(text.getvalue(), "text/csv")
    response["Content-Disposition"] = 'attachment; filename="predictions.csv"'
    return response


@public_page
def prediction_json(request: HttpRequest) -> HttpResponse:
    return _answer(json.dumps(list(_exported(request)), ensure_ascii=False), "application/json")
