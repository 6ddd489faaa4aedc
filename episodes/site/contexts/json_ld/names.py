"""JSON-LD of speakers, entities and the glossary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from episodes.site.contexts.excerpts import excerpt
from episodes.site.contexts.json_ld.common import (
    ENTITY_TYPES,
    Node,
    Site,
    without_empty,
)
from people.models import Speaker


def speaker_graph(site: Site, speaker: Any, links: list[tuple[str, str]]) -> Node:
    """Return the graph of a speaker's page.

    speaker: with its aliases in `other_names`; links: (URL, label) as on the page.
    """
    shown = speaker.introduced
    node = {
        "@type": "Organization" if speaker.kind == Speaker.Kind.CHANNEL else "Person",
        "@id": site.address("speaker", speaker.slug, fragment="speaker"),
        "url": site.address("speaker", speaker.slug),
        "name": speaker.name,
        "alternateName": speaker.other_names,
        "disambiguatingDescription": speaker.headline if shown else None,
        "description": excerpt(speaker.bio) if shown and speaker.bio else None,
        "image": site.address("speaker_photo", speaker.slug) if shown and speaker.photo else None,
        "sameAs": same_as(links),
    }
    return site.graph({"@type": "ProfilePage", "name": speaker.name}, node)


def entity_graph(site: Site, entity: Any, links: list[tuple[str, str]]) -> Node:
    """Return the graph of an entity's page.

    entity: with its aliases in `other_names`; links: (URL, label) as on the page.
    """
    node = {
        "@type": ENTITY_TYPES.get(entity.kind, "Thing"),
        "@id": site.address("entity", entity.slug, fragment="entity"),
        "url": site.address("entity", entity.slug),
        "name": entity.name,
        "alternateName": entity.other_names,
        "description": excerpt(entity.summary) if entity.introduced and entity.summary else None,
        "sameAs": same_as(links),
    }
    return site.graph({"name": entity.name}, node)


def same_as(links: list[tuple[str, str]]) -> list[str]:
    """Return the URLs with Wikidata first, as the one that identifies the subject."""
    addresses = [address for address, _name in links]
    return sorted(addresses, key=lambda address: not (urlsplit(address).hostname or "").endswith("wikidata.org"))


def term_set_graph(site: Site, name: str, address: str, terms: Iterable[Any]) -> Node:
    """Return the graph of a glossary page.

    address: its absolute URL; terms: rows with `term`, `expansion`, `explanation` and optionally `anchor`.
    """
    identity = f"{address}#terms"
    nodes = [
        without_empty(
            {
                "@type": "DefinedTerm",
                "@id": f"{address}#{anchor}" if (anchor := getattr(term, "anchor", "")) else None,
                "name": term.term,
                "alternateName": term.expansion,
                "description": term.explanation,
                "inDefinedTermSet": {"@id": identity},
            }
        )
        for term in terms
    ]
    whole = {"@type": "DefinedTermSet", "@id": identity, "url": address, "name": name, "hasDefinedTerm": nodes}
    return site.graph({"name": name}, whole)
