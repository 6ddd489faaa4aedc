"""Filters of the list of episodes and of a channel's page."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from episodes.bases.reviewable import KEPT_STATUSES
from episodes.models import Appearance, Episode, Mention, Section, TaggedEpisode
from episodes.site.lists.base import (
    ChoiceFilter,
    Facet,
    PublicFilterSet,
    WordsFilter,
    contains_word,
    prepared_counts,
    split_words,
    valid_year,
)
from people.models import Entity, Speaker, entity_not_rejected, speaker_not_rejected

# Keys passed to a query; a longer result is queried again. Eight fields share SQLite's limit of 32,766 parameters.
MAX_KEYS = 4_000


def _of_episode(rows: QuerySet, **lookups: object) -> Exists:
    return Exists(rows.filter(episode=OuterRef("pk"), **lookups))


def _credits(among: QuerySet) -> QuerySet:
    return Appearance.objects.filter(speaker_not_rejected(), episode__in=among.values("pk"))


def _mentions(among: QuerySet) -> QuerySet:
    return Mention.objects.shown().filter(entity_not_rejected(), episode__in=among.values("pk"))


def _tagged(among: QuerySet) -> QuerySet:
    return TaggedEpisode.objects.filter(content_object__in=among.values("pk"))


_SPEAKERS = Facet(F("speaker__slug"), F("speaker__name"), _credits, "episode")
_ENTITIES = Facet(F("entity__slug"), F("entity__name"), _mentions, "episode")
_TAGS = Facet(F("tag__slug"), F("tag__name"), _tagged, "content_object")
_LANGUAGES = Facet(F("language"), names=dict(Episode.Language.choices))
_YEARS = Facet(ExtractYear("aired_on"), descending=True)


class EpisodeFilter(PublicFilterSet):
    """Filters of episodes."""

    q = WordsFilter(_("Search episodes"), method="containing", label=pgettext_lazy("filter", "keyword"))
    area = ChoiceFilter(Facet(F("area")), field_name="area", label=_("area"))
    category = ChoiceFilter(Facet(F("category")), field_name="category", label=_("category"))
    speaker = ChoiceFilter(_SPEAKERS, method="with_speaker", label=pgettext_lazy("filter", "person or channel"))
    entity = ChoiceFilter(_ENTITIES, method="with_entity", label=pgettext_lazy("filter", "mention"))
    tag = ChoiceFilter(_TAGS, method="with_tag", label=_("tag"))
    language = ChoiceFilter(_LANGUAGES, field_name="language", label=_("language"))
    year = ChoiceFilter(_YEARS, method="of_year", label=_("year"))

    class Meta:
        model = Episode
        fields: list[str] = []

    _matches: Q | None = None

    def containing(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by all words. The matching keys are found once: each select field would search all sections again."""
        if self._matches is None:
            rows = self.queryset.order_by().prefetch_related(None)
            for word in split_words(value):
                rows = rows.filter(_contains(word))
            keys = self.state_cache.get_or_compute(
                ("words", value), lambda: list(rows.values_list("pk", flat=True)[: MAX_KEYS + 1])
            )
            self._matches = Q(pk__in=keys if len(keys) <= MAX_KEYS else rows.values("pk"))
        return queryset.filter(self._matches)

    def with_speaker(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by the slug of a credited speaker."""
        kept = Speaker.objects.not_rejected().filter(slug=value)
        return queryset.filter(_of_episode(Appearance.objects.all(), speaker__in=kept))

    def with_entity(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by the slug of a mentioned entity."""
        kept = Entity.objects.not_rejected().filter(slug=value)
        return queryset.filter(_of_episode(Mention.objects.shown(), entity__in=kept))

    def with_tag(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by the slug of a tag."""
        return queryset.filter(Exists(TaggedEpisode.objects.filter(content_object=OuterRef("pk"), tag__slug=value)))

    def of_year(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by the year of the recording."""
        year = valid_year(value)
        return queryset.filter(aired_on__year=year) if year else queryset.none()


def _contains(word: str) -> Q:
    sections, episodes = Section.objects.shown(), Episode.objects.public()
    in_section = sections.filter(contains_word(Section.objects.public(), word, "heading", "text"))
    in_summary = contains_word(episodes, word, "summary") & Q(summary_status__in=KEPT_STATUSES)
    return contains_word(episodes, word, "title") | in_summary | Q(_of_episode(in_section))


class EpisodeListFilter(EpisodeFilter):
    """Filters of the list of all episodes."""

    unfiltered = prepared_counts(EpisodeFilter, Episode.objects.public)
    counted_as = "episode"


def _crediting(slug: str) -> QuerySet:
    credits = Appearance.objects.public().filter(speaker__slug=slug)
    return Episode.objects.public().filter(pk__in=credits.order_by().values("episode"))


class ChannelFilter(EpisodeFilter):
    """Filters of the episodes of a channel, whose slug is in the address."""

    unfiltered = prepared_counts(EpisodeFilter, _crediting, slug=str)

    def unfiltered_arguments(self) -> dict[str, str]:
        """Return the slug of the channel."""
        return {"slug": self.request.resolver_match.kwargs["slug"]}
