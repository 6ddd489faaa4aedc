"""Moving in with notes that are public elsewhere: which drafts are published as they are, and why others are not.

why_not    what keeps one draft back
survey     a batch of a library sorted into drafts to adopt, those kept back, and those that are no drafts
moment_of  when a note was published: never now, so that nothing old becomes news
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils import timezone

from episodes.models import REVIEWED, Episode, Mention, Section
from episodes.notes import quality
from episodes.rendering.sections import Wanted


class Reason(StrEnum):
    """Why a draft is left out. The values are what `adopt --include` takes."""

    EXCLUDE = "exclude"
    INBOX = "inbox"
    ARCHIVED = "archived"
    NO_DATE = "no-date"
    FUTURE_DATE = "future-date"
    PLACEHOLDER_SOURCE = "placeholder-source"
    EMPTY_BODY = "empty-body"
    REPEATED_PARAGRAPH = "repeated-paragraph"
    GENERATOR_PADDING = "generator-padding"
    GENERATOR_TALK = "generator-talk"


class LeftOut(NamedTuple):
    reason: Reason
    sentence: str


@dataclass(frozen=True)
class Terms:
    """What the owner said. include: reasons that do not count; published_at: when all of it was published."""

    include: Collection[str] = ()
    published_at: datetime | None = None


# --- what keeps one draft back


def why_not(episode: Episode, text: str, holds_items: bool, terms: Terms) -> LeftOut | None:
    """The first thing that keeps it back, or None. text: of its sections, all that visitors would read; no query."""
    found = _reasons(episode, text, holds_items, terms)
    return next((left for left in found if left.reason not in terms.include), None)


def _reasons(episode: Episode, text: str, holds_items: bool, terms: Terms) -> Iterator[LeftOut]:
    yield from _said_by_the_note(episode.extra)
    yield from _dates(episode, terms)
    if flaw := quality.placeholder_source(episode.source_url):
        yield LeftOut(Reason.PLACEHOLDER_SOURCE, f"Its source was never filled in: “{flaw.evidence}”.")
    # A page of nothing but quotes to accept is not empty: that is what its note holds.
    if not holds_items and quality.is_empty(text):
        yield LeftOut(Reason.EMPTY_BODY, "Its body is empty.")
    yield from _traces_of_a_generator(text)


def _said_by_the_note(extra: Mapping[str, Any]) -> Iterator[LeftOut]:
    """What its front matter asks for. That a note calls itself a draft says nothing: nearly all of them do."""
    said = {str(key).casefold(): str(value).strip("\"' ").casefold() for key, value in extra.items()}
    if said.get("exclude") in ("true", "yes", "on", "1"):
        yield LeftOut(Reason.EXCLUDE, "The note says `exclude: true`.")
    for reason in (Reason.INBOX, Reason.ARCHIVED):
        if said.get("status") == reason:
            yield LeftOut(reason, f"The note says `status: {reason}`.")


def _dates(episode: Episode, terms: Terms) -> Iterator[LeftOut]:
    if episode.aired_on is None and terms.published_at is None:
        raw = f" that can be read: “{episode.aired_on_raw}”" if episode.aired_on_raw else ""
        yield LeftOut(Reason.NO_DATE, f"It has no date{raw}. Give one with --published-at.")
    if episode.aired_on is not None and episode.aired_on > timezone.localdate():
        yield LeftOut(Reason.FUTURE_DATE, f"Its date lies in the future: {episode.aired_on}.")


def _traces_of_a_generator(text: str) -> Iterator[LeftOut]:
    for flaw in quality.repeated(text):
        yield LeftOut(Reason.REPEATED_PARAGRAPH, f"A paragraph stands there {flaw.times} times: “{flaw.evidence}”.")
    for flaw in quality.padding(text):
        yield LeftOut(Reason.GENERATOR_PADDING, f"It holds padding: “{flaw.evidence}”.")
    for flaw in quality.self_talk(text):
        yield LeftOut(Reason.GENERATOR_TALK, f"Its generator speaks of its own work: “{flaw.evidence}”.")


# --- when it was published


def moment_of(episode: Episode, terms: Terms) -> datetime:
    """The owner's moment, else the beginning of the note's day; now only where that was asked for (`--include`)."""
    now = timezone.now()
    if terms.published_at is not None:
        return terms.published_at
    return min(now, beginning_of(episode.aired_on)) if episode.aired_on else now


def beginning_of(day: date) -> datetime:
    """Midnight in the site's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


# --- a batch


@dataclass
class Survey:
    """A batch, sorted. left_out: sentences by key. texts: what is to be drawn of those to adopt."""

    drafts: list[Episode] = field(default_factory=list)
    left_out: dict[int, LeftOut] = field(default_factory=dict)
    adopted_before: set[int] = field(default_factory=set)
    left_alone: dict[int, str] = field(default_factory=dict)
    texts: list[Wanted] = field(default_factory=list)

    def moments(self, terms: Terms) -> dict[int, datetime]:
        return {episode.pk: moment_of(episode, terms) for episode in self.drafts}


def survey(keys: Iterable[int], terms: Terms) -> Survey:
    """Two queries, and six more where an episode has no text. Working copies are not looked at."""
    found = Survey()
    episodes = Episode.objects.library().filter(pk__in=list(keys)).order_by("pk")
    waiting: dict[int, Episode] = {}
    for episode in episodes:
        if episode.status == Episode.Status.DRAFT:
            waiting[episode.pk] = episode
        elif episode.adopted and episode.status in Episode.PUBLIC_STATUSES:
            found.adopted_before.add(episode.pk)
        else:
            found.left_alone[episode.pk] = episode.status
    rows = _texts(waiting)
    texts = {key: "\n\n".join(text for *_row, text in rows.get(key, [])) for key in waiting}
    holding = _holding_items([key for key, text in texts.items() if quality.is_empty(text)])
    for key, episode in waiting.items():
        left = why_not(episode, texts[key], key in holding, terms)
        if left is None:
            found.drafts.append(episode)
            found.texts += rows.get(key, [])
        else:
            found.left_out[key] = left
    return found


def _texts(keys: Iterable[int]) -> dict[int, list[Wanted]]:
    found: dict[int, list[Wanted]] = {}
    rows = Section.objects.kept().filter(episode__in=keys).values_list("episode_id", "kind", "pk", "text")
    for episode, kind, key, text in rows:
        found.setdefault(episode, []).append((kind, key, text))
    return found


def _holding_items(wanted: list[int]) -> set[int]:
    """Which of these hold something to accept. What is only mentioned stands in the header."""
    if not wanted:
        return set()
    models = [model for model in REVIEWED if model not in (Section, Mention)]
    kept = (model._default_manager.kept().filter(episode__in=wanted).order_by() for model in models)  # type: ignore[attr-defined]
    return {key for rows in kept for key in rows.values_list("episode_id", flat=True).distinct()}
