"""Cache of query results under a key that changes with the state of the public site.

    state_cache.get_or_compute(("choices", chosen), lambda: list(rows))

A publication, withdrawal, decision or changed name makes another key, and so does midnight, because predictions become
due. Cached primary keys are always fetched again through a public queryset, so a stale entry cannot show a hidden row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

from django.core.cache import cache
from django.utils import timezone

from episodes.bases import page_dependencies

# Public episodes from which results are cached; below that the queries take less time than the cache.
LARGE_SITE = 1_000
# Seconds. Bounds how long rows written past the application (loaddata, SQL) can be missed.
TIMEOUT = 600

Result = TypeVar("Result")


@dataclass(frozen=True)
class State:
    """Version of what visitors see.

    changed    time of the last change, publication, withdrawal or decision on a name, in ISO 8601
    episodes   number of public episodes
    decisions  number of all decisions: two transactions may commit in another order than their timestamps
    """

    changed: str = ""
    episodes: int = 0
    decisions: int = 0


@dataclass(frozen=True)
class StateCache:
    """A cache for one state of the site. `scope` separates the keys of different pages."""

    state: State = State()
    scope: tuple[Any, ...] = ()

    @property
    def is_enabled(self) -> bool:
        """Return whether the site is large enough to cache anything."""
        return self.state.episodes >= LARGE_SITE

    def scoped(self, *scope: Any) -> StateCache:
        """Return the same cache with `scope` added to its keys."""
        return replace(self, scope=(*self.scope, *scope))

    def get_or_compute(self, name: Any, compute: Callable[[], Result]) -> Result:
        """Return the cached result of `compute` for this state of the site.

        name: value whose repr identifies the result; model instances do not.
        """
        if not self.is_enabled:
            return compute()
        identity = repr((self.state, timezone.localdate(), self.scope, name))
        key = f"state_cache:{sha256(identity.encode()).hexdigest()[:32]}"
        entry = cache.get(key)
        if entry is None:
            with page_dependencies.record() as dependencies:
                result = compute()
            entry = (result, dependencies.by_day)
            cache.set(key, entry, TIMEOUT)
        result, by_day = entry
        if by_day:
            # Also for a result that another page has computed.
            page_dependencies.depends_on_day()
        return result


# For callers that have not loaded the state of the whole site.
NO_CACHE = StateCache()
