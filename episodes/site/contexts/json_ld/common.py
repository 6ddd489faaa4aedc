"""Identifiers, small helpers, and the nodes that every page has."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from episodes.models import Appearance, Episode
from episodes.notes.roles import is_generic
from episodes.site.contexts.interface_language import interface_language
from people.models import Entity

Node = dict[str, Any]

MACHINE_MADE = "https://schema.org/TrainedAlgorithmicMediaDigitalSource"
# No Product: schema.org requires an offer for it, and the products here are only talked about.
ENTITY_TYPES: dict[str, str] = {
    Entity.Kind.PERSON: "Person",
    Entity.Kind.ORGANISATION: "Organization",
    Entity.Kind.WORK: "CreativeWork",
}


def without_empty(node: Node) -> Node:
    """Return the node without empty values."""
    return {key: value for key, value in node.items() if value not in (None, "", [], {})}


def reference(identity: str) -> Node:
    """Return a reference to another node by its `@id`."""
    return {"@id": identity}


def iso_date(moment: datetime | None) -> str | None:
    """Return the local date in ISO 8601."""
    return timezone.localtime(moment).date().isoformat() if moment else None


def iso_datetime(moment: datetime | None) -> str | None:
    """Return the local time in ISO 8601, to the second."""
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None


def iso_duration(seconds: int | None) -> str | None:
    """Return an ISO 8601 duration such as `PT3H50M12S`."""
    if not seconds:
        return None
    hours, rest = divmod(seconds, 3600)
    parts = ((hours, "H"), (rest // 60, "M"), (rest % 60, "S"))
    return "PT" + "".join(f"{number}{unit}" for number, unit in parts if number)


class Site:
    """Absolute URLs and shared nodes for one request."""

    def __init__(self, request: HttpRequest) -> None:
        self._root = request.build_absolute_uri("/")[:-1]
        self._here = request.build_absolute_uri(request.path)

    def address(self, name: str, *arguments: Any, fragment: str = "", query: str = "") -> str:
        """Return an absolute URL in the default language, so that ids do not depend on the interface language."""
        with override(settings.LANGUAGE_CODE):
            path = reverse(name, args=arguments)
        return f"{self._root}{path}{f'?{query}' if query else ''}{f'#{fragment}' if fragment else ''}"

    @property
    def organisation(self) -> str:
        """Return the `@id` of the publisher."""
        return self.address("home", fragment="organization")

    def graph(self, page: Node, *nodes: Node) -> Node:
        """Return the graph of a page.

        page: properties of its WebPage node; nodes: the first one is its main entity.
        """
        main = reference(nodes[0]["@id"]) if nodes else None
        web_page = {
            "@type": "WebPage",
            "@id": self._here,
            "url": self._here,
            "inLanguage": interface_language(),
            "isPartOf": reference(self.address("home", fragment="site")),
            "mainEntity": main,
            **page,
        }
        return {
            "@context": "https://schema.org",
            "@graph": [without_empty(web_page), *(without_empty(node) for node in nodes), *self._site_nodes()],
        }

    def _site_nodes(self) -> list[Node]:
        home, name = self.address("home"), settings.SITE_NAME
        site = {
            "@type": "WebSite",
            "@id": f"{home}#site",
            "url": home,
            "name": name,
            "publisher": reference(self.organisation),
        }
        return [site, {"@type": "Organization", "@id": self.organisation, "url": home, "name": name}]

    def reviewed(self, on: datetime | None) -> Node:
        """Return `lastReviewed` and `reviewedBy`, or nothing for a page that is not fully reviewed."""
        return {"lastReviewed": iso_date(on), "reviewedBy": reference(self.organisation)} if on else {}

    def speaker(self, name: str, slug: str, role: str = "") -> Node | None:
        """Return the node of a credited name, or None for a generic label such as "guest" or 嘉宾."""
        if not name or (not slug and is_generic(name)):
            return None
        node: Node = {"@type": "Organization" if role == Appearance.Role.CHANNEL else "Person", "name": name}
        if slug:
            node |= {
                "@id": self.address("speaker", slug, fragment="speaker"),
                "url": self.address("speaker", slug),
            }
        return node

    def episode(self, episode: Episode) -> Node:
        """Return an episode as other pages refer to it: a recording, or an article."""
        if episode.form == Episode.Form.RECORDING:
            identity = self.address("episode", episode.slug, fragment="recording")
            return {"@type": "PodcastEpisode", "@id": identity, "name": str(episode)}
        address = self.address("episode", episode.slug)
        return {"@type": "Article", "@id": f"{address}#note", "headline": str(episode), "url": address}


def aired_date(episode: Episode) -> str | None:
    """Return the date of the recording in ISO 8601."""
    value: date | None = episode.aired_on
    return value.isoformat() if value else None
