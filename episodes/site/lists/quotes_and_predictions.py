"""Filters of quotes and of predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, QuerySet, TextField, Value, When
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from episodes.models import Episode, Mention, Prediction, Quote, TaggedEpisode
from episodes.site.contexts.outcomes import OUTCOME_LABELS, PENDING
from episodes.site.lists import stored_counts
from episodes.site.lists.base import (
    ChoiceFilter,
    Facet,
    PublicFilterSet,
    WordsFilter,
    contains_word,
    prepared_counts,
    same_rows,
    split_words,
    valid_year,
)
from people.models import Entity, Speaker, entity_not_rejected, speaker_not_rejected


def _with_speaker(among: QuerySet) -> QuerySet:
    return same_rows(among).filter(speaker_not_rejected())


def _mentions(items: str) -> Callable[[QuerySet], QuerySet]:
    def rows(among: QuerySet) -> QuerySet:
        lookup = {f"episode__{items}__in": among.values("pk")}
        return Mention.objects.shown().filter(entity_not_rejected(), **lookup)

    return rows


def _tagged(among: QuerySet) -> QuerySet:
    return TaggedEpisode.objects.filter(content_object__quotes__in=among.values("pk"))


def _entities(items: str) -> Facet:
    return Facet(F("entity__slug"), F("entity__name"), _mentions(items), f"episode__{items}")


_SPEAKERS = Facet(F("speaker__slug"), F("speaker__name"), _with_speaker)
_TAGS = Facet(F("tag__slug"), F("tag__name"), _tagged, "content_object__quotes")
_YEARS = Facet(ExtractYear("episode__aired_on"), descending=True)


class StatementFilter(PublicFilterSet):
    """Filters shared by quotes and predictions. An unknown value matches nothing."""

    def said_by(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by the slug of the speaker."""
        return queryset.filter(speaker__in=Speaker.objects.not_rejected().filter(slug=value))

    def about(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by the slug of an entity mentioned in the episode."""
        kept = Entity.objects.not_rejected().filter(slug=value)
        return queryset.filter(Exists(Mention.objects.shown().filter(episode=OuterRef("episode"), entity__in=kept)))

    def tagged(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by the slug of a tag of the episode."""
        tags = TaggedEpisode.objects.filter(content_object=OuterRef("episode"), tag__slug=value)
        return queryset.filter(Exists(tags))

    def of_year(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by the year of the recording."""
        year = valid_year(value)
        return queryset.filter(episode__aired_on__year=year) if year else queryset.none()


class QuoteFilter(StatementFilter):
    """Filters of quotes."""

    q = WordsFilter(_("Search quotes"), method="containing", label=pgettext_lazy("filter", "keyword"))
    speaker = ChoiceFilter(_SPEAKERS, method="said_by", label=pgettext_lazy("filter", "speaker"))
    entity = ChoiceFilter(_entities("quotes"), method="about", label=pgettext_lazy("filter", "mention"))
    tag = ChoiceFilter(_TAGS, method="tagged", label=_("tag"))
    language = ChoiceFilter(
        Facet(F("episode__language"), names=dict(Episode.Language.choices)),
        field_name="episode__language",
        label=_("language"),
    )
    year = ChoiceFilter(_YEARS, method="of_year", label=_("year"))

    class Meta:
        model = Quote
        fields: list[str] = []

    def containing(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by all words of the query."""
        for word in split_words(value):
            queryset = queryset.filter(contains_word(Quote.objects.public(), word, "text"))
        return queryset


# Values of the filter `due`: due within thirty days; due and not judged.
SOON, PAST = "soon", "past"
_OUTCOME = Case(When(outcome="", then=Value(PENDING)), default=F("outcome"), output_field=TextField())


def _by_due_date(among: QuerySet) -> QuerySet:
    """Annotate `f_due`. A function, because what is due soon depends on the day of the request."""
    soon = When(pk__in=Prediction.objects.due_soon().values("pk"), then=Value(SOON))
    past = When(pk__in=Prediction.objects.due().values("pk"), then=Value(PAST))
    return same_rows(among).annotate(f_due=Case(soon, past, default=Value(""), output_field=TextField()))


class PredictionFilter(StatementFilter):
    """Filters of predictions."""

    speaker = ChoiceFilter(_SPEAKERS, method="said_by", label=pgettext_lazy("filter", "speaker"))
    outcome = ChoiceFilter(Facet(_OUTCOME, names=OUTCOME_LABELS), method="with_outcome", label=_("outcome"))
    due = ChoiceFilter(
        Facet(F("f_due"), rows=_by_due_date, names={SOON: _("Due soon"), PAST: _("Due, not yet judged")}),
        method="by_due_date",
        label=pgettext_lazy("filter", "due date"),
    )
    year = ChoiceFilter(_YEARS, method="of_year", label=_("year"))
    area = ChoiceFilter(Facet(F("episode__area")), field_name="episode__area", label=_("area"))
    entity = ChoiceFilter(_entities("predictions"), method="about", label=pgettext_lazy("filter", "mention"))

    class Meta:
        model = Prediction
        fields: list[str] = []

    def with_outcome(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by outcome."""
        return queryset.filter(outcome="" if value == PENDING else value)

    def by_due_date(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by SOON or PAST."""
        rows: dict[str, Any] = {SOON: Prediction.objects.due_soon, PAST: Prediction.objects.due}
        return queryset.filter(pk__in=rows[value]().values("pk")) if value in rows else queryset.none()


class QuoteListFilter(QuoteFilter):
    """Filters of the list of all quotes."""

    unfiltered = prepared_counts(QuoteFilter, Quote.objects.public)
    counted_as = "quote"


class PredictionListFilter(PredictionFilter):
    """Filters of the list of all predictions."""

    unfiltered = prepared_counts(PredictionFilter, Prediction.objects.public)
    counted_as = "prediction"

    def stored_options(self, name: str) -> list[tuple[str, str, str, int]]:
        """Return the options; those by due date depend on the day."""
        if name != "due":
            return super().stored_options(name)
        numbers = zip((SOON, PAST), stored_counts.due_predictions(), strict=True)
        return [(name, value, "", n) for value, n in numbers if n]
