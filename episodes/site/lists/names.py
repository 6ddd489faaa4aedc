"""Filters of the lists of speakers, entities, tags, series and terms."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from episodes.models import Episode, Gloss, Tag
from episodes.site.lists.base import (
    ChoiceFilter,
    Facet,
    PublicFilterSet,
    WordsFilter,
)
from people.models import Alias, Entity, Speaker


class NameFilter(PublicFilterSet):
    """Filter by a part of the name or of an alias."""

    q = WordsFilter(_("Search by name"), method="named", label=_("name"))
    alias_of = ""

    def named(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by a part of the name or of an alias."""
        matches = Q(name__icontains=value)
        if self.alias_of:
            matches |= Q(Exists(Alias.objects.filter(**{self.alias_of: OuterRef("pk")}, name__icontains=value)))
        return queryset.filter(matches)


class SpeakerFilter(NameFilter):
    """Filters of speakers."""

    alias_of = "speaker"

    class Meta:
        model = Speaker
        fields: list[str] = []


class EntityFilter(NameFilter):
    """Filters of entities."""

    alias_of = "entity"
    kind = ChoiceFilter(Facet(F("kind"), names=dict(Entity.Kind.choices)), field_name="kind", label=_("kind"))

    class Meta:
        model = Entity
        fields: list[str] = []


class TagFilter(NameFilter):
    """Filters of tags."""

    class Meta:
        model = Tag
        fields: list[str] = []


class SeriesFilter(PublicFilterSet):
    """Filters of series."""

    q = WordsFilter(_("Search series"), field_name="series", lookup_expr="icontains", label=_("name"))

    class Meta:
        model = Episode
        fields: list[str] = []


class GlossFilter(PublicFilterSet):
    """Filters of glossary terms. Rows are grouped by `key`, the term in lower case."""

    q = WordsFilter(_("Search terms"), method="explained", label=_("term"))

    class Meta:
        model = Gloss
        fields: list[str] = []

    def explained(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Filter by a part of the term or of its expansion."""
        # By key, so that a term keeps the episodes in which its expansion does not match.
        matches = Gloss.objects.public().filter(Q(term__icontains=value) | Q(expansion__icontains=value))
        return queryset.filter(key__in=matches.order_by().values(k=Lower("term")))
