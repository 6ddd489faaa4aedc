"""The home page: latest episodes, quote of the day, predictions due, fully checked episodes, tags."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet

from episodes.bases.page_dependencies import today
from episodes.models import Episode, Prediction, Quote, Tag, TaggedEpisode
from episodes.site.cache import StateCache
from episodes.site.contexts.alternates import feed_alternates
from episodes.site.contexts.page_querysets import for_cards, predictions_for_list, quotes_for_list
from episodes.site.pages.base import PlainPage

MAX_EPISODES, MAX_FULLY_CHECKED, MAX_PREDICTIONS, MAX_TAGS = 7, 4, 3, 24


class Home(PlainPage):
    """The home page. Quotes, predictions and tags appear once the menu lists them."""

    template_name = "site/pages/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        sections = context["site_state"].listed_sections
        episodes = for_cards(Episode.objects.public())[:MAX_EPISODES]
        return context | {
            "episodes": episodes,
            "feeds": feed_alternates("site") if episodes else [],
            "fully_checked": list(_fully_checked()),
            "quote": _quote_of_the_day(self.state_cache) if "quotes" in sections else None,
            "predictions": list(_predictions_due()) if "predictions" in sections else [],
            "tags": self.state_cache.get_or_compute("tags", lambda: list(_frequent_tags()))
            if "tags" in sections
            else [],
        }


def _fully_checked() -> QuerySet[Episode]:
    """Return the latest evergreen episodes: each has a recheck date at the same distance."""
    evergreen = Episode.objects.public().filter(status=Episode.Status.EVERGREEN)
    return for_cards(evergreen).order_by(F("recheck_on").desc(nulls_last=True), "-pk")[:MAX_FULLY_CHECKED]


def _quote_of_the_day(state_cache: StateCache) -> Quote | None:
    """Return the quote of the day. One quote per episode takes part, so that rich episodes do not dominate."""
    keys = state_cache.get_or_compute("quotes", _first_quotes)
    if not keys:
        return None
    return quotes_for_list().filter(pk=keys[today().toordinal() % len(keys)]).first()


def _first_quotes() -> list[int]:
    firsts = Quote.objects.public().order_by().values("episode").annotate(first=Min("pk"))
    return list(quotes_for_list().filter(pk__in=firsts.values("first")).values_list("pk", flat=True))


def _predictions_due() -> QuerySet[Prediction]:
    """Return predictions that are due or will be within thirty days, the latest due date first."""
    rows = predictions_for_list("criteria")
    due = Q(pk__in=Prediction.objects.due_soon().values("pk")) | Q(pk__in=Prediction.objects.due().values("pk"))
    return rows.filter(due).order_by("-due_on", "pk")[:MAX_PREDICTIONS]


def _frequent_tags() -> QuerySet[Tag]:
    public = TaggedEpisode.objects.public()
    frequent = public.order_by().values("tag").annotate(n=Count("pk")).filter(n__gt=1).order_by("-n", "tag")
    return Tag.objects.filter(pk__in=frequent.values("tag")[:MAX_TAGS])
