"""What visitors narrow lists by. Everything lives in the address and works without a script.

Offered is only what occurs in public episodes, of long lists only what occurs most; any other public value works
from a link.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, ExtractYear
from django.utils.translation import gettext_lazy as _

from episodes.models import Appearance, Episode, Mention, Prediction, Quote, Section, Tag, TaggedEpisode
from episodes.reviewable import Status
from people.models import Alias, Entity, Speaker

# A select box of fifteen thousand tags helps nobody and makes the page a megabyte.
OFFERED = 60
# Each word is looked for in every section; what comes after the eighth is one phrase.
MOST_WORDS = 8
LONGEST = 200

Choices = dict[str, list[tuple[str, Any]]]


class Pick(django_filters.CharFilter):
    """A select box whose choices come later. An unknown value is no fault: it finds nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Select, max_length=300, **kwargs)


class Words(django_filters.CharFilter):
    def __init__(self, placeholder: Any = "", **kwargs: Any) -> None:
        asked = {"type": "search", "autocomplete": "off", "maxlength": LONGEST, "placeholder": placeholder}
        search = forms.TextInput(attrs=asked)
        super().__init__(widget=search, max_length=LONGEST, **kwargs)


def words_of(text: str) -> list[str]:
    return text.split(maxsplit=MOST_WORDS - 1)


class PublicFilterSet(django_filters.FilterSet):
    """Fills the select boxes once the rest is known to be valid, and names what is chosen."""

    _filled = False

    @property
    def form(self) -> forms.Form:
        form = super().form
        if not self._filled:
            self._filled = True
            form.is_valid()
            for name, choices in self.choices(form.cleaned_data).items():
                form.fields[name].widget.choices = [("", _("any")), *choices]
        return form

    def choices(self, chosen: dict[str, Any]) -> Choices:
        """Value and name of what each select box offers; what is chosen is among it."""
        return {}

    @property
    def picks(self) -> list[Any]:
        """The select boxes that offer a choice."""
        fields = self.form.fields
        return [self.form[name] for name in self.filters if len(getattr(fields[name].widget, "choices", ())) > 1]

    @property
    def picked(self) -> bool:
        return any(name != "q" for name, _label, _value in self.active)

    @property
    def active(self) -> list[tuple[str, str, str]]:
        """(parameter, label, name of the value) of each filter in use, for taking it away again."""
        found = []
        for name, value in self.form.data.items():
            if not value or name not in self.form.fields:
                continue
            field = self.form.fields[name]
            names = {str(key): str(label) for key, label in getattr(field.widget, "choices", ())}
            found.append((name, str(field.label), names.get(str(value), str(value))))
        return found


def most(rows: QuerySet, name: str) -> QuerySet:
    """The keys that occur in most of these rows."""
    return rows.order_by().values(name).annotate(n=Count("pk")).order_by("-n", name).values(name)[:OFFERED]


def _named(model: Any, rows: QuerySet, name: str, chosen: Any, among: QuerySet) -> QuerySet:
    """What occurs most in the rows, and what is chosen, as long as it is public."""
    asked = model._default_manager.public().filter(slug=chosen or "").values("pk")
    return among.filter(Q(pk__in=most(rows, name)) | Q(pk__in=asked))


def _option(kind: str, rows: QuerySet, value: Any, label: Any) -> QuerySet:
    texts: dict[str, Any] = {
        "o_kind": Value(kind, TextField()),
        "o_value": Cast(value, TextField()),
        "o_label": Cast(label, TextField()),
    }
    return rows.order_by().annotate(**texts).values_list(*texts)


def _of_episode(rows: QuerySet, **lookups: Any) -> Exists:
    return Exists(rows.filter(episode=OuterRef("pk"), **lookups))


