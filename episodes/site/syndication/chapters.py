"""An episode's chapters for players: Podcasting 2.0 JSON chapters 1.2 and WebVTT.

Only chapters with a time within the recording are included.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import http_date

from episodes.bases.page_dependencies import EPISODE, depends_on, page_key
from episodes.models import Appearance, Chapter, Episode
from episodes.notes import timecodes
from episodes.site.contexts.episode_parts import reviewed_items
from episodes.site.contexts.page_querysets import with_credited_name
from episodes.site.contexts.site_state import site_state
from episodes.site.contexts.timeline import begins_within
from episodes.site.pages.base import public_page
from episodes.site.pages.error_pages import tombstone
from episodes.site.syndication.plain_text import one_line

VERSION = "1.2.0"
# Length of the last cue in seconds if the duration is unknown: a WebVTT cue must end.
LAST_CHAPTER_SECONDS = 3600


@dataclass(frozen=True)
class TimeRange:
    """Chapters that start at the same second. start, end: seconds; end is None if unknown. keys: of the chapters."""

    start: int
    end: int | None
    title: str
    keys: tuple[int, ...]


def time_ranges(episode: Episode, chapters: list[Chapter]) -> list[TimeRange]:
    """Return the ranges in ascending order. Chapters with the same start become one: players reject equal cues."""
    by_start: dict[int, list[Chapter]] = {}
    for chapter in chapters:
        if chapter.start is not None and begins_within(chapter, episode):
            by_start.setdefault(chapter.start, []).append(chapter)
    starts = sorted(by_start)
    ends = [*starts[1:], episode.duration][: len(starts)]
    return [
        TimeRange(
            start,
            end,
            " / ".join(title for chapter in by_start[start] if (title := one_line(chapter.title))),
            tuple(chapter.pk for chapter in by_start[start]),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def as_json(episode: Episode, page: str, ranges: list[TimeRange]) -> str:
    """Return the chapters as JSON. page: absolute URL of the episode's page."""
    names = with_credited_name(Appearance.objects.filter(episode=episode)).values_list("by_name", flat=True)
    about = {
        "title": one_line(str(episode)),
        "author": ", ".join(dict.fromkeys(one_line(name) for name in names if name.strip())),
        "podcastName": one_line(episode.series),
    }
    chapters: list[dict[str, Any]] = []
    for time_range in ranges:
        end = {} if time_range.end is None else {"endTime": time_range.end}
        address = f"{page}#c{time_range.keys[0]}"
        chapters.append({"startTime": time_range.start, **end, "title": time_range.title, "url": address})
    metadata = {name: value for name, value in about.items() if value}
    return json.dumps({"version": VERSION, **metadata, "chapters": chapters}, ensure_ascii=False)


def as_vtt(ranges: list[TimeRange]) -> str:
    """Return the chapters as WebVTT."""
    cues = []
    for time_range in ranges:
        end = time_range.start + LAST_CHAPTER_SECONDS if time_range.end is None else time_range.end
        times = f"{timecodes.format(time_range.start)}.000 --> {timecodes.format(end)}.000"
        cues.append(f"{times}\n{_escaped(time_range.title)}\n")
    return "\n".join(["WEBVTT\n", *cues])


def _escaped(text: str) -> str:
    """Escape markup; `>` too, because `-->` would begin another cue."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


Write = Callable[[HttpRequest, Episode, list[TimeRange]], str]


def _answer(write: Write, content_type: str) -> Any:
    @public_page
    def answer(request: HttpRequest, slug: str) -> HttpResponse:
        rows = Episode.objects.public().listed()
        episode = rows.filter(slug=slug).first()
        if episode is None:
            return tombstone(request, slug)
        depends_on(page_key(EPISODE, slug))
        ranges = time_ranges(episode, list(reviewed_items(Chapter, episode)))
        if not ranges:
            raise Http404
        response = HttpResponse(write(request, episode, ranges), content_type=content_type)
        # Web players on other sites fetch the file.
        response["Access-Control-Allow-Origin"] = "*"
        response["Last-Modified"] = http_date(site_state().changed.timestamp())  # type: ignore[union-attr]
        return response

    return answer


chapters_json = _answer(
    lambda request, episode, ranges: as_json(episode, request.build_absolute_uri(episode.get_absolute_url()), ranges),
    "application/json+chapters",
)
chapters_vtt = _answer(lambda _request, _episode, ranges: as_vtt(ranges), "text/vtt; charset=utf-8")
