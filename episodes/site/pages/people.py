"""Lists and pages of speakers and entities."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, Max, Min, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from episodes.bases.page_dependencies import ENTITY, SPEAKER, depends_on, page_key
from episodes.models import Appearance, Episode, Mention, Prediction, Quote
from episodes.site.contexts import cooccurrence
from episodes.site.contexts.cooccurrence_graph import graph_of
from episodes.site.contexts.head_data import Head
from episodes.site.contexts.page_heads import entity_head, speaker_head
from episodes.site.contexts.page_querysets import (
    episodes_crediting,
    episodes_mentioning,
    for_cards,
    predictions_for_list,
    quotes_for_list,
)
from episodes.site.contexts.safe_links import links_of
from episodes.site.lists import EntityFilter, EpisodeFilter, SpeakerFilter
from episodes.site.pages.base import ObjectListPage, RecurringList, public_page
from episodes.site.pages.images import image_response
from episodes.site.pages.predictions import tally
from people.models import Entity, Speaker

# Quotes, and predictions, on a speaker's page; the rest is in the filtered lists.
MAX_STATEMENTS = 10
# Episodes that mention a speaker on the speaker's page; the rest is on the entity's page.
MAX_MENTIONING_EPISODES = 20


def _episodes_of(rows: QuerySet, name: str) -> Coalesce:
    """Return an annotation: the number of distinct episodes of `rows` whose column `name` is the annotated row."""
    counted = rows.filter(**{name: OuterRef("pk")}).order_by().values(name)
    count = counted.annotate(n=Count("episode", distinct=True)).values("n")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


class SpeakerList(RecurringList):
    """The list of speakers with their number of episodes."""

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


class SpeakerPage(ObjectListPage):
    """A person's episodes, quotes, predictions and mentions; a channel's episodes with filters."""

    template_name = "site/pages/speaker.html"
    feed = "speaker"

    def get_object(self) -> Speaker:
        quoted = Quote.objects.public().filter(speaker=OuterRef("pk")).order_by().values("speaker")
        count = Subquery(quoted.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        speakers = Speaker.objects.public().annotate(quote_count=Coalesce(count, 0)).prefetch_related("aliases")
        speaker = get_object_or_404(speakers.select_related("entity"), slug=self.kwargs["slug"])
        depends_on(page_key(SPEAKER, speaker.slug))
        if speaker.entity is not None:
            # Episodes of others that mention the speaker.
            depends_on(page_key(ENTITY, speaker.entity.slug))
        if speaker.kind == Speaker.Kind.CHANNEL:
            self.filterset_class = EpisodeFilter
        return speaker

    def rows(self) -> QuerySet[Episode]:
        return for_cards(episodes_crediting(self.object))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        speaker = self.object
        stats = cooccurrence.episodes_of(speaker).aggregate(n=Count("pk"), first=Min("aired_on"), last=Max("aired_on"))
        return super().get_context_data(
            speaker=speaker,
            stats=stats,
            is_single_episode=stats["n"] < 2,
            tally=tally(Prediction.objects.public().filter(speaker=speaker)),
            # One more than is shown, to know whether there are more without counting.
            quotes=list(quotes_for_list().filter(speaker=speaker)[: MAX_STATEMENTS + 1]),
            predictions=list(
                predictions_for_list("criteria", "evidence").filter(speaker=speaker)[: MAX_STATEMENTS + 1]
            ),
            links=links_of(speaker.links) if speaker.introduced else [],
            limit=MAX_STATEMENTS,
            **self._related_names(),
            **kwargs,
        )

    def page_head(self, context: dict[str, Any]) -> Head:
        return speaker_head(self.request, self.object, context["links"])

    def _related_names(self) -> dict[str, Any]:
        """Return people often credited together and episodes of others; nothing for channels."""
        if self.object.kind == Speaker.Kind.CHANNEL:
            return {}
        return {
            "appears_with": cooccurrence.appears_with(self.object),
            "mentioned_by_others": self._mentioned_by_others(),
        }

    def _mentioned_by_others(self) -> list[Episode]:
        """Return the newest episodes that mention the speaker without crediting them, each with `total`. One query."""
        if self.object.entity_id is None:
            return []
        rows = cooccurrence.mentioned_by_others(self.object).annotate(total=Window(Count("pk")))
        return list(rows.only("title", "slug", "language", "aired_on")[:MAX_MENTIONING_EPISODES])


class EntityList(RecurringList):
    """The list of entities with their number of episodes."""

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


class EntityPage(ObjectListPage):
    """An entity's episodes, the people who mention it, and the entities mentioned with it."""

    template_name = "site/pages/entity.html"
    feed = "entity"

    def get_object(self) -> Entity:
        depends_on(page_key(ENTITY, self.kwargs["slug"]))
        return get_object_or_404(Entity.objects.public().prefetch_related("aliases"), slug=self.kwargs["slug"])

    def rows(self) -> QuerySet[Episode]:
        return for_cards(episodes_mentioning(self.object))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entity = self.object
        mentioned_with = cooccurrence.mentioned_with(entity)
        return super().get_context_data(
            entity=entity,
            speaker=Speaker.objects.public().filter(entity=entity).only("name", "slug").first(),
            links=links_of(entity.links) if entity.introduced else [],
            mentioned_by=cooccurrence.mentioned_by(entity),
            mentioned_with=mentioned_with,
            graph=graph_of(entity.name, mentioned_with),
            **kwargs,
        )

    def page_head(self, context: dict[str, Any]) -> Head:
        return entity_head(self.request, self.object, context["links"])


@public_page
def speaker_photo(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Return the photo of a public speaker whose profile is accepted."""
    speaker = get_object_or_404(Speaker.objects.public().only("photo", "status"), slug=slug)
    if not speaker.introduced:
        raise Http404
    return image_response(speaker.photo, request)
