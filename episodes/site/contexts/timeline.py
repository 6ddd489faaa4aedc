"""Chapters with their quotes and predictions, grouped by time, and the timeline bar."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from episodes.models import Chapter, Episode, Quote
from episodes.rendering.quote_places import mark_places
from episodes.site.contexts.anchors import anchor_of
from episodes.site.contexts.episode_parts import ShownSection

# Width of the bar's view box; the browser scales it.
WIDTH = 1000


@dataclass
class ChapterStatements:
    """A chapter, and the quotes and predictions between its start and the next."""

    chapter: Chapter
    statements: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Timeline:
    """Chapters with their statements, and the statements outside any chapter."""

    parts: list[ChapterStatements]
    # Without a time within the recording, or in an episode without timed chapters.
    quotes: list[Any]
    predictions: list[Any]


def is_within(item: Any, episode: Episode) -> bool:
    """Return whether the item has a time within the recording."""
    return item.start is not None and (episode.duration is None or item.start <= episode.duration)


def begins_within(chapter: Chapter, episode: Episode) -> bool:
    """Return whether the chapter has a length: one that starts at the end has none."""
    return is_within(chapter, episode) and chapter.start != episode.duration


def timeline(episode: Episode, chapters: list[Chapter], quotes: list[Any], predictions: list[Any]) -> Timeline:
    """Group quotes and predictions by chapter start (seconds)."""
    parts = [ChapterStatements(chapter) for chapter in chapters]
    timed = [part for part in parts if is_within(part.chapter, episode)]
    starts = [part.chapter.start for part in timed]
    outside: tuple[list[Any], list[Any]] = [], []
    for kind, rows in enumerate((quotes, predictions)):
        for row in rows:
            if timed and is_within(row, episode):
                timed[max(bisect_right(starts, row.start) - 1, 0)].statements.append(row)
            else:
                outside[kind].append(row)
    for part in parts:
        part.statements.sort(key=lambda row: row.start)
    return Timeline(parts, *outside)


def mark_in_sections(sections: list[ShownSection], items: Iterable[Any]) -> list[ShownSection]:
    """Return the sections with the words of these items marked; items found get `context_anchor`."""
    waiting = {f"at-{anchor_of(item)}": item for item in items}
    for number, section in enumerate(sections if waiting else []):
        texts = {anchor: _words_of(item) for anchor, item in waiting.items()}
        body, found = mark_places(section.body, texts)
        if found:
            sections[number] = replace(section, body=body)
        for anchor in found:
            waiting.pop(anchor).context_anchor = anchor
    return sections


def _words_of(item: Any) -> str:
    return item.text if isinstance(item, Quote) else item.words


# --- the timeline bar


@dataclass(frozen=True)
class TimelineBar:
    """Chapters as (x, width, chapter), and the x of quotes and predictions, in thousandths of the duration."""

    chapters: list[tuple[int, int, Chapter]]
    quotes: list[int]
    predictions: list[int]
    # Five times (H:MM) at equal distances from 0 to the duration.
    marks: list[str]


def timeline_bar(
    episode: Episode, chapters: list[Chapter], quotes: list[Any], predictions: list[Any]
) -> TimelineBar | None:
    """Return the bar, or None without a duration or with fewer than three timed chapters."""
    timed = [chapter for chapter in chapters if is_within(chapter, episode)]
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
    return sorted({at(row.start) for row in rows if is_within(row, episode)})


def _marks(length: int) -> list[str]:
    return [f"{second // 3600}:{second % 3600 // 60:02d}" for second in (length * n // 4 for n in range(5))]
