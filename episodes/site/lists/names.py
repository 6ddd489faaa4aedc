"""The filters of lists of names: speakers, entities, tags, series, terms."""

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
    """By a part of the name, or of another name where there are such."""

    q = WordsFilter(_("Search by name"), method="named", label=_("name"))
    alias_of = ""

    def named(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        found = Q(name__icontains=value)
        if self.alias_of:
            found |= Q(Exists(Alias.objects.filter(**{self.alias_of: OuterRef("pk")}, name__icontains=value)))
        return queryset.filter(found)


class SpeakerFilter(NameFilter):
    alias_of = "speaker"

    class Meta:
        model = Speaker
        fields: list[str] = []


class EntityFilter(NameFilter):
    alias_of = "entity"
    kind = ChoiceFilter(Facet(F("kind"), names=dict(Entity.Kind.choices)), field_name="kind", label=_("kind"))

    class Meta:
        model = Entity
        fields: list[str] = []


class TagFilter(NameFilter):
    class Meta:
        model = Tag
        fields: list[str] = []


class SeriesFilter(PublicFilterSet):
    q = WordsFilter(_("Search series"), field_name="series", lookup_expr="icontains", label=_("name"))

    class Meta:
        model = Episode
        fields: list[str] = []


class GlossFilter(PublicFilterSet):
    """Of terms: by a part of the term or of what it stands for. The rows are grouped by `key`."""

    q = WordsFilter(_("Search terms"), method="explained", label=_("term"))

    class Meta:
        model = Gloss
        fields: list[str] = []

    def explained(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        # Asked for by its key, so that a term keeps the episodes whose explanation does not match.
        found = Gloss.objects.public().filter(Q(term__icontains=value) | Q(expansion__icontains=value))
        return queryset.filter(key__in=found.order_by().values(k=Lower("term")))
