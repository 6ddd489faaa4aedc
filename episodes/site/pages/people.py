"""Lists and pages of speakers and entities."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from episodes.bases.page_dependencies import ENTITY, SPEAKER, depends_on, page_key
from episodes.bases.prepared import Prepared
from episodes.models import Appearance, Episode, Mention, Prediction, Quote
from episodes.site.contexts import cooccurrence
from episodes.site.contexts.cooccurrence_graph import graph_of
from episodes.site.contexts.head_data import Head
from episodes.site.contexts.page_heads import entity_head, speaker_head
from episodes.site.contexts.page_querysets import (
    CARDS_OF_ENTITY,
    CARDS_OF_SPEAKER,
    episodes_crediting,
    for_cards,
    other_names,
    predictions_for_list,
    quotes_for_list,
)
from episodes.site.contexts.prepared_rows import PagedRows
from episodes.site.contexts.safe_links import links_of
from episodes.site.lists import ChannelFilter, EntityFilter, SpeakerFilter, stored_counts
from episodes.site.pages.base import ObjectListPage, RecurringList, public_page
from episodes.site.pages.images import image_response
from episodes.site.pages.predictions import tally_of
from episodes.site.pages.unfiltered_rows import CountedNames, UnfilteredRows, found_or_404
from people.models import Entity, Speaker

# Quotes, and predictions, on a speaker's page; the rest is in the filtered lists.
MAX_STATEMENTS = 10


def _episodes_of(rows: QuerySet, name: str) -> Coalesce:
    """Return an annotation: the number of distinct episodes of `rows` whose column `name` is the annotated row."""
    counted = rows.filter(**{name: OuterRef("pk")}).order_by().values(name)
    count = counted.annotate(n=Count("episode", distinct=True)).values("n")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


class SpeakerList(CountedNames, RecurringList):
    """The list of speakers with their number of episodes."""

    template_name = "site/pages/speaker_list.html"
    heading = _("People & channels")
    description = _("The people and channels that appear in published episodes.")
    filterset_class = SpeakerFilter

    def everything(self) -> QuerySet[Speaker]:
        return self._often(1) if self.counts_are_used else self._counted(Speaker.objects.public())

    def recurring(self) -> QuerySet[Speaker]:
        return self._often(2) if self.counts_are_used else self._counted(Speaker.objects.recurring())

    def _often(self, least: int) -> QuerySet[Speaker]:
        named = Speaker.objects.not_rejected().only("name", "slug", "kind", "headline", "status")
        return stored_counts.named_often(named, "named", least)

    def _counted(self, speakers: QuerySet[Speaker]) -> QuerySet[Speaker]:
        count = _episodes_of(Appearance.objects.public(), "speaker")
        named = speakers.only("name", "slug", "kind", "headline", "status")
        return named.annotate(episode_count=count).order_by("-episode_count", "name", "pk")


def _public_speaker(slug: str) -> QuerySet[Speaker]:
    quoted = Quote.objects.public().filter(speaker=OuterRef("pk")).order_by().values("speaker")
    count = Subquery(quoted.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return (
        Speaker.objects.public()
        .filter(slug=slug)
        .annotate(quote_count=Coalesce(count, 0), entity_slug=F("entity__slug"))
    )


def _quotes_of(speaker: int) -> QuerySet[Quote]:
    # One more than is shown, to know whether there are more without counting.
    return quotes_for_list().filter(speaker=speaker)[: MAX_STATEMENTS + 1]


def _predictions_of(speaker: int) -> QuerySet[Prediction]:
    return predictions_for_list("criteria", "evidence").filter(speaker=speaker)[: MAX_STATEMENTS + 1]


_SPEAKER = Prepared(_public_speaker, slug=str)
_QUOTES = Prepared(_quotes_of, speaker=int)
_PREDICTIONS = Prepared(_predictions_of, speaker=int)


class SpeakerPage(UnfilteredRows, ObjectListPage):
    """A person's episodes, quotes, predictions and mentions; a channel's episodes with filters."""

    template_name = "site/pages/speaker.html"
    feed = "speaker"

    def get_object(self) -> Speaker:
        speaker = found_or_404(_SPEAKER.first(slug=self.kwargs["slug"]))
        speaker.other_names = other_names(speaker)
        depends_on(page_key(SPEAKER, speaker.slug))
        if speaker.entity_slug is not None:
            # Episodes of others that mention the speaker.
            depends_on(page_key(ENTITY, speaker.entity_slug))
        if speaker.kind == Speaker.Kind.CHANNEL:
            self.filterset_class = ChannelFilter
        return speaker

    def rows(self) -> QuerySet[Episode]:
        return for_cards(episodes_crediting(self.object))

    def unfiltered_rows(self) -> PagedRows:
        return CARDS_OF_SPEAKER.of(speaker=self.object.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        speaker = self.object
        stats = cooccurrence.episode_stats(speaker)
        return super().get_context_data(
            speaker=speaker,
            stats=stats,
            is_single_episode=stats["n"] < 2,
            tally=tally_of(speaker),
            quotes=_QUOTES.rows(speaker=speaker.pk) if speaker.quote_count else [],
            predictions=_PREDICTIONS.rows(speaker=speaker.pk),
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
            "mentioned_by_others": cooccurrence.newest_mentions(self.object),
        }


class EntityList(CountedNames, RecurringList):
    """The list of entities with their number of episodes."""

    template_name = "site/pages/entity_list.html"
    heading = _("Index")
    description = _("The people, organisations, products, works and methods mentioned in the episodes.")
    filterset_class = EntityFilter

    def everything(self) -> QuerySet[Entity]:
        return self._often(1) if self.counts_are_used else self._counted(Entity.objects.public())

    def recurring(self) -> QuerySet[Entity]:
        return self._often(2) if self.counts_are_used else self._counted(Entity.objects.recurring())

    def _often(self, least: int) -> QuerySet[Entity]:
        named = Entity.objects.not_rejected().only("name", "slug", "kind")
        return stored_counts.named_often(named, "entity", least)

    def _counted(self, entities: QuerySet[Entity]) -> QuerySet[Entity]:
        count = _episodes_of(Mention.objects.public(), "entity")
        named = entities.only("name", "slug", "kind")
        return named.annotate(episode_count=count).order_by("-episode_count", "name", "pk")


def _public_entity(slug: str) -> QuerySet[Entity]:
    return Entity.objects.public().filter(slug=slug)


def _profile(entity: int) -> QuerySet[Speaker]:
    return Speaker.objects.public().filter(entity=entity).only("name", "slug")[:1]


_ENTITY = Prepared(_public_entity, slug=str)
_PROFILE = Prepared(_profile, entity=int)


class EntityPage(UnfilteredRows, ObjectListPage):
    """An entity's episodes, the people who mention it, and the entities mentioned with it."""

    template_name = "site/pages/entity.html"
    feed = "entity"

    def get_object(self) -> Entity:
        depends_on(page_key(ENTITY, self.kwargs["slug"]))
        entity = found_or_404(_ENTITY.first(slug=self.kwargs["slug"]))
        entity.other_names = other_names(entity)
        return entity

    def unfiltered_rows(self) -> PagedRows:
        return CARDS_OF_ENTITY.of(entity=self.object.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entity = self.object
        mentioned_with = cooccurrence.mentioned_with(entity)
        return super().get_context_data(
            entity=entity,
            speaker=_PROFILE.first(entity=entity.pk),
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
