"""Base of all filters: the search field, the select fields, and the counts of their choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, F, Q, QuerySet, TextField, Value, Window
from django.db.models.functions import Cast, RowNumber
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from episodes.bases.prepared import Prepared
from episodes.notes.visible_text import shown
from episodes.site.cache import NO_CACHE, StateCache
from episodes.site.lists import stored_counts

# Options of a select field; 15,000 tags would be a megabyte of HTML.
MAX_OPTIONS = 60
# Words searched one by one, each in every section; the rest of the query is one phrase.
MAX_WORDS = 8
# Characters of a search query.
MAX_QUERY_LENGTH = 200

_COLUMNS = ("f_kind", "f_value", "f_label", "f_n")


def same_rows(among: QuerySet) -> QuerySet:
    """Return the rows of the list themselves, for a choice by one of their columns."""
    return among.model._default_manager.filter(pk__in=among.values("pk"))


@dataclass(frozen=True)
class Facet:
    """Definition of a select field's choices.

    value       expression of the value
    label       expression of the label, where it differs from the value
    rows        function from the listed rows to the rows that hold the values
    count       column of those rows that is counted, distinct
    names       {value: label} in display order, where values are codes
    descending  whether options are sorted in descending order
    """

    value: Any
    label: Any = None
    rows: Callable[[QuerySet], QuerySet] = same_rows
    count: str = "pk"
    names: Mapping[str, Any] | None = None
    descending: bool = False

    def counted(self, kind: str, among: QuerySet) -> QuerySet:
        """Return rows of (kind, value, label, count)."""
        # An empty label where it equals the value: Django drops equal columns, and the UNION needs four.
        label: Any = Cast(self.label, TextField()) if self.label else Value("", TextField())
        rows = self.rows(among).order_by().values(f_value=Cast(self.value, TextField()), f_label=label)
        return rows.annotate(f_kind=Value(kind, TextField()), f_n=Count(self.count, distinct=True))

    def most(self, kind: str, among: QuerySet) -> QuerySet:
        """Return the most frequent values. Ranked, because SQLite allows no LIMIT inside a UNION."""
        rank = Window(RowNumber(), order_by=[F("f_n").desc(), F("f_value")])
        return self.counted(kind, among).annotate(f_rank=rank).filter(f_rank__lte=MAX_OPTIONS).values_list(*_COLUMNS)

    def one(self, kind: str, among: QuerySet, value: str) -> QuerySet:
        """Return the row of one value."""
        return self.counted(kind, among).filter(f_value=value).values_list(*_COLUMNS)

    def options(self, counts: dict[str, tuple[str, int]]) -> list[tuple[str, Any, int]]:
        """Return (value, label, count) in display order. counts: {value: (label, count)}."""
        if self.names is not None:
            return [(value, name, counts[value][1]) for value, name in self.names.items() if value in counts]
        options = [(value, label or value, n) for value, (label, n) in counts.items()]
        return sorted(options, key=lambda option: str(option[1]).casefold(), reverse=self.descending)


class ChoiceFilter(django_filters.CharFilter):
    """A select field whose choices are counted later. An unknown value is valid and matches nothing."""

    def __init__(self, facet: Facet, **kwargs: Any) -> None:
        super().__init__(widget=forms.Select, max_length=300, **kwargs)
        self.facet = facet


class WordsFilter(django_filters.CharFilter):
    """A search field."""

    def __init__(self, placeholder: Any = "", **kwargs: Any) -> None:
        attributes = {
            "type": "search",
            "autocomplete": "off",
            "maxlength": MAX_QUERY_LENGTH,
            "placeholder": placeholder,
        }
        search = forms.TextInput(attrs=attributes)
        super().__init__(widget=search, max_length=MAX_QUERY_LENGTH, **kwargs)


# Every text with a comment or an embedded header contains one of these.
_MARKS = ("<!--", "%%", "{%", "{{", "{/*", "{#", "{>>", "]:", "#+begin_c", "\\begin{c", "---", "+++", ";;;", "::")


def contains_word(rows: QuerySet, word: str, *fields: str) -> Q:
    """Return a condition for rows with the word in one of the fields, outside comments.

    One query, for the rows in which it might be in a comment.
    """
    holding = reduce(or_, (Q(**{f"{name}__icontains": word}) for name in fields))
    marked = reduce(or_, (Q(**{f"{name}__icontains": mark}) for name in fields for mark in _MARKS))
    candidates = rows.filter(holding & marked).order_by().values_list("pk", *fields)
    hidden = [key for key, *texts in candidates if not any(word.lower() in shown(text).lower() for text in texts)]
    return holding & ~Q(pk__in=hidden) if hidden else holding


def split_words(text: str) -> list[str]:
    """Return the words of a query, at most MAX_WORDS; the last one holds the rest."""
    return text.split(maxsplit=MAX_WORDS - 1)


def valid_year(value: str) -> int | None:
    """Return the year, or None for values that are no date in a database: not four digits, or 0000."""
    return int(value) if len(value) == 4 and value.isascii() and value.isdigit() and int(value) else None


def counts_of(facets: Mapping[str, Facet], rows: QuerySet) -> QuerySet:
    """Return (field, value, label, count) of the most frequent values of all fields, given these rows."""
    parts = [facet.most(name, rows.order_by()) for name, facet in facets.items()]
    return parts[0].union(*parts[1:], all=True)


def prepared_counts(filterset: type[PublicFilterSet], rows: Callable[..., QuerySet], **arguments: Any) -> Prepared:
    """Return `counts_of` for the rows that `rows` returns for the arguments, as `Prepared` takes them."""
    return Prepared(lambda **values: counts_of(facets_of(filterset.base_filters), rows(**values)), **arguments)


def facets_of(filters: Mapping[str, Any]) -> dict[str, Facet]:
    """Return {field name: facet} of the select fields."""
    return {name: pick.facet for name, pick in filters.items() if isinstance(pick, ChoiceFilter)}


class PublicFilterSet(django_filters.FilterSet):
    """Filter set that counts the choices of its select fields on demand, in one query."""

    # `counts_of` of all rows of the list, where it is the same for every visitor without filters.
    unfiltered: Prepared | None = None
    # Name of the list in the stored counts, which are used instead where they are current.
    counted_as = ""

    def __init__(self, *args: Any, state_cache: StateCache = NO_CACHE, **kwargs: Any) -> None:
        """Initialise the filter set. state_cache: that of the page that lists `queryset`."""
        super().__init__(*args, **kwargs)
        self.state_cache = state_cache

    @property
    def facets(self) -> dict[str, Facet]:
        """Return {field name: facet} of the select fields."""
        return facets_of(self.filters)

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """Fill the select fields and return {field name: {value: label}}."""
        labels = {}
        for name, options in self._choices(self.form.cleaned_data).items():
            labels[name] = {value: str(label) for value, label, _n in options}
            counted = [(value, f"{label} ({n})") for value, label, n in options]
            self.form.fields[name].widget.choices = [("", _("Any")), *counted]
        return labels

    def _filtered_except(self, chosen: dict[str, Any], excluded: str) -> QuerySet:
        """Return the rows that all filters but `excluded` leave."""
        queryset = self.queryset.order_by()
        for name, value in chosen.items():
            if name != excluded:
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def _choices(self, chosen: dict[str, Any]) -> dict[str, list[tuple[str, Any, int]]]:
        """Return the options of all select fields in one query, including chosen values that leave no rows."""
        facets = self.facets
        counts: dict[str, dict[str, tuple[str, int]]] = {name: {} for name in facets}
        rows = self.state_cache.get_or_compute(("choices", sorted(chosen.items())), lambda: self._counted(chosen))
        for kind, value, label, n in rows:
            if value and kind in facets:
                counts[kind][value] = (label, n)
        for kind, value, label, _n in rows:
            if kind not in facets and value not in counts[kind[:-1]]:
                counts[kind[:-1]][value] = (label, self._listed_count)
        return {name: facet.options(counts[name]) for name, facet in facets.items()}

    def _counted(self, chosen: dict[str, Any]) -> list[tuple[str, str, str, int]]:
        """Return (field, value, label, count) of all options; chosen values have `?` after the field name."""
        if self.unfiltered is not None and not any(chosen.values()):
            if self.counted_as and stored_counts.are_used():
                return [row for name in self.facets for row in self.stored_options(name)]
            return self.unfiltered.rows(**self.unfiltered_arguments())
        facets = self.facets
        parts = [facet.most(name, self._filtered_except(chosen, name)) for name, facet in facets.items()]
        selected = {name: chosen[name] for name in facets if chosen.get(name)}
        parts += [facets[name].one(f"{name}?", self.queryset.order_by(), value) for name, value in selected.items()]
        return list(parts[0].union(*parts[1:], all=True)) if parts else []

    def stored_options(self, name: str) -> list[tuple[str, str, str, int]]:
        """Return (field, value, label, count) of the most frequent values of a field of the list without filters."""
        return [(name, *option) for option in stored_counts.most(self.counted_as, name, MAX_OPTIONS)]

    def unfiltered_arguments(self) -> dict[str, Any]:
        """Return the arguments of `unfiltered`."""
        return {}

    @cached_property
    def _listed_count(self) -> int:
        """Return the number of listed rows: the count of a chosen value that is not among the most frequent."""
        return self.qs.count() if self.is_valid() else 0

    @property
    def choice_fields(self) -> list[Any]:
        """Return the select fields that have options."""
        return [self.form[name] for name, offered in self.names.items() if offered]

    @property
    def has_choices(self) -> bool:
        """Return whether any select field is in use."""
        return any(name != "q" for name, _label, _value in self.active)

    @property
    def active(self) -> list[tuple[str, str, str]]:
        """Return (parameter, field label, value label) of each filter in use."""
        active = []
        for name, value in self.form.data.items():
            if not value or name not in self.form.fields:
                continue
            names = self.names.get(name, {})
            active.append((name, str(self.form.fields[name].label), names.get(str(value), str(value))))
        return active
