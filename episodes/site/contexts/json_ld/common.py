"""Addresses that name things, and the nodes every page has."""

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
# A product here is something talked about and not for sale: schema.org's Product asks for an offer.
ENTITY_TYPES: dict[str, str] = {
    Entity.Kind.PERSON: "Person",
    Entity.Kind.ORGANISATION: "Organization",
    Entity.Kind.WORK: "CreativeWork",
}


def filled(node: Node) -> Node:
    """The node without what is not known."""
    return {key: value for key, value in node.items() if value not in (None, "", [], {})}


def reference(identity: str) -> Node:
    return {"@id": identity}


def day(moment: datetime | None) -> str | None:
    return timezone.localtime(moment).date().isoformat() if moment else None


def instant(moment: datetime | None) -> str | None:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None


def lasting(seconds: int | None) -> str | None:
    """ISO 8601: PT3H50M12S."""
    if not seconds:
        return None
    hours, rest = divmod(seconds, 3600)
    parts = ((hours, "H"), (rest // 60, "M"), (rest % 60, "S"))
    return "PT" + "".join(f"{number}{unit}" for number, unit in parts if number)


class Site:
    """The site as one request sees it."""

    def __init__(self, request: HttpRequest) -> None:
        self._root = request.build_absolute_uri("/")[:-1]
        self._here = request.build_absolute_uri(request.path)

    def address(self, name: str, *arguments: Any, fragment: str = "", query: str = "") -> str:
        """Of a page in the language of the site, so that a thing has one id whatever the interface it is read in."""
        with override(settings.LANGUAGE_CODE):
            path = reverse(name, args=arguments)
        return f"{self._root}{path}{f'?{query}' if query else ''}{f'#{fragment}' if fragment else ''}"

    @property
    def organisation(self) -> str:
        return self.address("home", fragment="organization")

    def graph(self, page: Node, *nodes: Node) -> Node:
        """The graph of a page. page: what is special about its WebPage; nodes: the first is what it is about."""
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
            "@graph": [filled(web_page), *(filled(node) for node in nodes), *self._furniture()],
        }

    def _furniture(self) -> list[Node]:
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
        """When a person last read all that is on the page; nothing for what nobody has."""
        return {"lastReviewed": day(on), "reviewedBy": reference(self.organisation)} if on else {}

    def speaker(self, name: str, slug: str, role: str = "") -> Node | None:
        """Who is credited. A label that names nobody (guest, 嘉宾) is no person."""
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
        """An episode as another page names it: the recording, or the note of what is read."""
        if episode.form == Episode.Form.RECORDING:
            identity = self.address("episode", episode.slug, fragment="recording")
            return {"@type": "PodcastEpisode", "@id": identity, "name": str(episode)}
        address = self.address("episode", episode.slug)
        return {"@type": "Article", "@id": f"{address}#note", "headline": str(episode), "url": address}


def aired(episode: Episode) -> str | None:
    value: date | None = episode.aired_on
    return value.isoformat() if value else None
