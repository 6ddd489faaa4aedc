"""The home page: latest episodes, quote of the day, predictions due, fully checked episodes, tags."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Min, QuerySet

from episodes.bases.prepared import Prepared, today
from episodes.models import Episode, Prediction, Quote, Tag, TaggedEpisode
from episodes.site.cache import StateCache
from episodes.site.contexts.alternates import feed_alternates
from episodes.site.contexts.page_querysets import CARDS, for_cards, predictions_for_list, quotes_for_list
from episodes.site.lists import stored_counts
from episodes.site.pages.base import PlainPage

SOON = timedelta(days=30)
MAX_EPISODES, MAX_FULLY_CHECKED, MAX_PREDICTIONS, MAX_TAGS = 7, 4, 3, 24


class Home(PlainPage):
    """The home page. Quotes, predictions and tags appear once the menu lists them."""

    template_name = "site/pages/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        sections = context["site_state"].listed_sections
        episodes = CARDS.of()[:MAX_EPISODES]
        return context | {
            "episodes": episodes,
            "feeds": feed_alternates("site") if episodes else [],
            "fully_checked": _FULLY_CHECKED.rows(),
            "quote": _quote_of_the_day(self.state_cache) if "quotes" in sections else None,
            "predictions": _PREDICTIONS_DUE.rows() if "predictions" in sections else [],
            "tags": self.state_cache.get_or_compute("tags", _most_frequent_tags) if "tags" in sections else [],
        }


def _most_frequent_tags() -> list[Tag]:
    return stored_counts.frequent_tags(MAX_TAGS) if stored_counts.are_used() else list(_frequent_tags())


def _fully_checked() -> QuerySet[Episode]:
    """Return the latest evergreen episodes: each has a recheck date at the same distance."""
    evergreen = Episode.objects.public().filter(status=Episode.Status.EVERGREEN)
    return for_cards(evergreen).order_by(F("recheck_on").desc(nulls_last=True), "-pk")[:MAX_FULLY_CHECKED]


def _quote_of_the_day(state_cache: StateCache) -> Quote | None:
    """Return the quote of the day. One quote per episode takes part, so that rich episodes do not dominate."""
    if stored_counts.are_used():
        return _quote_near(today().toordinal())
    keys = state_cache.get_or_compute("quotes", _first_quotes)
    if not keys:
        return None
    return _QUOTE.first(key=keys[today().toordinal() % len(keys)])


def _quote_near(day: int) -> Quote | None:
    """Return the first quote of the first episode with any from a key on that depends on the day. Three queries.

    On a large site, where numbering all episodes would take longer the more there are.
    """
    largest = Quote.objects.order_by("-episode").values_list("episode", flat=True).first()
    if largest is None:
        return None
    # Fibonacci hashing: the days of a month lie far apart.
    start = day * 2_654_435_769 % 2**32 * (largest + 1) >> 32
    for begin in (start, 0):
        if found := _FIRST_QUOTE.first(episode=begin):
            return _QUOTE.first(key=found)
    return None


def _first_quote(episode: int) -> QuerySet:
    return (
        Quote.objects.public()
        .filter(episode__gte=episode)
        .order_by("episode_id", "pk")
        .values_list("pk", flat=True)[:1]
    )


def _first_quotes() -> list[int]:
    firsts = Quote.objects.public().order_by().values("episode").annotate(first=Min("pk"))
    return list(quotes_for_list().filter(pk__in=firsts.values("first")).values_list("pk", flat=True))


def _predictions_due() -> QuerySet[Prediction]:
    """Return predictions that are due or will be within thirty days, the latest due date first."""
    rows = predictions_for_list("criteria").filter(outcome="", due_on__lte=today() + SOON)
    return rows.order_by("-due_on", "pk")[:MAX_PREDICTIONS]


def _frequent_tags() -> QuerySet[Tag]:
    public = TaggedEpisode.objects.public()
    frequent = public.order_by().values("tag").annotate(n=Count("pk")).filter(n__gt=1).order_by("-n", "tag")
    return Tag.objects.filter(pk__in=frequent.values("tag")[:MAX_TAGS])


_QUOTE = Prepared(lambda key: quotes_for_list().filter(pk=key), key=int)
_FIRST_QUOTE = Prepared(_first_quote, episode=int)
_FULLY_CHECKED = Prepared(_fully_checked)
_PREDICTIONS_DUE = Prepared(_predictions_due)
