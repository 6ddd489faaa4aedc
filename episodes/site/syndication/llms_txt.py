"""/llms.txt: where the notes are in Markdown, how far each was read, and the ways to the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from episodes.models import Episode
from episodes.site.contexts.alternates import feeds_of
from episodes.site.contexts.page_querysets import for_cards
from episodes.site.contexts.site_state import SiteState, site_state
from episodes.site.pages.base import public_page
from episodes.site.syndication.plain_text import literal, one_line
from episodes.site.syndication.review_status import ReviewStatus, review_statuses

# The newest; the rest is found through the lists, the feeds and the sitemap.
MOST = 100


@public_page
def llms_txt(request: HttpRequest) -> HttpResponse:
    facts = site_state()
    episodes = list(for_cards(Episode.objects.public()).order_by("-published_at", "-pk")[:MOST])
    text = "\n\n".join(part for part in _parts(request, facts, episodes) if part) + "\n"
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    if facts.changed:
        response["Last-Modified"] = http_date(facts.changed.timestamp())
    return response


def _parts(request: HttpRequest, facts: SiteState, episodes: list[Any]) -> Iterator[str]:
    def link(name: str, path: str, told: str = "") -> str:
        address = request.build_absolute_uri(path)
        return f"- [{literal(one_line(name))}]({address})" + (f": {told}" if told else "")

    yield f"# {literal(one_line(settings.SITE_NAME))}"
    yield "> " + _("Notes on recorded conversations. Each states its review status.")
    if not episodes:
        return
    stand = review_statuses(episodes)
    notes = (
        link(str(each), reverse("episode_markdown", args=[each.slug]), _told(each, stand[each.pk])) for each in episodes
    )
    yield from _listed(_("Newest notes"), notes)
    yield from _listed(_("Lists"), (link(name, path) for name, path in _lists(facts)))
    feeds = [(feed.title, feed.address) for feed in feeds_of("site")]
    if "predictions" in facts.rooms:
        feeds += [(feed.title, feed.address) for feed in feeds_of("predictions", _("Predictions"))]
    yield from _listed(_("Feeds"), (link(name, path) for name, path in feeds))
    # The specification's own word: what may be left out where room is short.
    yield from _listed("Optional", [link("Sitemap", reverse("sitemap"), _("all public pages"))])


def _listed(heading: str, lines: Iterable[str]) -> Iterator[str]:
    yield from (f"## {heading}", "\n".join(lines))


def _told(episode: Any, standing: ReviewStatus) -> str:
    """The state of its review, when it aired, and who speaks."""
    names = dict.fromkeys(one_line(credit.by_name) for credit in episode.credits if credit.by_name.strip())
    aired = episode.aired_on.isoformat() if episode.aired_on else ""
    return literal("; ".join(part for part in (standing.line, aired, ", ".join(names)) if part))


def _lists(facts: SiteState) -> Iterator[tuple[str, str]]:
    rooms = {
        "speakers": (_("People & channels"), "speaker_list"),
        "quotes": (_("Quotes"), "quote_list"),
        "predictions": (_("Predictions"), "prediction_list"),
        "entities": (_("Index"), "entity_list"),
        "tags": (_("Tags"), "tag_list"),
    }
    yield _("Episodes"), reverse("episode_list")
    yield from ((name, reverse(address)) for room, (name, address) in rooms.items() if room in facts.rooms)
