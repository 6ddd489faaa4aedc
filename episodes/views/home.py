"""The front door: the newest episodes, and a look into the other rooms."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Min, QuerySet

from episodes.models import Episode, Prediction, Quote, Tag, TaggedEpisode
from episodes.views.alternates import feeds_of
from episodes.views.public import PlainPage
from episodes.views.rows import cards, predictions_for_list, quotes_for_list

NEWEST, WORDS, TAGS = 9, 3, 24


class Home(PlainPage):
    template_name = "episodes/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        public = TaggedEpisode.objects.public()
        often = public.order_by().values("tag").annotate(n=Count("pk")).order_by("-n", "tag").values("tag")[:TAGS]
        episodes = cards(Episode.objects.public())[:NEWEST]
        return super().get_context_data(
            episodes=episodes,
            feeds=feeds_of("site") if episodes else [],
            quotes=_one_of_each(quotes_for_list(), Quote)[:WORDS],
            predictions=_one_of_each(predictions_for_list(), Prediction)[:WORDS],
            tags=Tag.objects.filter(pk__in=often),
            **kwargs,
        )


def _one_of_each(queryset: QuerySet, model: Any) -> QuerySet:
    """The first of each episode: a rich episode would fill the page with its own."""
    firsts = model._default_manager.public().order_by().values("episode").annotate(first=Min("pk"))
    return queryset.filter(pk__in=firsts.values("first"))
