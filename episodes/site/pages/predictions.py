"""The list of predictions as a page, as CSV and as JSON, and tallies of outcomes."""

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

from episodes.bases.prepared import Prepared
from episodes.models import Prediction
from episodes.site.cache import StateCache
from episodes.site.contexts.outcomes import OUTCOME_LABELS, PENDING
from episodes.site.contexts.page_querysets import BY_DUE_DATE, PREDICTIONS, predictions_for_list
from episodes.site.contexts.prepared_rows import PagedRows
from episodes.site.contexts.site_state import site_state
from episodes.site.lists import PredictionFilter, PredictionListFilter, stored_counts
from episodes.site.lists.quotes_and_predictions import SOON
from episodes.site.pages.base import ListPage, public_page
from episodes.site.pages.unfiltered_rows import UnfilteredRows
from people.models import Speaker

# Judged predictions from which a percentage is shown; it would be misleading for fewer.
MIN_JUDGED_FOR_SHARE = 10
# Rows of a CSV or JSON file.
MAX_EXPORTED = 10_000
COLUMNS = (
    "id", "url", "speaker", "words", "claim", "said_on", "second", "horizon", "due_on", "criteria", "outcome",
    "resolved_on", "evidence", "episode", "episode_url",
)  # fmt: skip


# --- outcomes of a speaker's predictions


@dataclass(frozen=True)
class OutcomeTally:
    """Number of a speaker's predictions by outcome."""

    counts: dict[str, int]

    @property
    def total(self) -> int:
        """Return the number of predictions."""
        return sum(self.counts.values())

    @property
    def lines(self) -> list[tuple[str, Any, int]]:
        """Return (code, label, number) of each outcome that occurs, pending first."""
        return [(code, name, self.counts[code]) for code, name in OUTCOME_LABELS.items() if self.counts.get(code)]

    @property
    def true(self) -> int:
        """Return the number that came true."""
        return self.counts.get(Prediction.Outcome.TRUE, 0)

    @property
    def judged(self) -> int:
        """Return the number judged true, false or partly true; those that cannot be judged do not count."""
        outcomes = Prediction.Outcome
        return sum(self.counts.get(code, 0) for code in (outcomes.TRUE, outcomes.FALSE, outcomes.PARTLY))

    @property
    def share(self) -> int | None:
        """Return the percentage of judged predictions that came true, or None below MIN_JUDGED_FOR_SHARE."""
        return round(100 * self.true / self.judged) if self.judged >= MIN_JUDGED_FOR_SHARE else None


def _outcomes_of(speaker: int) -> QuerySet:
    rows = Prediction.objects.public().filter(speaker=speaker).order_by()
    return rows.values_list("outcome").annotate(n=Count("pk"))


_OUTCOMES_OF = Prepared(_outcomes_of, speaker=int)


def tally_of(speaker: Speaker) -> OutcomeTally:
    """Return the tally of the speaker's predictions. One query."""
    return OutcomeTally({outcome or PENDING: n for outcome, n in _OUTCOMES_OF.rows(speaker=speaker.pk)})


# --- the page


def _quick_links(state_cache: StateCache) -> list[tuple[str, Any, int]]:
    """Return (query string, label, count) of common filters that match something. One query."""
    outcomes = Prediction.Outcome
    n = state_cache.get_or_compute("quick_links", _quick_link_counts)
    links = [
        (f"due={SOON}", _("Due soon"), n["soon"]),
        (f"outcome={outcomes.TRUE}", OUTCOME_LABELS[outcomes.TRUE], n["true"]),
        (f"outcome={outcomes.FALSE}", OUTCOME_LABELS[outcomes.FALSE], n["false"]),
    ]
    return [link for link in links if link[2]]


def _quick_link_counts() -> dict[str, int]:
    outcomes = Prediction.Outcome
    if stored_counts.are_used():
        by_outcome = {value: n for value, _label, n in stored_counts.most("prediction", "outcome", len(OUTCOME_LABELS))}
        soon, _past = stored_counts.due_predictions()
        return {"soon": soon, "true": by_outcome.get("true", 0), "false": by_outcome.get("false", 0)}
    return Prediction.objects.public().aggregate(
        soon=Count("pk", filter=Q(pk__in=Prediction.objects.due_soon().values("pk"))),
        true=Count("pk", filter=Q(outcome=outcomes.TRUE)),
        false=Count("pk", filter=Q(outcome=outcomes.FALSE)),
    )


def _sorted(queryset: QuerySet[Prediction], request: HttpRequest) -> QuerySet[Prediction]:
    return queryset.order_by(*BY_DUE_DATE) if request.GET.get("sort") == "due" else queryset


class PredictionList(UnfilteredRows, ListPage):
    """The list of predictions with filters, quick links and, for one speaker, the tally."""

    template_name = "site/pages/prediction_list.html"
    feed = "predictions"
    heading = _("Predictions")
    description = _("Predictions from the episodes: who made them, when they are due, and how they turned out.")
    filterset_class = PredictionListFilter
    sorts = ("due",)

    def rows(self) -> QuerySet[Prediction]:
        return predictions_for_list("criteria", "evidence")

    def unfiltered_rows(self) -> PagedRows:
        return PREDICTIONS.of()

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return _sorted(rows, self.request) if isinstance(rows, QuerySet) else rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sort = "due" if self.request.GET.get("sort") == "due" else ""
        return super().get_context_data(
            quick_links=_quick_links(self.state_cache), sort=sort, **self._speaker(), **kwargs
        )

    def _speaker(self) -> dict[str, Any]:
        """Return the speaker of the filter, if any, and the tally of their predictions."""
        slug = self.request.GET.get("speaker")
        if not slug or not self.filterset.is_valid():
            return {}
        speaker = Speaker.objects.public().filter(slug=slug).only("name", "slug").first()
        return {"speaker": speaker, "tally": tally_of(speaker)} if speaker else {}


# --- CSV and JSON


def _exported(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """Yield the rows of the filtered list, at most MAX_EXPORTED, as {column: value}."""
    filterset = PredictionFilter(request.GET, queryset=predictions_for_list("criteria", "evidence"), request=request)
    rows = _sorted(filterset.qs, request)[:MAX_EXPORTED] if filterset.is_valid() else []
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


# Full-width forms too: spreadsheets in Chinese accept them.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def escape_formula(value: Any) -> Any:
    """Prefix an apostrophe to text that a spreadsheet would evaluate (CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _answer(content: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=f"{content_type}; charset=utf-8")
    if changed := site_state().changed:
        response["Last-Modified"] = http_date(changed.timestamp())
    # The page has the same content.
    response["X-Robots-Tag"] = "noindex"
    return response


@public_page
def prediction_csv(request: HttpRequest) -> HttpResponse:
    """Return the list as CSV, with a byte order mark so that spreadsheets recognise UTF-8."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for row in _exported(request):
        writer.writerow({name: escape_formula(value) for name, value in row.items()})
    response = _answer(text.getvalue(), "text/csv")
    response["Content-Disposition"] = 'attachment; filename="predictions.csv"'
    return response


@public_page
def prediction_json(request: HttpRequest) -> HttpResponse:
    """Return the list as JSON."""
    return _answer(json.dumps(list(_exported(request)), ensure_ascii=False), "application/json")
