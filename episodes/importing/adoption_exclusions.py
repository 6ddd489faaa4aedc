"""Select the drafts of a library that is public elsewhere for adoption (see the command `adopt`).

exclusion_of  the reason that excludes one draft
survey        classify a batch of episodes: to adopt, excluded, adopted before, not a draft
moment_of     time of publication: not the time of adoption, so that feeds do not announce old episodes as new
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from django.utils import timezone

from episodes import derived
from episodes.bases.compressed_fields import Packed
from episodes.models import REVIEWED, Episode, Finding, Mention, Note, Section, TaggedEpisode
from episodes.notes import quality, unread_headers, visibility
from episodes.rendering.sections import (
    EpisodeTexts,
    RenderedEpisodes,
    in_batches,
    length,
    render_episode,
    run_in,
)


class Reason(StrEnum):
    """Reason that excludes a draft. The values are those of `adopt --include`."""

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
    """A reason with a sentence for the report."""

    reason: Reason
    sentence: str


@dataclass(frozen=True)
class NoteClaims:
    """Facts about one draft that are not in its row.

    text: of its shown sections. header_not_read: has the finding of that code. names: of its files, with the folders
    above them as far as they are known.
    """

    text: str = ""
    holds_items: bool = False
    header_not_read: bool = False
    tags: Collection[str] = ()
    names: Collection[str] = ()


@dataclass(frozen=True)
class Terms:
    """Options of the command. include: reasons to ignore; published_at: one time of publication for all episodes."""

    include: Collection[str] = ()
    published_at: datetime | None = None


# --- reasons


def exclusion_of(episode: Episode, claims: NoteClaims, terms: Terms) -> Exclusion | None:
    """Return the first exclusion that `terms` do not ignore, or None. No query."""
    exclusions = _exclusions(episode, claims, terms)
    return next((exclusion for exclusion in exclusions if exclusion.reason not in terms.include), None)


def _exclusions(episode: Episode, claims: NoteClaims, terms: Terms) -> Iterator[Exclusion]:
    yield from _header_not_read(claims)
    yield from _visibility(episode, claims)
    yield from _dates(episode, terms)
    if flaw := quality.placeholder_source(episode.source_url):
        yield Exclusion(Reason.PLACEHOLDER_SOURCE, f"Its source was never filled in: “{flaw.evidence}”.")
    # A note of nothing but quotes has no section text and is not empty.
    if not claims.holds_items and quality.is_empty(claims.text):
        yield Exclusion(Reason.EMPTY_BODY, "Its body is empty.")
    yield from _generator_traces(claims.text)


def _header_not_read(claims: NoteClaims) -> Iterator[Exclusion]:
    # An unread header may ask for privacy. Notes imported by an older parser may have one without a finding.
    if claims.header_not_read or unread_headers.in_text(claims.text):
        sentence = "It has what looks like a header and was not read, so nobody knows what it asks for."
        yield Exclusion(Reason.HEADER_NOT_READ, sentence)


def _visibility(episode: Episode, claims: NoteClaims) -> Iterator[Exclusion]:
    """Yield the exclusions that header, tags and path ask for. `draft: true` is ignored: nearly every note has it."""
    keys = {"category": episode.category, "area": episode.area, **episode.extra}
    for wish in visibility.wishes(keys, timezone.localdate()):
        yield Exclusion(Reason(wish.code), f"The note says `{wish.said}`.")
    tagged = visibility.wish_of_tags(claims.tags) or visibility.wish_in_text(claims.text)
    if tagged:
        yield Exclusion(Reason(tagged.code), f"The note is tagged `{tagged.said}`.")
    for place in filter(None, map(visibility.wish_of_name, claims.names)):
        yield Exclusion(Reason.PRIVATE_PLACE, f"Its file lies where what is not public lies: `{place.said}`.")


def _dates(episode: Episode, terms: Terms) -> Iterator[Exclusion]:
    if episode.aired_on is None and terms.published_at is None:
        raw = f" that can be read: “{episode.aired_on_raw}”" if episode.aired_on_raw else ""
        yield Exclusion(Reason.NO_DATE, f"It has no date{raw}. Give one with --published-at.")
    if episode.aired_on is not None and episode.aired_on > timezone.localdate():
        yield Exclusion(Reason.FUTURE_DATE, f"Its date lies in the future: {episode.aired_on}.")


def _generator_traces(text: str) -> Iterator[Exclusion]:
    for flaw in quality.repeated(text):
        yield Exclusion(Reason.REPEATED_PARAGRAPH, f"A paragraph stands there {flaw.times} times: “{flaw.evidence}”.")
    for flaw in quality.padding(text):
        yield Exclusion(Reason.GENERATOR_PADDING, f"It holds padding: “{flaw.evidence}”.")
    for flaw in quality.self_talk(text):
        yield Exclusion(Reason.GENERATOR_TALK, f"Its generator speaks of its own work: “{flaw.evidence}”.")


# --- time of publication


def moment_of(episode: Episode, terms: Terms) -> datetime:
    """Return the time in `terms`, else midnight of the note's date; now for an episode without a date (`--include`)."""
    now = timezone.now()
    if terms.published_at is not None:
        return terms.published_at
    return min(now, start_of_day(episode.aired_on)) if episode.aired_on else now


