"""The page of search, and suggestions while typing."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _

from episodes.bases.page_dependencies import free_text, known_parameters
from episodes.models import Episode
from episodes.search import Results, search, suggest
from episodes.search.misses import count_miss
from episodes.search.query import MAX_LENGTH
from episodes.site.contexts.search_results import PARAMETERS, chosen, facets_of, shown_hits, suggestion_row
from episodes.site.lists.base import valid_year
from episodes.site.pages.base import PlainPage, public_page

# Pages of results that can be asked for.
_MOST_PAGES = 100


class SearchPage(PlainPage):
    """Results of a search: episodes with the passages found, people, topics, quotes and predictions.

    GET `q`: the query; `speaker`, `tag`, `year`: choices; `episode`: only in this one, by slug; `exact`: no other
    names; `page`.
    """

    template_name = "site/pages/search.html"
    heading = _("Search")
    description = _("Search all published episodes.")

    @cached_property
    def given(self) -> dict[str, str]:
        """Return the parameters of the search. A NUL or an overlong value is none."""
        values = {name: self.request.GET.get(name, "").strip() for name in PARAMETERS}
        given = {name: value for name, value in values.items() if "\x00" not in value and len(value) <= MAX_LENGTH}
        if not valid_year(given.get("year", "")):
            given["year"] = ""
        return {**dict.fromkeys(PARAMETERS, ""), **given}

    @cached_property
    def only_in(self) -> Episode | None:
        """Return the episode that alone is searched. Raises Http404 if it is not public."""
        if not self.given["episode"]:
            return None
        episode = Episode.objects.public().listed().filter(slug=self.given["episode"]).first()
        if episode is None:
            raise Http404
        return episode

    def results(self) -> Results:
        """Return the results of this page. Raises Http404 for a page beyond the last."""
        number = self.request.GET.get("page", "1")
        if not (number.isascii() and number.isdigit() and 0 < int(number[:4]) <= _MOST_PAGES):
            raise Http404
        filters: dict[str, Any] = {name: self.given[name] for name in ("speaker", "tag", "year")}
        exact = bool(self.given["exact"])
        results = search(self.given["q"], page=int(number), episode=self.only_in, exact=exact, **filters)
        if results.page > results.pages:
            raise Http404
        if not results.total and not results.query.is_empty and self.only_in is None:
            count_miss(self.given["q"])
        return results

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        free_text()
        known_parameters(*PARAMETERS, "page")
        results = self.results()
        pages = range(1, min(results.pages, _MOST_PAGES) + 1)
        here = self.request
        return super().get_context_data(
            results=results,
            query=self.given["q"],
            only_in=self.only_in,
            hits=shown_hits(results.hits),
            facets=facets_of(here, results),
            exact_url=chosen(here, exact="1"),
            everywhere_url=chosen(here, episode=""),
            near=[(text, chosen(here, q=text, speaker="", tag="", year="")) for text in results.near.queries]
            if results.near
            else [],
            near_names=[suggestion_row(one) for one in results.near.names] if results.near else [],
            previous_page=results.page - 1 if results.page > 1 else None,
            next_page=results.page + 1 if results.page + 1 in pages else None,
            **kwargs,
        )


@public_page
def suggestions(request: HttpRequest) -> JsonResponse:
    """Return people, topics, tags and titles that begin with ?q= as JSON: kind, name, url."""
    free_text()
    known_parameters("q")
    prefix = request.GET.get("q", "")
    found = [] if "\x00" in prefix else suggest(prefix)
    return JsonResponse({"suggestions": [suggestion_row(one) for one in found]})
