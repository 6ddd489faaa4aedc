"""The recording by its clock: chapters with what was said in each, and the strip that shows them all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from episodes.models import Chapter, Episode, Quote
from episodes.rendering.quote_places import mark_places
from episodes.site.contexts.anchors import anchor_of
from episodes.site.contexts.episode_parts import ShownSection

# Of the strip's drawing; the browser stretches it.
WIDTH = 1000


@dataclass
class Part:
    """A chapter, and the quotes and predictions between its time and the next one's."""

    chapter: Chapter
    said: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Timeline:
    parts: list[Part]
    # What has no time, or a time beyond the end, or no chapter to stand in.
    quotes: list[Any]
    predictions: list[Any]


def within(item: Any, episode: Episode) -> bool:
    """Whether its time can be one of this recording: 31:38:00 in 230 minutes cannot."""
    return item.start is not None and (episode.duration is None or item.start <= episode.duration)


def begins_within(chapter: Chapter, episode: Episode) -> bool:
    """Whether it is a stretch of the recording: what begins where that ends has no length."""
    return within(chapter, episode) and chapter.start != episode.duration


def timeline(episode: Episode, chapters: list[Chapter], quotes: list[Any], predictions: list[Any]) -> Timeline:
    parts = [Part(chapter) for chapter in chapters]
    timed = [part for part in parts if within(part.chapter, episode)]
    starts = [part.chapter.start for part in timed]
    loose: tuple[list[Any], list[Any]] = [], []
    for kind, rows in enumerate((quotes, predictions)):
        for row in rows:
            if timed and within(row, episode):
                timed[max(bisect_right(starts, row.start) - 1, 0)].said.append(row)
            else:
                loose[kind].append(row)
    for part in parts:
        part.said.sort(key=lambda row: row.start)
    return Timeline(parts, *loose)


def in_the_text(sections: list[ShownSection], items: Iterable[Any]) -> list[ShownSection]:
    """The sections with the words of these items marked where they stand; each found item gets `placed`, its anchor."""
    waiting = {f"at-{anchor_of(item)}": item for item in items}
    for number, section in enumerate(sections if waiting else []):
        said = {anchor: _words_of(item) for anchor, item in waiting.items()}
        body, found = mark_places(section.body, said)
        if found:
            sections[number] = replace(section, body=body)
        for anchor in found:
            waiting.pop(anchor).placed = anchor
    return sections


def _words_of(item: Any) -> str:
    return item.text if isinstance(item, Quote) else item.words


# --- the strip


@dataclass(frozen=True)
class TimelineBar:
    """Chapters as (x, width, chapter) and what was said as x, in thousandths of the recording."""

    chapters: list[tuple[int, int, Chapter]]
    quotes: list[int]
    predictions: list[int]
    # Times at equal distances, from the beginning to the end.
    marks: list[str]


def timeline_bar(
    episode: Episode, chapters: list[Chapter], quotes: list[Any], predictions: list[Any]
) -> TimelineBar | None:
    """None without a length or with fewer than three chapters: there would be nothing to see."""
    timed = [chapter for chapter in chapters if within(chapter, episode)]
    length = episode.duration
    if not length or len(timed) < 3:
        return None

    def at(second: int) -> int:
        return round(second * WIDTH / length)

    places = [at(chapter.start or 0) for chapter in timed]
    ends = [*places[1:], WIDTH]
    boxes = [(begin, max(end - begin, 1), c) for begin, end, c in zip(places, ends, timed, strict=True)]
    return TimelineBar(boxes, _places(quotes, episode, at), _places(predictions, episode, at), _marks(length))


def _places(rows: Iterable[Any], episode: Episode, at: Any) -> list[int]:
    return sorted({at(row.start) for row in rows if within(row, episode)})


def _marks(length: int) -> list[str]:
    return [f"{second // 3600}:{second % 3600 // 60:02d}" for second in (length * n // 4 for n in range(5))]