def start_of_day(day: date) -> datetime:
    """Return midnight of a day in the site's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


# --- batches


@dataclass
class Survey:
    """A classified batch. drafts: to adopt. Other fields are by key of the episode.

    left_out: excluded drafts. adopted_before: public already. left_alone: status of episodes that are no drafts.
    """

    drafts: list[Episode] = field(default_factory=list)
    left_out: dict[int, Exclusion] = field(default_factory=dict)
    adopted_before: set[int] = field(default_factory=set)
    left_alone: dict[int, str] = field(default_factory=dict)

    def moments(self, terms: Terms) -> dict[int, datetime]:
        """Return the time of publication of each draft to adopt, by key."""
        return {episode.pk: moment_of(episode, terms) for episode in self.drafts}


def survey(keys: Iterable[int], terms: Terms, paths: Mapping[int, Collection[str]] | None = None) -> Survey:
    """Classify the episodes with these keys, without working copies. Five queries; six more if one has no text.

    paths: of the files by key of the episode, where the command knows more folders than the names of the notes hold.
    """
    return SurveyJob(keys, terms, paths or {}).result()


class Draft(NamedTuple):
    """A draft to be judged, with its shown sections. claims: without their text."""

    episode: Episode
    claims: NoteClaims
    texts: EpisodeTexts


# The exclusion of a draft, or the HTML of its sections.
Judgement = tuple[Exclusion | None, list[Packed]]


def judge(drafts: Iterable[Draft], terms: Terms, render: bool) -> list[Judgement]:
    """Return the exclusion of each draft, or its HTML if wanted. No query; it may run in another process."""
    return [_judged(draft, terms, render) for draft in drafts]


def _judged(draft: Draft, terms: Terms, render: bool) -> Judgement:
    text = "\n\n".join(text for _kind, _key, text in draft.texts)
    exclusion = exclusion_of(draft.episode, replace(draft.claims, text=text), terms)
    return exclusion, render_episode(draft.texts) if render and exclusion is None else []


class SurveyJob:
    """A batch that is being classified, and rendered if there are processes for it; `result()` waits for it."""

    def __init__(
        self,
        keys: Iterable[int],
        terms: Terms,
        paths: Mapping[int, Collection[str]],
        pool: ProcessPoolExecutor | None = None,
    ) -> None:
        self.rendered: RenderedEpisodes = {}
        self._survey = Survey()
        groups = in_batches(self._drafts(keys, paths), lambda draft: length(draft.texts))
        self._jobs = [(group, run_in(pool, judge, group, terms, pool is not None)) for group in groups]

    def _drafts(self, keys: Iterable[int], paths: Mapping[int, Collection[str]]) -> list[Draft]:
        waiting: dict[int, Episode] = {}
        for episode in Episode.objects.library().filter(pk__in=list(keys)).order_by("pk"):
            if episode.status == Episode.Status.DRAFT:
                waiting[episode.pk] = episode
            elif episode.adopted and episode.status in Episode.PUBLIC_STATUSES:
                self._survey.adopted_before.add(episode.pk)
            else:
                self._survey.left_alone[episode.pk] = episode.status
        texts = derived.episode_texts(Section.objects.not_rejected().filter(episode__in=waiting))
        empty = [key for key in waiting if all(quality.is_empty(text) for *_row, text in texts.get(key, ()))]
        claims = _claims_of(waiting, _with_items(empty), paths)
        return [Draft(episode, claims[key], texts.get(key, ())) for key, episode in waiting.items()]

    def result(self) -> Survey:
        """Return the classified batch; the HTML is in `rendered` then."""
        for group, job in self._jobs:
            for draft, (exclusion, html) in zip(group, job(), strict=True):
                if exclusion is not None:
                    self._survey.left_out[draft.episode.pk] = exclusion
                    continue
                self._survey.drafts.append(draft.episode)
                if html:
                    self.rendered[draft.texts] = html
        return self._survey


def _claims_of(
    keys: Collection[int], with_items: set[int], paths: Mapping[int, Collection[str]]
) -> dict[int, NoteClaims]:
    """Return the NoteClaims of each draft by key. Three queries: findings, tags, names of files."""
    findings = Finding.objects.open().filter(episode__in=keys, code=Reason.HEADER_NOT_READ)
    unread = set(findings.values_list("episode_id", flat=True))
    tags, names = defaultdict(list), defaultdict(list)
    for key, tag in TaggedEpisode.objects.filter(content_object__in=keys).values_list("content_object", "tag__name"):
        tags[key].append(tag)
    for key, name in Note.objects.filter(episode__in=keys).values_list("episode", "name"):
        names[key].append(name)
    return {
        key: NoteClaims("", key in with_items, key in unread, tags[key], [*names[key], *paths.get(key, ())])
        for key in keys
    }


def _with_items(episodes: list[int]) -> set[int]:
    """Return the keys of those episodes that have items; mentions, which come from the header, do not count."""
    if not episodes:
        return set()
    models = [model for model in REVIEWED if model not in (Section, Mention)]
    items = (model._default_manager.not_rejected().filter(episode__in=episodes).order_by() for model in models)  # type: ignore[attr-defined]
    return {key for rows in items for key in rows.values_list("episode_id", flat=True).distinct()}
