"""What every search asks about public episodes, kept in memory and renewed when they change.

Which episodes are public is asked of `public()`; of each the year, the tags and the people, for facets. 10,000 episodes
take some megabytes; joining them for each query would take longer than all the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from django.db.models import Count, Max, Min, Sum
from django.utils import timezone

from episodes.models import Appearance, Episode, Passage, Prediction, Quote, TaggedEpisode
from people.models import speaker_not_rejected

_BATCH = 800
# A facet's value in one number, which is counted faster than a pair: the filter, and a year, tag or speaker.
Value = int
FILTERS = ("year", "tag", "speaker")
_KEY_BITS = 48
# Of BM25, with passages in place of words: how soon more of them add less, and how much long episodes are held back.
_K1, _B = 1.2, 0.75


@dataclass
class Library:
    """The public episodes at one moment, by key. facts: values of facets; lengths: number of public passages.

    norms: by how many passages a match is weighed, see `matching.ranked`.
    """

    facts: dict[int, tuple[Value, ...]] = field(default_factory=dict)
    lengths: dict[int, int] = field(default_factory=dict)
    norms: dict[int, float] = field(default_factory=dict)
    state: Any = None
    changed: dict[int, datetime] = field(default_factory=dict)
    # When the next scheduled episode becomes public.
    until: datetime | None = None


_library = Library()
_lock = Lock()


def public_library() -> Library:
    """Return the public episodes as they are now. One query, and more only after a change."""
    global _library
    now = timezone.now()
    state = _state(now)
    known = _library
    if known.state == state and (known.until is None or now < known.until):
        return known
    with _lock:
        _library = _renewed(_library, state, now)
        return _library


def _state(now: datetime) -> tuple[Any, ...]:
    """Return what changes with every public change; read from one index alone."""
    public = Episode.objects.public(now).order_by()
    values = public.aggregate(count=Count("pk"), last=Max("changed_at"), keys=Sum("pk"))
    return (values["count"], values["last"], values["keys"])


def _renewed(known: Library, state: tuple[Any, ...], now: datetime) -> Library:
    """Return the library of this state; facts of episodes that have not changed are taken over."""
    public = dict(Episode.objects.public(now).order_by().values_list("pk", "changed_at"))
    old = [key for key, changed in public.items() if known.changed.get(key) != changed]
    # A set is compared for each episode, since nothing is known of those that were there before a rollback.
    fresh, lengths = facts_of(old), _lengths(old)
    facts = {key: fresh[key] if key in fresh else known.facts[key] for key in public}
    scheduled = Episode.objects.filter(
        status__in=Episode.PUBLIC_STATUSES, revises=None, published_at__gt=now
    ).aggregate(next=Min("published_at"))
    lengths = {key: lengths[key] if key in lengths else known.lengths.get(key, 0) for key in public}
    average = sum(lengths.values()) / max(len(lengths), 1) or 1
    norms = {key: _K1 * (1 - _B + _B * length / average) for key, length in lengths.items()}
    return Library(facts, lengths, norms, state, public, scheduled["next"])


def _lengths(keys: list[int]) -> dict[int, int]:
    lengths = dict.fromkeys(keys, 0)
    for start in range(0, len(keys), _BATCH):
        # As `shown` says, not `public`, which takes no part in what is public: `public()` alone does.
        rows = Passage.objects.filter(episode__in=keys[start : start + _BATCH], shown=True).order_by()
        lengths |= dict(rows.values_list("episode").annotate(count=Count("pk")))
    return lengths


def facts_of(keys: Iterable[int]) -> dict[int, tuple[Value, ...]]:
    """Return the values of the facets of these episodes."""
    wanted = list(keys)
    found: dict[int, dict[Value, None]] = defaultdict(dict)
    # All at once where most are asked: a long list of keys costs more than the rows that are not needed.
    batches = [wanted[start : start + _BATCH] for start in range(0, len(wanted), _BATCH)]
    for batch in batches:
        for key, day in Episode.objects.filter(pk__in=batch).order_by().values_list("pk", "aired_on"):
            found[key].update({value_of("year", day.year): None} if day else {})
        tagged = TaggedEpisode.objects.filter(content_object__in=batch).order_by()
        for key, tag in tagged.values_list("content_object", "tag"):
            found[key][value_of("tag", tag)] = None
        for model in (Appearance, Quote, Prediction):
            rows: Any = model._default_manager.filter(speaker_not_rejected(), episode__in=batch)
            rows = rows if model is Appearance else rows.shown()
            for key, speaker in rows.order_by().values_list("episode", "speaker"):
                found[key][value_of("speaker", speaker)] = None
    return {key: tuple(found[key]) for key in wanted}


def value_of(name: str, key: int) -> Value:
    """Return the value of a facet."""
    return FILTERS.index(name) << _KEY_BITS | key


def name_and_value(value: Value) -> tuple[str, int]:
    """Return the filter and the year or key of a value."""
    return FILTERS[value >> _KEY_BITS], value & ((1 << _KEY_BITS) - 1)


def forget() -> None:
    """Forget what is kept in memory; tests begin with other rows."""
    global _library
    _library = Library()
