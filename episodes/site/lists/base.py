"""What all filters share: the box for words, the select boxes, and how their choices are counted."""

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

from episodes.notes.visible_text import shown
from episodes.site.cache import NO_CACHE, StateCache

# A select box of fifteen thousand tags helps nobody and makes the page a megabyte.
OFFERED = 60
# Each word is looked for in every section; what comes after the eighth is one phrase.
MOST_WORDS = 8
LONGEST = 200

_COLUMNS = ("f_kind", "f_value", "f_label", "f_n")


def itself(among: QuerySet) -> QuerySet:
    """The rows of the list themselves, for a choice that is a column of theirs."""
    return among.model._default_manager.filter(pk__in=among.values("pk"))


@dataclass(frozen=True)
class Facet:
    """How the choices of a select box are counted.

    rows    from the keys of the list: the rows that lead to the values
    count   what is counted in them, each once
    names   where values are codes: their names, in the order of the box
    """

    value: Any
    label: Any = None
    rows: Callable[[QuerySet], QuerySet] = itself
    count: str = "pk"
    names: Mapping[str, Any] | None = None
    falling: bool = False

    def counted(self, kind: str, among: QuerySet) -> QuerySet:
        # The label is left out where it is the value: two columns alike become one, and a UNION wants four.
        label: Any = Cast(self.label, TextField()) if self.label else Value("", TextField())
        rows = self.rows(among).order_by().values(f_value=Cast(self.value, TextField()), f_label=label)
        return rows.annotate(f_kind=Value(kind, TextField()), f_n=Count(self.count, distinct=True))

    def most(self, kind: str, among: QuerySet) -> QuerySet:
        """The values that occur most. Ranked rather than cut off: SQLite takes no LIMIT inside a UNION."""
        rank = Window(RowNumber(), order_by=[F("f_n").desc(), F("f_value")])
        return self.counted(kind, among).annotate(f_rank=rank).filter(f_rank__lte=OFFERED).values_list(*_COLUMNS)

    def one(self, kind: str, among: QuerySet, value: str) -> QuerySet:
        return self.counted(kind, among).filter(f_value=value).values_list(*_COLUMNS)

    def options(self, found: dict[str, tuple[str, int]]) -> list[tuple[str, Any, int]]:
        """(value, name, count) in the order of the box."""
        if self.names is not None:
            return [(value, name, found[value][1]) for value, name in self.names.items() if value in found]
        options = [(value, label or value, n) for value, (label, n) in found.items()]
        return sorted(options, key=lambda option: str(option[1]).casefold(), reverse=self.falling)


class ChoiceFilter(django_filters.CharFilter):
    """A select box whose choices come later. An unknown value is no fault: it finds nothing."""

    def __init__(self, facet: Facet, **kwargs: Any) -> None:
        super().__init__(widget=forms.Select, max_length=300, **kwargs)
        self.facet = facet


class WordsFilter(django_filters.CharFilter):
    def __init__(self, placeholder: Any = "", **kwargs: Any) -> None:
        asked = {"type": "search", "autocomplete": "off", "maxlength": LONGEST, "placeholder": placeholder}
        search = forms.TextInput(attrs=asked)
        super().__init__(widget=search, max_length=LONGEST, **kwargs)


# One of them is in every text that holds a comment or a header in its midst.
_MARKS = ("<!--", "%%", "{%", "{{", "{/*", "{#", "{>>", "]:", "#+begin_c", "\\begin{c", "---", "+++", ";;;", "::")


def said_in(rows: QuerySet, word: str, *fields: str) -> Q:
    """Rows that hold a word in one of the fields, other than in a comment. One query for those that may do so."""
    holding = reduce(or_, (Q(**{f"{name}__icontains": word}) for name in fields))
    marked = reduce(or_, (Q(**{f"{name}__icontains": mark}) for name in fields for mark in _MARKS))
    doubtful = rows.filter(holding & marked).order_by().values_list("pk", *fields)
    unsaid = [key for key, *texts in doubtful if not any(word.lower() in shown(text).lower() for text in texts)]
    return holding & ~Q(pk__in=unsaid) if unsaid else holding


def words_of(text: str) -> list[str]:
    return text.split(maxsplit=MOST_WORDS - 1)


def year_of(value: str) -> int | None:
    """Beyond four digits, and for 0000, the database would be asked for a date that does not exist."""
    return int(value) if len(value) == 4 and value.isascii() and value.isdigit() and int(value) else None


class PublicFilterSet(django_filters.FilterSet):
    """Counts the choices of the select boxes once they are asked for, and names what is chosen."""

    def __init__(self, *args: Any, state_cache: StateCache = NO_CACHE, **kwargs: Any) -> None:
        """state_cache: of the page that lists `queryset`."""
        super().__init__(*args, **kwargs)
        self.state_cache = state_cache

    @property
    def facets(self) -> dict[str, Facet]:
        return {name: pick.facet for name, pick in self.filters.items() if isinstance(pick, ChoiceFilter)}

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """Fills the select boxes. Of each: the name of every value it offers."""
        found = {}
        for name, options in self._choices(self.form.cleaned_data).items():
            found[name] = {value: str(label) for value, label, _n in options}
            counted = [(value, f"{label} ({n})") for value, label, n in options]
            self.form.fields[name].widget.choices = [("", _("Any")), *counted]
        return found

    def _given(self, chosen: dict[str, Any], but: str) -> QuerySet:
        """The rows that all other filters leave."""
        queryset = self.queryset.order_by()
        for name, value in chosen.items():
            if name != but:
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def _choices(self, chosen: dict[str, Any]) -> dict[str, list[tuple[str, Any, int]]]:
        """The choices of all select boxes, in one query; what is chosen is among them, even where it leaves nothing."""
        facets = self.facets
        found: dict[str, dict[str, tuple[str, int]]] = {name: {} for name in facets}
        rows = self.state_cache.get_or_compute(("choices", sorted(chosen.items())), lambda: self._counted(chosen))
        for kind, value, label, n in rows:
            if value and kind in facets:
                found[kind][value] = (label, n)
        for kind, value, label, _n in rows:
            if kind not in facets and value not in found[kind[:-1]]:
                found[kind[:-1]][value] = (label, self._left)
        return {name: facet.options(found[name]) for name, facet in facets.items()}

    def _counted(self, chosen: dict[str, Any]) -> list[tuple[str, str, str, int]]:
        """(box, value, label, number of rows) of what is offered, and of what is chosen with `?` behind its box."""
        facets = self.facets
        parts = [facet.most(name, self._given(chosen, name)) for name, facet in facets.items()]
        asked = {name: chosen[name] for name in facets if chosen.get(name)}
        parts += [facets[name].one(f"{name}?", self.queryset.order_by(), value) for name, value in asked.items()]
        return list(parts[0].union(*parts[1:], all=True)) if parts else []

    @cached_property
    def _left(self) -> int:
        """How many rows a chosen value leaves that is not among the most frequent: as many as are listed."""
        return self.qs.count() if self.is_valid() else 0

    @property
    def picks(self) -> list[Any]:
        """The select boxes that offer a choice."""
        return [self.form[name] for name, offered in self.names.items() if offered]

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
            names = self.names.get(name, {})
            found.append((name, str(self.form.fields[name].label), names.get(str(value), str(value))))
        return found
