"""Speakers and entities: their lists with counts, and the page of each."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, Max, Min, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from episodes.models import Appearance, Episode, Mention, Prediction, Quote
from episodes.site.contexts import cooccurrence
from episodes.site.contexts.cooccurrence_graph import graph_of
from episodes.site.contexts.head_data import Head
from episodes.site.contexts.page_heads import entity_head, speaker_head
from episodes.site.contexts.page_querysets import (
    crediting,
    for_cards,
    mentioning,
    predictions_for_list,
    quotes_for_list,
)
from episodes.site.contexts.safe_links import links_of
from episodes.site.lists import EntityFilter, EpisodeFilter, SpeakerFilter
from episodes.site.pages.base import RecurringList, RowsOfObjectPage, public_page
from episodes.site.pages.images import image_response
from episodes.site.pages.predictions import tally
from people.models import Entity, Speaker

# On a speaker's own page; the rest stands in the list of quotes or predictions, by speaker.
WORDS = 10
# Episodes that mention a speaker; the rest stands on the page of the entity.
MENTIONED = 20


def _episodes_of(rows: QuerySet, name: str) -> Coalesce:
    """Number of different episodes of these public rows that point to the row outside."""
    counted = rows.filter(**{name: OuterRef("pk")}).order_by().values(name)
    count = counted.annotate(n=Count("episode", distinct=True)).values("n")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


class SpeakerList(RecurringList):
    template_name = "site/pages/speaker_list.html"
    heading = _("People & channels")
    description = _("The people and channels that appear in published episodes.")
    filterset_class = SpeakerFilter

    def everything(self) -> QuerySet[Speaker]:
        return self._counted(Speaker.objects.public())

    def recurring(self) -> QuerySet[Speaker]:
        return self._counted(Speaker.objects.recurring())

    def _counted(self, speakers: QuerySet[Speaker]) -> QuerySet[Speaker]:
        count = _episodes_of(Appearance.objects.public(), "speaker")
        named = speakers.only("name", "slug", "kind", "headline", "status")
        return named.annotate(episode_count=count).order_by("-episode_count", "name", "pk")


class SpeakerPage(RowsOfObjectPage):
    """What somebody appeared in, said and predicted, and where others talk about them. A channel's is its episodes."""

    template_name = "site/pages/speaker.html"
    feed = "speaker"

    def get_object(self) -> Speaker:
        quoted = Quote.objects.public().filter(speaker=OuterRef("pk")).order_by().values("speaker")
        count = Subquery(quoted.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        found = Speaker.objects.public().annotate(quote_count=Coalesce(count, 0)).prefetch_related("aliases")
        speaker = get_object_or_404(found, slug=self.kwargs["slug"])
        if speaker.kind == Speaker.Kind.CHANNEL:
            self.filterset_class = EpisodeFilter
        return speaker

    def rows(self) -> QuerySet[Episode]:
        return for_cards(crediting(self.object))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        speaker = self.object
        about = cooccurrence.episodes_of(speaker).aggregate(n=Count("pk"), first=Min("aired_on"), last=Max("aired_on"))
        return super().get_context_data(
            speaker=speaker,
            about=about,
            lonely=about["n"] < 2,
            tally=tally(Prediction.objects.public().filter(speaker=speaker)),
            # One more than is shown tells whether there is more, without counting.
            quotes=list(quotes_for_list().filter(speaker=speaker)[: WORDS + 1]),
            predictions=list(predictions_for_list("criteria", "evidence").filter(speaker=speaker)[: WORDS + 1]),
            links=links_of(speaker.links) if speaker.introduced else [],
            most=WORDS,
            **self._company(),
            **kwargs,
        )

    def page_head(self, context: dict[str, Any]) -> Head:
        return speaker_head(self.request, self.object, context["links"])

    def _company(self) -> dict[str, Any]:
        """A channel stands beside everybody, and is no company."""
        if self.object.kind == Speaker.Kind.CHANNEL:
            return {}
        return {"seen_with": cooccurrence.seen_with(self.object), "talked_of": self._talked_of()}

    def _talked_of(self) -> list[Episode]:
        """The newest episodes in which others mention the speaker; each knows how many there are. One query."""
        if self.object.entity_id is None:
            return []
        rows = cooccurrence.talked_of(self.object).annotate(total=Window(Count("pk")))
        return list(rows.only("title", "slug", "language", "aired_on")[:MENTIONED])


class EntityList(RecurringList):
    template_name = "site/pages/entity_list.html"
    heading = _("Index")
    description = _("The people, organisations, products, works and methods mentioned in the episodes.")
    filterset_class = EntityFilter

    def everything(self) -> QuerySet[Entity]:
        return self._counted(Entity.objects.public())

    def recurring(self) -> QuerySet[Entity]:
        return self._counted(Entity.objects.recurring())

    def _counted(self, entities: QuerySet[Entity]) -> QuerySet[Entity]:
        count = _episodes_of(Mention.objects.public(), "entity")
        named = entities.only("name", "slug", "kind")
        return named.annotate(episode_count=count).order_by("-episode_count", "name", "pk")


class EntityPage(RowsOfObjectPage):
    """Where something is talked about, by whom, and together with what."""

    template_name = "site/pages/entity.html"
    feed = "entity"

    def get_object(self) -> Entity:
        return get_object_or_404(Entity.objects.public().prefetch_related("aliases"), slug=self.kwargs["slug"])

    def rows(self) -> QuerySet[Episode]:
        return for_cards(mentioning(self.object))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entity = self.object
        mentioned_with = cooccurrence.mentioned_with(entity)
        return super().get_context_data(
            entity=entity,
            speaker=Speaker.objects.public().filter(entity=entity).only("name", "slug").first(),
            links=links_of(entity.links) if entity.introduced else [],
            talked_about_by=cooccurrence.talked_about_by(entity),
            mentioned_with=mentioned_with,
            picture=graph_of(entity.name, mentioned_with),
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
