"""The page of an episode: the note is an Article, and the recording it is based on a PodcastEpisode."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from episodes.bases.reviewable import ReviewLevel
from episodes.models import Appearance, Chapter, Episode
from episodes.site.contexts.excerpts import excerpt
from episodes.site.contexts.json_ld.common import (
    ENTITY_TYPES,
    MACHINE_MADE,
    Node,
    Site,
    aired,
    filled,
    instant,
    lasting,
    reference,
)
from episodes.site.contexts.safe_links import web_address
from episodes.site.contexts.timeline import within


def episode_graph(site: Site, context: dict[str, Any]) -> Node:
    """context: of the page (episode_page.episode_context)."""
    episode: Episode = context["episode"]
    nodes = [_note(site, context)]
    if episode.form == Episode.Form.RECORDING:
        nodes += _recording(site, context)
    return site.graph({"name": str(episode), **site.reviewed(read_on(context))}, *nodes)


def read_on(context: dict[str, Any]) -> datetime | None:
    """When the last part of the page was read, if all of them were."""
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
        "description": excerpt(episode.shown_summary) if episode.shown_summary else None,
        "inLanguage": episode.language,
        "datePublished": instant(episode.published_at),
        "dateModified": instant(max(filter(None, (episode.changed_at, episode.published_at)))),
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
    return filled(
        {
            "@type": "Book" if book else "Article",
            "name" if book else "headline": str(episode),
            "url": web_address(episode.source_url),
            "datePublished": aired(episode),
            "author": people,
        }
    )


def _people(site: Site, credits: list[Any]) -> list[Node]:
    spoken = (site.speaker(row.name, row.slug) for row in credits if row.detail != Appearance.Role.CHANNEL)
    return [node for node in spoken if node]


def _mentions(site: Site, mentions: list[Any]) -> list[Node]:
    """Each entity once, though the note may list it twice."""
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
    """The episode of the podcast; with a player its medium and the chapters that can be jumped to."""
    episode: Episode = context["episode"]
    clips, medium = _clips(site, context), _medium(site, context)
    node = {
        "@type": "PodcastEpisode",
        "@id": site.address("episode", episode.slug, fragment="recording"),
        "name": str(episode),
        # The publisher's page: ours is that of the note.
        "url": web_address(episode.source_url),
        "datePublished": aired(episode),
        "duration": lasting(episode.duration),
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
    return filled({"@type": "PodcastSeries", "name": name, "author": channel}) if name else None


def _medium(site: Site, context: dict[str, Any]) -> Node | None:
    """A video only with all that is required of one: a picture of it and the day it was shown."""
    episode, player = context["episode"], context["player"]
    if player is None:
        return None
    shared = {"name": str(episode), "duration": lasting(episode.duration)}
    if player.kind == "audio":
        identity = site.address("episode", episode.slug, fragment="audio")
        return {"@type": "AudioObject", "@id": identity, **shared, "contentUrl": player.address}
    if not episode.cover or not episode.aired_on:
        return None
    return {
        "@type": "VideoObject",
        "@id": site.address("episode", episode.slug, fragment="video"),
        **shared,
        "description": excerpt(episode.shown_summary) if episode.shown_summary else None,
        "thumbnailUrl": site.address("episode_cover", episode.slug),
        "uploadDate": aired(episode),
        "embedUrl": player.address,
    }


def _clips(site: Site, context: dict[str, Any]) -> list[Node]:
    """The chapters one can jump to on this page: with a time the recording can have, no two with the same."""
    episode: Episode = context["episode"]
    if context["player"] is None:
        return []
    once = {chapter.start: chapter for chapter in reversed(context["chapters"]) if within(chapter, episode)}
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
