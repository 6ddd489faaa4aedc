"""What a large site has counted once and need not count again for every visitor.

    state_cache.get_or_compute(("choices", asked), lambda: list(rows))

What is remembered is kept under the state of the site, so that it ends with it: a withdrawal, a decision, a changed
name and the hour of a scheduled publication each make another state, and so does midnight, for what falls due. It holds
results and never decides what may be shown: rows that are remembered by their keys are asked for again by the same
queryset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

from django.core.cache import cache
from django.utils import timezone

# So many public episodes are worth it; fewer are counted in a moment.
LARGE_SITE = 1_000
# Seconds; only what is written past the application (loaddata, SQL) can be older than the site by as much.
TIMEOUT = 600

Made = TypeVar("Made")


@dataclass(frozen=True)
class State:
    """What tells one state of what visitors see from the next.

    changed    the last change, publication or withdrawal, or decision on a name
    episodes   how many are public at this moment
    decisions  how many were ever made: two at once may commit in another order than their clocks say
    """

    changed: str = ""
    episodes: int = 0
    decisions: int = 0


@dataclass(frozen=True)
class StateCache:
    """place: what keeps the keys of one page apart from those of another."""

    state: State = State()
    place: tuple[Any, ...] = ()

    @property
    def keeps(self) -> bool:
        return self.state.episodes >= LARGE_SITE

    def within(self, *place: Any) -> StateCache:
        return replace(self, place=(*self.place, *place))

    def get_or_compute(self, what: Any, make: Callable[[], Made]) -> Made:
        """What `make` gives, made once in a state of the site. what: anything with a telling repr, no objects."""
        if not self.keeps:
            return make()
        told = repr((self.state, timezone.localdate(), self.place, what))
        key = f"state_cache:{sha256(told.encode()).hexdigest()[:32]}"
        found = cache.get(key)
        if found is None:
            # In a tuple: what was made may be None.
            found = (make(),)
            cache.set(key, found, TIMEOUT)
        return found[0]


# For pages that do not know the state of the site.
NO_CACHE = StateCache()
