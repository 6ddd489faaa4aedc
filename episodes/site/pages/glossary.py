"""The glossary: each term explained in a public episode, with its longest explanation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from django.db.models import Case, Count, F, QuerySet, Value, When
from django.db.models.functions import Lower, StrIndex, Substr
from django.utils.translation import gettext_lazy as _

from episodes.models import Episode, Gloss
from episodes.site.contexts.head_data import Head
from episodes.site.contexts.page_heads import glossary_head
from episodes.site.contexts.site_state import MIN_ENTRIES
from episodes.site.contexts.visible_rows import visible_rows
from episodes.site.lists import GlossFilter
from episodes.site.pages.base import ListPage

# Episodes linked from a term.
MAX_EPISODES = 3
# Letter of terms that begin with anything but a to z; they come last.
OTHER_LETTER = len(ascii_lowercase) + 1


@dataclass
class Term:
    """A term of the glossary. `gloss` holds the longest explanation; `begins` marks the first term of a letter."""

    gloss: Gloss
    letter: int
    episode_count: int
    episodes: list[Episode] = field(default_factory=list)
    begins: bool = False

    @property
    def anchor(self) -> str:
        """Return the anchor of the term's letter."""
        return anchor(self.letter)

    @property
    def initial(self) -> str:
        """Return the term's letter as shown."""
        return initial(self.letter)


def initial(letter: int) -> str:
    """Return the letter as shown: A to Z, or `#`."""
    return ascii_uppercase[letter - 1] if letter < OTHER_LETTER else "#"


def anchor(letter: int) -> str:
    """Return the anchor of a letter."""
    return f"letter-{ascii_lowercase[letter - 1]}" if letter < OTHER_LETTER else "letter-other"


def _terms() -> QuerySet[Any]:
    """Return public glosses with `key`, the term in lower case, by which they are grouped."""
    return Gloss.objects.public().order_by().annotate(key=Lower("term"))


class Glossary(ListPage):
    """The list of terms, recurring ones only like RecurringList. Its rows are cached: each count reads all glosses."""

    template_name = "site/pages/glossary.html"
    heading = _("Glossary")
    description = _("Terms explained in the episodes.")
    filterset_class = GlossFilter
    paginate_by = 100
    single_count = 0

    def rows(self) -> QuerySet[Any]:
        place = StrIndex(Value(ascii_lowercase), Substr("key", 1, 1))
        letter = Case(When(place=0, then=Value(OTHER_LETTER)), default=F("place"))
        counted = _terms().annotate(place=place, letter=letter).values("key", "letter")
        return counted.annotate(episode_count=Count("episode", distinct=True)).order_by("letter", "key")

    def get_queryset(self) -> Any:
        terms = super().get_queryset()
        rows, self.single_count = self.state_cache.get_or_compute(
            ("terms", self.list_parameters()), lambda: self._listed(list(terms))
        )
        return rows

    def _listed(self, rows: list[Any]) -> tuple[list[Any], int]:
        """Return the rows of the list and the number of left-out terms with one episode."""
        recurring = [row for row in rows if row["episode_count"] > 1]
        if self.request.GET.get("q", "").strip() or len(recurring) < MIN_ENTRIES:
            return rows, 0
        return recurring, len(rows) - len(recurring)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(single_count=self.single_count, **kwargs)
        return {**context, "terms": explained(list(context["page_obj"])), "letters": self._letters()}

    def page_head(self, context: dict[str, Any]) -> Head:
        if not context["terms"]:
            return super().page_head(context)
        glosses = (term.gloss for term in context["terms"])
        return glossary_head(self.request, str(self.heading), str(self.description), glosses)

    def _letters(self) -> list[tuple[str, str, int]]:
        """Return (letter, anchor, number of the page on which it begins)."""
        letters, before = [], 0
        for letter, rows in groupby(self.object_list, key=itemgetter("letter")):
            letters.append((initial(letter), anchor(letter), before // self.paginate_by + 1))
            before += len(list(rows))
        return letters


def explained(rows: list[dict[str, Any]]) -> list[Term]:
    """Return the terms of one page with their longest explanation and first episodes. One query.

    Terms that were removed since the rows were cached are left out.
    """
    glosses = visible_rows(_terms()).filter(key__in=[row["key"] for row in rows]).select_related("episode")
    columns = ("term", "expansion", "explanation", "episode__title", "episode__slug", "episode__language")
    by_key: dict[str, list[Any]] = defaultdict(list)
    for gloss in glosses.only(*columns).order_by(F("episode__aired_on").asc(nulls_last=True), "episode", "pk"):
        by_key[gloss.key].append(gloss)
    terms, last = [], 0
    for row in (row for row in rows if row["key"] in by_key):
        best = max(by_key[row["key"]], key=lambda gloss: (len(gloss.explanation), len(gloss.expansion)))
        episodes = {gloss.episode_id: gloss.episode for gloss in by_key[row["key"]]}
        term = Term(
            best, row["letter"], row["episode_count"], list(episodes.values())[:MAX_EPISODES], row["letter"] != last
        )
        last = row["letter"]
        terms.append(term)
    return terms
