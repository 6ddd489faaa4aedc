"""The front door: what is new, what has grown evergreen, words of the day, and what will soon be known."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone

from episodes.models import Episode, Prediction, Quote, Tag, TaggedEpisode
from episodes.site.cache import StateCache
from episodes.site.contexts.alternates import feeds_of
from episodes.site.contexts.page_querysets import for_cards, predictions_for_list, quotes_for_list
from episodes.site.pages.base import PlainPage

NEWEST, GROWN, DUE, TAGS = 7, 4, 3, 24


class Home(PlainPage):
    """A room enters only once it is open: `facts` knows which are."""

    template_name = "site/pages/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rooms = context["facts"].rooms
        episodes = for_cards(Episode.objects.public())[:NEWEST]
        return context | {
            "episodes": episodes,
            "feeds": feeds_of("site") if episodes else [],
            "grown": list(_grown()),
            "quote": _quote_of_the_day(self.state_cache) if "quotes" in rooms else None,
            "predictions": list(_nearly_known()) if "predictions" in rooms else [],
            "tags": self.state_cache.get_or_compute("tags", lambda: list(_often())) if "tags" in rooms else [],
        }


def _grown() -> QuerySet[Episode]:
    """The last to grow: a recheck is set for the same while after each."""
    evergreen = Episode.objects.public().filter(status=Episode.Status.EVERGREEN)
    return for_cards(evergreen).order_by(F("recheck_on").desc(nulls_last=True), "-pk")[:GROWN]


def _quote_of_the_day(state_cache: StateCache) -> Quote | None:
    """Another one each day, the same for everybody. Of each episode one: a rich one would speak every day."""
    keys = state_cache.get_or_compute("quotes", _first_quotes)
    if not keys:
        return None
    return quotes_for_list().filter(pk=keys[timezone.localdate().toordinal() % len(keys)]).first()


def _first_quotes() -> list[int]:
    firsts = Quote.objects.public().order_by().values("episode").annotate(first=Min("pk"))
    return list(quotes_for_list().filter(pk__in=firsts.values("first")).values_list("pk", flat=True))


def _nearly_known() -> QuerySet[Prediction]:
    """What is due, or will be within thirty days, the earliest first."""
    rows = predictions_for_list("criteria")
    near = Q(pk__in=Prediction.objects.due_soon().values("pk")) | Q(pk__in=Prediction.objects.due().values("pk"))
    return rows.filter(near).order_by("-due_on", "pk")[:DUE]


def _often() -> QuerySet[Tag]:
    public = TaggedEpisode.objects.public()
    often = public.order_by().values("tag").annotate(n=Count("pk")).filter(n__gt=1).order_by("-n", "tag")
    return Tag.objects.filter(pk__in=often.values("tag")[:TAGS])
