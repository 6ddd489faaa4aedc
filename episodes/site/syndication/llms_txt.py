"""/llms.txt (llmstxt.org): links to the notes in Markdown with their review status, to lists and feeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from episodes.bases.prepared import Prepared
from episodes.models import Episode
from episodes.site.contexts.alternates import feed_alternates
from episodes.site.contexts.page_querysets import for_cards
from episodes.site.contexts.site_state import SiteState, site_state
from episodes.site.pages.base import public_page
from episodes.site.syndication.plain_text import literal, one_line
from episodes.site.syndication.review_status import ReviewStatus, review_statuses

# Newest episodes listed; the rest is in the lists and the sitemap.
MAX_EPISODES = 100


@cache
def _newest(most: int) -> Prepared:
    return Prepared(lambda: for_cards(Episode.objects.public_checked()).order_by("-published_at", "-pk")[:most])


@public_page
def llms_txt(request: HttpRequest) -> HttpResponse:
    """Return /llms.txt."""
    state = site_state()
    episodes = _newest(MAX_EPISODES).rows()
    text = "\n\n".join(part for part in _parts(request, state, episodes) if part) + "\n"
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    if state.changed:
        response["Last-Modified"] = http_date(state.changed.timestamp())
    return response


def _parts(request: HttpRequest, state: SiteState, episodes: list[Any]) -> Iterator[str]:
    def link(name: str, path: str, note: str = "") -> str:
        address = request.build_absolute_uri(path)
        return f"- [{literal(one_line(name))}]({address})" + (f": {note}" if note else "")

    yield f"# {literal(one_line(settings.SITE_NAME))}"
    yield "> " + _("Notes on recorded conversations. Each states its review status.")
    if not episodes:
        return
    statuses = review_statuses(episodes)
    notes = (
        link(str(each), reverse("episode_markdown", args=[each.slug]), _note(each, statuses[each.pk]))
        for each in episodes
    )
    yield from _listed(_("Newest notes"), notes)
    yield from _listed(_("Lists"), (link(name, path) for name, path in _lists(state)))
    feeds = [(feed.title, feed.address) for feed in feed_alternates("site")]
    if "predictions" in state.listed_sections:
        feeds += [(feed.title, feed.address) for feed in feed_alternates("predictions", _("Predictions"))]
    yield from _listed(_("Feeds"), (link(name, path) for name, path in feeds))
    # "Optional" is a keyword of the specification.
    yield from _listed("Optional", [link("Sitemap", reverse("sitemap"), _("all public pages"))])


def _listed(heading: str, lines: Iterable[str]) -> Iterator[str]:
    yield from (f"## {heading}", "\n".join(lines))


def _note(episode: Any, status: ReviewStatus) -> str:
    """Return review status, date and credited names."""
    names = dict.fromkeys(one_line(credit.by_name) for credit in episode.credits if credit.by_name.strip())
    aired = episode.aired_on.isoformat() if episode.aired_on else ""
    return literal("; ".join(part for part in (status.line, aired, ", ".join(names)) if part))


def _lists(state: SiteState) -> Iterator[tuple[str, str]]:
    sections = {
        "speakers": (_("People & channels"), "speaker_list"),
        "quotes": (_("Quotes"), "quote_list"),
        "predictions": (_("Predictions"), "prediction_list"),
        "entities": (_("Index"), "entity_list"),
        "tags": (_("Tags"), "tag_list"),
    }
    yield _("Episodes"), reverse("episode_list")
    yield from (
        (name, reverse(address)) for section, (name, address) in sections.items() if section in state.listed_sections
    )
