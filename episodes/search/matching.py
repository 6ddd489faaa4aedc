"""Which episodes fulfil a query, and in which order. The engine is asked once for each phrase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from math import log
from typing import Any

from django.db.models import Q

from episodes.models import Appearance, Episode, Prediction, Quote, Tag, TaggedEpisode
from episodes.search.engines import Matches, engine
from episodes.search.passage_ids import TITLE, episode_of, number_of
from episodes.search.query import Query, Term
from people.models import Speaker

# Steps from a title down to the text.
_TIERS = 2


@dataclass
class Found:
    """Episodes that fulfil a query. matches: of each term, in order; spoken: quotes and predictions with all terms."""

    episodes: set[int] = field(default_factory=set)
    matches: list[Matches] = field(default_factory=list)
    spoken: set[int] = field(default_factory=set)


def find(query: Query, public: bool, within: Callable[[set[int]], set[int]]) -> Found:
    """Return the episodes that fulfil a query. within: keeps those that may be found at all."""
    found = Found(matches=[matches_of(term, public) for term in query.terms])
    episodes: set[int] | None = None
    for matches in found.matches:
        episodes = set(matches.counts) if episodes is None else episodes & matches.counts.keys()
    for term in query.excluded:
        if episodes:
            episodes -= matches_of(term, public).counts.keys()
    for filtered in _filters(query, public):
        episodes = filtered if episodes is None else episodes & filtered
    found.episodes = within(episodes or set())
    spoken = [matches.spoken for matches in found.matches]
    found.spoken = set.intersection(*spoken) if spoken else set()
    return found


def matches_of(term: Term, public: bool) -> Matches:
    """Return where a term is fulfilled: by any of its phrases, or by all of its parts together."""
    index = engine()
    matches = Matches()
    for phrase in term.phrases:
        matches.add(index.matches(phrase, shown=public))
    if term.parts:
        matches.add(_together([matches_of(part, public) for part in term.parts]))
    return matches


def _together(parts: list[Matches]) -> Matches:
    both = set.intersection(*(set(part.counts) for part in parts))
    counts = Counter({key: min(part.counts[key] for part in parts) for key in both})
    heads = {key for part in parts for key in part.heads if episode_of(key) in both}
    return Matches(counts, heads, set.intersection(*(part.spoken for part in parts)))


# --- filters


def _filters(query: Query, public: bool) -> Iterable[set[int]]:
    """Yield the episodes that each filter of the query allows. One query or two each."""
    if query.years:
        yield _aired(*query.years)
    for value in query.tags:
        tags = list(Tag.objects.filter(Q(slug=value) | Q(name__iexact=value)).order_by().values_list("pk", flat=True))
        tagged = TaggedEpisode.objects.filter(tag__in=tags).order_by()
        yield set(tagged.values_list("content_object", flat=True))
    for value in query.speakers:
        yield _credited(_speakers(value, public), public)


def _aired(first: int, last: int) -> set[int]:
    """Return the episodes of these years; none for 0, which a database does not know, and if they are in no order."""
    if not 0 < first <= last:
        return set()
    rows: Any = Episode.objects.filter(aired_on__year__gte=first, aired_on__year__lte=last)
    return set(rows.order_by().values_list("pk", flat=True))


def _speakers(value: str, public: bool) -> list[int]:
    by_name = Q(slug=value) | Q(name__iexact=value) | Q(aliases__name__iexact=value)
    speakers = Speaker.objects.public() if public else Speaker.objects.all()
    return list(speakers.filter(by_name).order_by().values_list("pk", flat=True).distinct())


def _credited(speakers: list[int], public: bool) -> set[int]:
    """Return the episodes that credit or quote one of these speakers."""
    keys: set[int] = set()
    for model in (Appearance, Quote, Prediction):
        rows: Any = model._default_manager.filter(speaker__in=speakers)
        if public and model is not Appearance:
            rows = rows.shown()
        keys |= set(rows.order_by().values_list("episode", flat=True))
    return keys


# --- order


def ranked(found: Found, norms: Mapping[int, float], total: int, most: int) -> list[int]:
    """Return the first `most` episodes: by title, then by names and summary, then by BM25 over passages.

    norms: of the episodes that could be found, may be empty; total: their number. Drafts change neither.
    """
    tiers = _tiers(found)
    lowest = _TIERS * len(found.matches)
    scores = dict.fromkeys(found.episodes, 0.0)
    for matches in found.matches:
        counts, weight = matches.counts, _weight(total, _holding(matches, norms))
        for key in scores:
            if count := counts[key]:
                scores[key] -= weight * count / (count + norms.get(key, 1))
    places = [(tiers.get(key, lowest), score, -key) for key, score in scores.items()]
    return [-key for _tier, _score, key in nsmallest(most, places)]


def _holding(matches: Matches, norms: Mapping[int, float]) -> int:
    """Return how many of the episodes that could be found hold a term."""
    return len(matches.counts.keys() & norms.keys()) if norms else len(matches.counts)


def _weight(total: int, holding: int) -> float:
    return log(1 + (max(total - holding, 0) + 0.5) / (holding + 0.5))


def _tiers(found: Found) -> dict[int, int]:
    """Return the tier of each episode with a term in its head: 0 if all are in its title."""
    lowest = _TIERS * len(found.matches)
    tiers: dict[int, int] = {}
    for matches in found.matches:
        best: dict[int, int] = {}
        for key in matches.heads:
            gain = _TIERS if number_of(key) == TITLE else _TIERS - 1
            best[episode_of(key)] = max(best.get(episode_of(key), 0), gain)
        for episode, gain in best.items():
            tiers[episode] = tiers.get(episode, lowest) - gain
    return tiers
