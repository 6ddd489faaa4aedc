"""The about page: how notes are made and reviewed, with current figures."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast

from episodes.bases.reviewable import ACCEPTED_STATUSES, DECIDED_STATUSES
from episodes.models import Episode, Prediction, Quote, Section, Snapshot
from episodes.models.episode import in_public_episode
from episodes.site.cache import NO_CACHE, StateCache
from episodes.site.contexts.outcomes import OUTCOME_LABELS, PENDING
from episodes.site.pages.base import PlainPage


class About(PlainPage):
    """The about page. Three queries: site state, episodes, contents."""

    template_name = "site/pages/about.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        episodes = self.state_cache.get_or_compute("episodes", episode_numbers)
        return super().get_context_data(episodes=episodes, **content_numbers(self.state_cache), **kwargs)


def episode_numbers() -> dict[str, int]:
    """Return the numbers of public episodes. One query.

    all      all of them
    own      own writing
    adopted  published without item review and not fully reviewed since
    unread, partly, read, evergreen   the others by review status of summary and sections
    """
    written = Section.objects.shown().filter(episode=OuterRef("pk"))
    reviewed = Section.objects.reviewed().filter(episode=OuterRef("pk"))
    summary = Q(summary_status__in=ACCEPTED_STATUSES) & ~Q(summary="")
    rows = Episode.objects.public().order_by()
    rows = rows.annotate(
        some_unread=Exists(written.undecided()) | (~Q(summary_status__in=DECIDED_STATUSES) & ~Q(summary="")),
        some_read=Exists(reviewed) | summary,
    )
    made = ~Q(form=Episode.Form.OWN) & ~Q(status=Episode.Status.EVERGREEN)
    return rows.aggregate(
        all=Count("pk"),
        own=Count("pk", filter=Q(form=Episode.Form.OWN)),
        adopted=Count("pk", filter=Q(adopted=True, some_unread=True)),
        unread=Count("pk", filter=made & Q(some_unread=True, some_read=False)),
        partly=Count("pk", filter=made & Q(some_unread=True, some_read=True)),
        read=Count("pk", filter=made & Q(some_unread=False)),
        evergreen=Count("pk", filter=~Q(form=Episode.Form.OWN) & Q(status=Episode.Status.EVERGREEN)),
    )


def _counts() -> dict[tuple[str, str], int]:
    """Return {(kind, outcome): number} of quotes, predictions and corrections. One query."""
    parts = [
        _counted("quote", Quote.objects.public()),
        _counted("prediction", Prediction.objects.public(), "outcome"),
        _counted("correction", Snapshot.objects.corrections().filter(in_public_episode())),
    ]
    return {(kind, value): number for kind, value, number in parts[0].union(*parts[1:], all=True)}


def content_numbers(state_cache: StateCache = NO_CACHE) -> dict[str, Any]:
    """Return `quotes`, `predictions`, `outcomes` as (label, number), and `corrections`."""
    numbers = state_cache.get_or_compute("inside", _counts)
    counts = {value or PENDING: number for (kind, value), number in numbers.items() if kind == "prediction"}
    return {
        "quotes": numbers.get(("quote", ""), 0),
        "predictions": sum(counts.values()),
        "outcomes": [(label, counts[value]) for value, label in OUTCOME_LABELS.items() if counts.get(value)],
        "corrections": numbers.get(("correction", ""), 0),
    }


def _counted(kind: str, rows: Any, by: str = "") -> Any:
    """Return rows of (kind, value of the column `by`, count)."""
    value = Cast(by, TextField()) if by else Value("", TextField())
    named = rows.order_by().annotate(c_kind=Value(kind, TextField()), c_value=value)
    return named.values("c_kind", "c_value").annotate(c_number=Count("pk")).values_list("c_kind", "c_value", "c_number")
