"""What the page of search shows beside the results: addresses of hits, of choices and of other queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from episodes.models import Episode, Passage
from episodes.search import Results, Suggestion
from episodes.search.results import Choice, FoundPassage, Hit

PARAMETERS = ("q", "episode", "speaker", "tag", "year", "exact")


@dataclass(frozen=True)
class ShownPassage:
    """A passage with the address of its place."""

    passage: FoundPassage
    url: str

    @property
    def text(self) -> str:
        """The words, which may be in another language than the episode."""
        return "".join(text for text, _is_mark in self.passage.parts)

    @property
    def is_names(self) -> bool:
        """Whether the passage is a list of names, which are in no one language."""
        return self.passage.kind in (Passage.Kind.NAMES, Passage.Kind.MENTION)


def shown_hits(hits: list[Hit]) -> list[tuple[Hit, list[ShownPassage]]]:
    """Return each hit with its passages and their addresses."""
    return [
        (hit, [ShownPassage(one, landing_url(hit.episode.get_absolute_url(), one)) for one in hit.passages])
        for hit in hits
    ]


def landing_url(page: str, passage: FoundPassage) -> str:
    """Return the address of a passage: its anchor, and the first marked words as a text fragment."""
    words = next((text for text, is_mark in passage.parts if is_mark), "")
    # A hyphen and a comma have a meaning in text fragments, and `quote` keeps the first.
    fragment = f":~:text={quote(words, safe='').replace('-', '%2D')}" if words else ""
    return f"{page}#{quote(passage.anchor)}{fragment}" if passage.anchor or fragment else page


def chosen(request: HttpRequest, **changes: str) -> str:
    """Return the query string of this search with these changes; an empty value removes a parameter."""
    given = {name: request.GET.get(name, "") for name in PARAMETERS} | changes
    return "?" + urlencode({name: value for name, value in given.items() if value})


def facets_of(request: HttpRequest, results: Results) -> list[tuple[str, list[tuple[Choice, str]]]]:
    """Return (label, choices with their addresses) for each facet that has choices."""
    labels = {"year": _("year"), "speaker": pgettext("filter", "person or channel"), "tag": _("tag")}
    return [
        (
            labels[name],
            [(choice, chosen(request, **{name: "" if choice.chosen else choice.value})) for choice in choices],
        )
        for name, choices in results.facets.items()
        if choices
    ]


def suggestion_row(suggestion: Suggestion) -> dict[str, Any]:
    """Return a suggestion for the script of the search box."""
    kinds = {"speaker": _("People & channels"), "entity": _("Index"), "tag": _("Tags"), "episode": _("Episodes")}
    return {
        "kind": kinds[suggestion.kind],
        "name": suggestion.name[:200],
        "url": suggestion.row.get_absolute_url(),
    }


def desk_url(episode: Episode) -> str:
    """Return the address of an episode on the desk."""
    return reverse("admin:episodes_episode_change", args=[episode.pk])
