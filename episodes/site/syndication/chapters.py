"""An episode's chapters for players: Podcasting 2.0 (JSON) and WebVTT. Only those with a time the recording has."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import http_date

from episodes.models import Appearance, Chapter, Episode
from episodes.notes import timecodes
from episodes.site.contexts.episode_parts import reviewed_items
from episodes.site.contexts.page_querysets import credited
from episodes.site.contexts.site_state import row_state, with_state
from episodes.site.contexts.timeline import begins_within
from episodes.site.pages.base import public_page
from episodes.site.pages.error_pages import tombstone
from episodes.site.syndication.plain_text import one_line

VERSION = "1.2.0"
# Of the last chapter where the recording's length is not known: a cue must end, and players stop where that does.
OPEN_END = 3600


@dataclass(frozen=True)
class TimeRange:
    """A chapter from its second to the next one's; end is None where nobody knows it. keys: of its chapters."""

    start: int
    end: int | None
    title: str
    keys: tuple[int, ...]


def time_ranges(episode: Episode, chapters: list[Chapter]) -> list[TimeRange]:
    """Strictly ascending. Chapters of one second are one stretch with all their titles: two equal cues are no cue."""
    together: dict[int, list[Chapter]] = {}
    for chapter in chapters:
        if chapter.start is not None and begins_within(chapter, episode):
            together.setdefault(chapter.start, []).append(chapter)
    starts = sorted(together)
    ends = [*starts[1:], episode.duration][: len(starts)]
    return [
        TimeRange(
            start,
            end,
            " / ".join(title for chapter in together[start] if (title := one_line(chapter.title))),
            tuple(chapter.pk for chapter in together[start]),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def as_json(episode: Episode, page: str, found: list[TimeRange]) -> str:
    """page: the absolute address of the episode's page."""
    names = credited(Appearance.objects.filter(episode=episode)).values_list("by_name", flat=True)
    about = {
        "title": one_line(str(episode)),
        "author": ", ".join(dict.fromkeys(one_line(name) for name in names if name.strip())),
        "podcastName": one_line(episode.series),
    }
    chapters: list[dict[str, Any]] = []
    for stretch in found:
        end = {} if stretch.end is None else {"endTime": stretch.end}
        address = f"{page}#c{stretch.keys[0]}"
        chapters.append({"startTime": stretch.start, **end, "title": stretch.title, "url": address})
    told = {name: value for name, value in about.items() if value}
    return json.dumps({"version": VERSION, **told, "chapters": chapters}, ensure_ascii=False)


def as_vtt(found: list[TimeRange]) -> str:
    cues = []
    for stretch in found:
        end = stretch.start + OPEN_END if stretch.end is None else stretch.end
        times = f"{timecodes.format(stretch.start)}.000 --> {timecodes.format(end)}.000"
        cues.append(f"{times}\n{_escaped(stretch.title)}\n")
    return "\n".join(["WEBVTT\n", *cues])


def _escaped(text: str) -> str:
    """`>` too, and with it every `-->`, which would begin another cue."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


Write = Callable[[HttpRequest, Episode, list[TimeRange]], str]


def _answer(write: Write, content_type: str) -> Any:
    @public_page
    def answer(request: HttpRequest, slug: str) -> HttpResponse:
        rows = with_state(Episode.objects.public().listed())
        episode = rows.filter(slug=slug).first()
        if episode is None:
            return tombstone(request, slug)
        found = time_ranges(episode, list(reviewed_items(Chapter, episode)))
        if not found:
            raise Http404
        response = HttpResponse(write(request, episode, found), content_type=content_type)
        # Players are pages of other sites.
        response["Access-Control-Allow-Origin"] = "*"
        response["Last-Modified"] = http_date(row_state(episode, episode).changed.timestamp())  # type: ignore[union-attr]
        return response

    return answer


chapters_json = _answer(
    lambda request, episode, found: as_json(episode, request.build_absolute_uri(episode.get_absolute_url()), found),
    "application/json+chapters",
)
chapters_vtt = _answer(lambda _request, _episode, found: as_vtt(found), "text/vtt; charset=utf-8")
