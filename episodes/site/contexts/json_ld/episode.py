"""JSON-LD of an episode's page: the note as an Article, based on a PodcastEpisode."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from episodes.bases.reviewable import ReviewLevel
from episodes.models import Appearance, Chapter, Episode
from episodes.site.contexts.json_ld.common import (
    ENTITY_TYPES,
    MACHINE_MADE,
    Node,
    Site,
    aired_date,
    iso_datetime,
    iso_duration,
    reference,
    without_empty,
)
from episodes.site.contexts.safe_links import web_address
from episodes.site.contexts.stored_texts import summary_excerpt
from episodes.site.contexts.timeline import is_within


def episode_graph(site: Site, context: dict[str, Any]) -> Node:
    """Return the graph of an episode's page from its context (`pages.episode.episode_context`)."""
    episode: Episode = context["episode"]
    nodes = [_note(site, context)]
    if episode.form == Episode.Form.RECORDING:
        nodes += _recording(site, context)
    return site.graph({"name": str(episode), **site.reviewed(last_reviewed(context))}, *nodes)


def last_reviewed(context: dict[str, Any]) -> datetime | None:
    """Return when the last part of the page was reviewed, or None if a part was not."""
    episode: Episode = context["episode"]
    rows = [section.row for section in context["sections"]]
    rows += [*context["chapters"], *context["quotes"], *context["predictions"]]
    rows += [row for _kind, group in context["observations"] for row in group]
    moments = [max(filter(None, (row.accepted_at, row.verified_at)), default=None) for row in rows]
    if episode.shown_summary:
        moments.append(max(filter(None, (episode.summary_accepted_at, episode.summary_verified_at)), default=None))
    if any(row.review_level == ReviewLevel.UNREAD for row in rows) or None in moments:
        return None
    return max(filter(None, moments), default=None)


# --- the note


def _note(site: Site, context: dict[str, Any]) -> Node:
    episode: Episode = context["episode"]
    names = context["names"]
    own = episode.form == Episode.Form.OWN
    return {
        "@type": "Article",
        "@id": site.address("episode", episode.slug, fragment="note"),
        "url": site.address("episode", episode.slug),
        "headline": str(episode),
        "description": summary_excerpt(episode) or None,
        "inLanguage": episode.language,
        "datePublished": iso_datetime(episode.published_at),
        "dateModified": iso_datetime(max(filter(None, (episode.changed_at, episode.published_at)))),
        "author": reference(site.organisation),
        "publisher": reference(site.organisation),
        "image": site.address("episode_cover", episode.slug) if episode.cover else None,
        "isBasedOn": _source(site, episode, names["credit"]),
        "keywords": [tag.name for tag in names["tag"]],
        "mentions": _mentions(site, names["mention"]),
        "correction": _corrections(context["corrected"]),
        "digitalSourceType": None if own else MACHINE_MADE,
    }


def _source(site: Site, episode: Episode, credits: list[Any]) -> Node | None:
    if episode.form == Episode.Form.OWN:
        return None
    if episode.form == Episode.Form.RECORDING:
        return reference(site.address("episode", episode.slug, fragment="recording"))
    people = _people(site, credits)
    book = episode.form == Episode.Form.BOOK
    return without_empty(
        {
            "@type": "Book" if book else "Article",
            "name" if book else "headline": str(episode),
            "url": web_address(episode.source_url),
            "datePublished": aired_date(episode),
            "author": people,
        }
    )


def _people(site: Site, credits: list[Any]) -> list[Node]:
    nodes = (site.speaker(row.name, row.slug) for row in credits if row.detail != Appearance.Role.CHANNEL)
    return [node for node in nodes if node]


def _mentions(site: Site, mentions: list[Any]) -> list[Node]:
    """Return each entity once; a note may list it twice."""
    once = {mention.slug: mention for mention in mentions}
    return [
        {
            "@type": ENTITY_TYPES.get(mention.detail, "Thing"),
            "@id": site.address("entity", slug, fragment="entity"),
            "name": mention.name,
        }
        for slug, mention in once.items()
    ]


def _corrections(days: list[Any]) -> list[Node]:
    return [
        {
            "@type": "CorrectionComment",
            "text": f"{_('Corrected:')} {date_format(day, 'DATE_FORMAT')}",
            "datePublished": day.isoformat(),
        }
        for day in days
    ]


# --- the recording


def _recording(site: Site, context: dict[str, Any]) -> list[Node]:
    """Return the podcast episode and, with a player, its medium and a clip per chapter."""
    episode: Episode = context["episode"]
    clips, medium = _clips(site, context), _medium(site, context)
    node = {
        "@type": "PodcastEpisode",
        "@id": site.address("episode", episode.slug, fragment="recording"),
        "name": str(episode),
        # The publisher's page; this site's page is the URL of the note.
        "url": web_address(episode.source_url),
        "datePublished": aired_date(episode),
        "duration": iso_duration(episode.duration),
        "episodeNumber": episode.number,
        "partOfSeries": _series(site, context),
        "actor": _people(site, context["names"]["credit"]),
        "associatedMedia": reference(medium["@id"]) if medium else None,
        "hasPart": [reference(clip["@id"]) for clip in clips],
    }
    if medium and medium["@type"] == "VideoObject":
        medium["hasPart"] = node["hasPart"]
    return [node, *([medium] if medium else []), *clips]


def _series(site: Site, context: dict[str, Any]) -> Node | None:
    episode: Episode = context["episode"]
    channels = [row for row in context["names"]["credit"] if row.detail == Appearance.Role.CHANNEL and row.name]
    channel = site.speaker(channels[0].name, channels[0].slug, channels[0].detail) if channels else None
    name = episode.series or (channel["name"] if channel else "")
    return without_empty({"@type": "PodcastSeries", "name": name, "author": channel}) if name else None


def _medium(site: Site, context: dict[str, Any]) -> Node | None:
    """Return the audio or video object. A video needs a thumbnail and a date (required by Google)."""
    episode, player = context["episode"], context["player"]
    if player is None:
        return None
    shared = {"name": str(episode), "duration": iso_duration(episode.duration)}
    if player.kind == "audio":
        identity = site.address("episode", episode.slug, fragment="audio")
        return {"@type": "AudioObject", "@id": identity, **shared, "contentUrl": player.address}
    if not episode.cover or not episode.aired_on:
        return None
    return {
        "@type": "VideoObject",
        "@id": site.address("episode", episode.slug, fragment="video"),
        **shared,
        "description": summary_excerpt(episode) or None,
        "thumbnailUrl": site.address("episode_cover", episode.slug),
        "uploadDate": aired_date(episode),
        "embedUrl": player.address,
    }


def _clips(site: Site, context: dict[str, Any]) -> list[Node]:
    """Return a clip for each chapter with a time within the recording, one per second."""
    episode: Episode = context["episode"]
    if context["player"] is None:
        return []
    once = {chapter.start: chapter for chapter in reversed(context["chapters"]) if is_within(chapter, episode)}
    timed: list[Chapter] = [once[start] for start in sorted(once)]
    ends: list[int | None] = [following.start for _chapter, following in pairwise(timed)]
    return [
        {
            "@type": "Clip",
            "@id": site.address("episode", episode.slug, fragment=f"c{chapter.pk}"),
            "name": chapter.title,
            "startOffset": chapter.start,
            "endOffset": end if end is None or end > (chapter.start or 0) else None,
            "url": site.address("episode", episode.slug, query=f"t={chapter.start}"),
        }
        for chapter, end in zip(timed, [*ends, episode.duration], strict=False)
    ]
