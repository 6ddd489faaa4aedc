"""Moving in with notes that are public elsewhere: which drafts are published as they are, and why others are not.

why_not    what keeps one draft back
survey     a batch of a library sorted into drafts to adopt, those kept back, and those that are no drafts
moment_of  when a note was published: never now, so that nothing old becomes news
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from django.utils import timezone

from episodes.models import REVIEWED, Episode, Finding, Mention, Note, Section, TaggedEpisode
from episodes.notes import quality, unread_headers, visibility
from episodes.rendering.sections import SectionText


class Reason(StrEnum):
    """Why a draft is left out. The values are what `adopt --include` takes."""

    HEADER_NOT_READ = "header-not-read"
    EXCLUDE = "exclude"
    PRIVATE = "private"
    UNPUBLISHED = "unpublished"
    HIDDEN = "hidden"
    PROTECTED = "protected"
    PRIVATE_PLACE = "private-place"
    EXPIRES = "expires"
    NOINDEX = "noindex"
    INBOX = "inbox"
    ARCHIVED = "archived"
    NO_DATE = "no-date"
    FUTURE_DATE = "future-date"
    PLACEHOLDER_SOURCE = "placeholder-source"
    EMPTY_BODY = "empty-body"
    REPEATED_PARAGRAPH = "repeated-paragraph"
    GENERATOR_PADDING = "generator-padding"
    GENERATOR_TALK = "generator-talk"


class Exclusion(NamedTuple):
    reason: Reason
    sentence: str


@dataclass(frozen=True)
class NoteClaims:
    """What is known of one draft beside its row. text: of its sections, all that visitors would read."""

    text: str = ""
    holds_items: bool = False
    # Code of the finding: what looks like a header was not read.
    header_not_read: bool = False
    tags: Collection[str] = ()
    # Of its files, with the folders above them as far as they are known.
    names: Collection[str] = ()


@dataclass(frozen=True)
class Terms:
    """What the owner said. include: reasons that do not count; published_at: when all of it was published."""

    include: Collection[str] = ()
    published_at: datetime | None = None


# --- what keeps one draft back


def exclusion_of(episode: Episode, said: NoteClaims, terms: Terms) -> Exclusion | None:
    """The first thing that keeps it back, or None. No query."""
    found = _reasons(episode, said, terms)
    return next((left for left in found if left.reason not in terms.include), None)


def _reasons(episode: Episode, said: NoteClaims, terms: Terms) -> Iterator[Exclusion]:
    yield from _header_not_read(said)
    yield from _said_by_the_note(episode, said)
    yield from _dates(episode, terms)
    if flaw := quality.placeholder_source(episode.source_url):
        yield Exclusion(Reason.PLACEHOLDER_SOURCE, f"Its source was never filled in: “{flaw.evidence}”.")
    # A page of nothing but quotes to accept is not empty: that is what its note holds.
    if not said.holds_items and quality.is_empty(said.text):
        yield Exclusion(Reason.EMPTY_BODY, "Its body is empty.")
    yield from _traces_of_a_generator(said.text)


def _header_not_read(said: NoteClaims) -> Iterator[Exclusion]:
    """Its author believes that it is obeyed. Texts imported by an older parser may hold one that has no finding."""
    if said.header_not_read or unread_headers.in_text(said.text):
        sentence = "It has what looks like a header and was not read, so nobody knows what it asks for."
        yield Exclusion(Reason.HEADER_NOT_READ, sentence)


def _said_by_the_note(episode: Episode, said: NoteClaims) -> Iterator[Exclusion]:
    """What its header, its tags and its place ask for. That it calls itself a draft says nothing: nearly all do."""
    keys = {"category": episode.category, "area": episode.area, **episode.extra}
    for wish in visibility.wishes(keys, timezone.localdate()):
        yield Exclusion(Reason(wish.code), f"The note says `{wish.said}`.")
    tagged = visibility.wish_of_tags(said.tags) or visibility.wish_in_text(said.text)
    if tagged:
        yield Exclusion(Reason(tagged.code), f"The note is tagged `{tagged.said}`.")
    for place in filter(None, map(visibility.wish_of_name, said.names)):
        yield Exclusion(Reason.PRIVATE_PLACE, f"Its file lies where what is not public lies: `{place.said}`.")


def _dates(episode: Episode, terms: Terms) -> Iterator[Exclusion]:
    if episode.aired_on is None and terms.published_at is None:
        raw = f" that can be read: “{episode.aired_on_raw}”" if episode.aired_on_raw else ""
        yield Exclusion(Reason.NO_DATE, f"It has no date{raw}. Give one with --published-at.")
    if episode.aired_on is not None and episode.aired_on > timezone.localdate():
        yield Exclusion(Reason.FUTURE_DATE, f"Its date lies in the future: {episode.aired_on}.")


def _traces_of_a_generator(text: str) -> Iterator[Exclusion]:
    for flaw in quality.repeated(text):
        yield Exclusion(Reason.REPEATED_PARAGRAPH, f"A paragraph stands there {flaw.times} times: “{flaw.evidence}”.")
    for flaw in quality.padding(text):
        yield Exclusion(Reason.GENERATOR_PADDING, f"It holds padding: “{flaw.evidence}”.")
    for flaw in quality.self_talk(text):
        yield Exclusion(Reason.GENERATOR_TALK, f"Its generator speaks of its own work: “{flaw.evidence}”.")


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
    left_out: dict[int, Exclusion] = field(default_factory=dict)
    adopted_before: set[int] = field(default_factory=set)
    left_alone: dict[int, str] = field(default_factory=dict)
    texts: list[SectionText] = field(default_factory=list)

    def moments(self, terms: Terms) -> dict[int, datetime]:
        return {episode.pk: moment_of(episode, terms) for episode in self.drafts}


def survey(keys: Iterable[int], terms: Terms, paths: Mapping[int, Collection[str]] | None = None) -> Survey:
    """Five queries, and six more where an episode has no text. Working copies are not looked at.

    paths: of the files by the key of their episode, where more is known than the names of their notes.
    """
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
    said = _said_of(waiting, texts, holding, paths or {})
    for key, episode in waiting.items():
        left = exclusion_of(episode, said[key], terms)
        if left is None:
            found.drafts.append(episode)
            found.texts += rows.get(key, [])
        else:
            found.left_out[key] = left
    return found


def _said_of(
    keys: Collection[int], texts: Mapping[int, str], holding: set[int], paths: Mapping[int, Collection[str]]
) -> dict[int, NoteClaims]:
    """Three queries: findings, tags, names of files."""
    findings = Finding.objects.open().filter(episode__in=keys, code=Reason.HEADER_NOT_READ)
    unread = set(findings.values_list("episode_id", flat=True))
    tags, names = defaultdict(list), defaultdict(list)
    for key, tag in TaggedEpisode.objects.filter(content_object__in=keys).values_list("content_object", "tag__name"):
        tags[key].append(tag)
    for key, name in Note.objects.filter(episode__in=keys).values_list("episode", "name"):
        names[key].append(name)
    return {
        key: NoteClaims(texts[key], key in holding, key in unread, tags[key], [*names[key], *paths.get(key, ())])
        for key in keys
    }


def _texts(keys: Iterable[int]) -> dict[int, list[SectionText]]:
    found: dict[int, list[SectionText]] = {}
    rows = Section.objects.not_rejected().filter(episode__in=keys).values_list("episode_id", "kind", "pk", "text")
    for episode, kind, key, text in rows:
        found.setdefault(episode, []).append((kind, key, text))
    return found


def _holding_items(wanted: list[int]) -> set[int]:
    """Which of these hold something to accept. What is only mentioned stands in the header."""
    if not wanted:
        return set()
    models = [model for model in REVIEWED if model not in (Section, Mention)]
    kept = (model._default_manager.not_rejected().filter(episode__in=wanted).order_by() for model in models)  # type: ignore[attr-defined]
    return {key for rows in kept for key in rows.values_list("episode_id", flat=True).distinct()}
