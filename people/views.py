"""Speakers and entities: their lists with counts, and the page of each."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from episodes.filters import EntityFilter, SpeakerFilter
from episodes.models import Appearance, Episode, Mention
from episodes.views.addresses import links_of
from episodes.views.head import Head
from episodes.views.heads import entity_head, speaker_head
from episodes.views.images import image_response
from episodes.views.public import ListPage, RowsOfObjectPage, public_page
from episodes.views.rows import cards, predictions_for_list, quotes_for_list
from people.models import Entity, Speaker

# On a speaker's own page; the rest stands in the list of quotes or predictions, by speaker.
WORDS = 10


def _episodes_of(rows: QuerySet, name: str) -> Coalesce:
    """Number of different episodes of these public rows that point to the row outside."""
    counted = rows.filter(**{name: OuterRef("pk")}).order_by().values(name)
    count = counted.annotate(n=Count("episode", distinct=True)).values("n")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


class SpeakerList(ListPage):
    template_name = "people/speaker_list.html"
    heading = _("Speakers")
    description = _("Everybody who speaks in a published episode.")
    filterset_class = SpeakerFilter

    def rows(self) -> QuerySet[Speaker]:
        count = _episodes_of(Appearance.objects.public(), "speaker")
        named = Speaker.objects.public().only("name", "slug", "kind", "headline", "status")
        return named.annotate(episode_count=count).order_by("-episode_count", "name", "pk")


class SpeakerPage(RowsOfObjectPage):
    """What somebody appeared in, said and predicted."""

    template_name = "people/speaker.html"

    def get_object(self) -> Speaker:
        return get_object_or_404(Speaker.objects.public().prefetch_related("aliases"), slug=self.kwargs["slug"])

    def rows(self) -> QuerySet[Episode]:
        credited = Appearance.objects.public().filter(speaker=self.object)
        return cards(Episode.objects.public().filter(pk__in=credited.values("episode")))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        speaker = self.object
        return super().get_context_data(
            speaker=speaker,
            # One more than is shown tells whether there is more, without counting.
            quotes=list(quotes_for_list().filter(speaker=speaker)[: WORDS + 1]),
            predictions=list(predictions_for_list().filter(speaker=speaker)[: WORDS + 1]),
            links=links_of(speaker.links) if speaker.introduced else [],
            most=WORDS,
            **kwargs,
        )

    def page_head(self, context: dict[str, Any]) -> Head:
        return speaker_head(self.request, self.object, context["links"])


class EntityList(ListPage):
    template_name = "people/entity_list.html"
    heading = _("Entities")
    description = _("The people, organisations, products, works and methods that are talked about.")
    filterset_class = EntityFilter

    def rows(self) -> QuerySet[Entity]:
        count = _episodes_of(Mention.objects.public(), "entity")
        named = Entity.objects.public().only("name", "slug", "kind")
        return named.annotate(episode_count=count).order_by("-episode_count", "name", "pk")


class EntityPage(RowsOfObjectPage):
    """Where something is talked about."""

    template_name = "people/entity.html"

    def get_object(self) -> Entity:
        return get_object_or_404(Entity.objects.public().prefetch_related("aliases"), slug=self.kwargs["slug"])

    def rows(self) -> QuerySet[Episode]:
        mentioned = Mention.objects.public().filter(entity=self.object)
        return cards(Episode.objects.public().filter(pk__in=mentioned.values("episode")))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entity = self.object
        return super().get_context_data(
            entity=entity,
            speaker=Speaker.objects.public().filter(entity=entity).only("name", "slug").first(),
            links=links_of(entity.links) if entity.introduced else [],
            **kwargs,
        )

    def page_head(self, context: dict[str, Any]) -> Head:
        return entity_head(self.request, self.object, context["links"])


@public_page
def speaker_photo(request: HttpRequest, slug: str) -> HttpResponseBase:
    speaker = get_object_or_404(Speaker.objects.public().only("photo", "status"), slug=slug)
    if not speaker.introduced:
        raise Http404
    return image_response(speaker.photo, request)