class EpisodeFilter(PublicFilterSet):
    q = Words(_("Find in the episodes"), method="containing", label=_("text"))
    area = Pick(field_name="area", label=_("area"))
    category = Pick(field_name="category", label=_("category"))
    speaker = Pick(method="with_speaker", label=_("speaker"))
    entity = Pick(method="with_entity", label=_("entity"))
    tag = Pick(method="with_tag", label=_("tag"))
    language = Pick(field_name="language", label=_("language"))
    year = Pick(method="of_year", label=_("year"))

    class Meta:
        model = Episode
        fields: list[str] = []

    def containing(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        for word in words_of(value):
            written = _of_episode(Section.objects.shown(), text__icontains=word)
            headed = _of_episode(Section.objects.shown(), heading__icontains=word)
            summed_up = Q(summary__icontains=word) & ~Q(summary_status=Status.REJECTED)
            queryset = queryset.filter(Q(title__icontains=word) | summed_up | written | headed)
        return queryset

    def with_speaker(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        kept = Speaker.objects.kept().filter(slug=value)
        return queryset.filter(_of_episode(Appearance.objects.all(), speaker__in=kept))

    def with_entity(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        kept = Entity.objects.kept().filter(slug=value)
        return queryset.filter(_of_episode(Mention.objects.shown(), entity__in=kept))

    def with_tag(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(Exists(TaggedEpisode.objects.filter(content_object=OuterRef("pk"), tag__slug=value)))

    def of_year(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        # Beyond four digits, and for 0000, the database would be asked for a date that does not exist.
        if not (len(value) == 4 and value.isascii() and value.isdigit() and int(value)):
            return queryset.none()
        return queryset.filter(aired_on__year=int(value))

    def choices(self, chosen: dict[str, Any]) -> Choices:
        """All seven select boxes in one query."""
        public = Episode.objects.public()
        tags = _named(Tag, TaggedEpisode.objects.public(), "tag", chosen.get("tag"), Tag.objects.all())
        speakers = _named(
            Speaker, Appearance.objects.public(), "speaker", chosen.get("speaker"), Speaker.objects.kept()
        )
        entities = _named(Entity, Mention.objects.public(), "entity", chosen.get("entity"), Entity.objects.kept())
        rows = _option("area", public.exclude(area="").distinct(), F("area"), F("area")).union(
            _option("category", public.exclude(category="").distinct(), F("category"), F("category")),
            _option("language", public.distinct(), F("language"), F("language")),
            _option("year", public.filter(aired_on__isnull=False).distinct(), *[ExtractYear("aired_on")] * 2),
            _option("tag", tags, F("slug"), F("name")),
            _option("speaker", speakers, F("slug"), F("name")),
            _option("entity", entities, F("slug"), F("name")),
        )
        found: Choices = {name: [] for name in ("area", "category", "language", "year", "tag", "speaker", "entity")}
        languages = dict(Episode.Language.choices)
        for kind, value, label in rows:
            found[kind].append((value, languages.get(label, label) if kind == "language" else label))
        for kind, options in found.items():
            options.sort(key=lambda option: str(option[1]).casefold(), reverse=kind == "year")
        return found


class SaidFilter(PublicFilterSet):
    """By who said it. A value nobody has finds nothing."""

    speaker = Pick(method="said_by", label=_("speaker"))

    def said_by(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(speaker__in=Speaker.objects.kept().filter(slug=value))

    def choices(self, chosen: dict[str, Any]) -> Choices:
        rows = self._meta.model._default_manager.public()
        speakers = _named(Speaker, rows, "speaker", chosen.get("speaker"), Speaker.objects.kept())
        return {"speaker": list(speakers.order_by("name", "pk").values_list("slug", "name"))}


class QuoteFilter(SaidFilter):
    class Meta:
        model = Quote
        fields: list[str] = []


class PredictionFilter(SaidFilter):
    OPEN = "open"

    outcome = Pick(method="with_outcome", label=_("outcome"))

    class Meta:
        model = Prediction
        fields: list[str] = []

    def with_outcome(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(outcome="" if value == self.OPEN else value)

    def choices(self, chosen: dict[str, Any]) -> Choices:
        outcomes = [(self.OPEN, _("open")), *Prediction.Outcome.choices]
        return {**super().choices(chosen), "outcome": outcomes}


class NameFilter(PublicFilterSet):
    """By a part of the name or of another name."""

    q = Words(_("Find a name"), method="named", label=_("name"))
    alias_of = ""

    def named(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        alias = Exists(Alias.objects.filter(**{self.alias_of: OuterRef("pk")}, name__icontains=value))
        return queryset.filter(Q(name__icontains=value) | alias)


class SpeakerFilter(NameFilter):
    alias_of = "speaker"

    class Meta:
        model = Speaker
        fields: list[str] = []


class EntityFilter(NameFilter):
    alias_of = "entity"
    kind = Pick(field_name="kind", label=_("kind"))

    class Meta:
        model = Entity
        fields: list[str] = []

    def choices(self, chosen: dict[str, Any]) -> Choices:
        return {"kind": list(Entity.Kind.choices)}
