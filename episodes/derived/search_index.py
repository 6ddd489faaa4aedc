"""The whole index of search made again, while the site works."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from episodes.derived.passages import entries, store_passages_of
from episodes.models import Episode, Passage
from episodes.search.engines import Engine, engine

# Episodes in one transaction: a writer waits no longer than for so many.
BATCH = 50


def rebuild_index(advance: Callable[[int], None] = lambda count: None) -> int:
    """Make all passages and the index again, in batches. Returns the number of episodes.

    The present index answers until the new one is complete. Raises RebuildReplaced if another rebuild has begun; one
    that was interrupted is begun anew.
    """
    index = engine()
    with transaction.atomic():
        number = index.begin_rebuild()
    done = count = 0
    while keys := _after(done):
        with transaction.atomic():
            _rebuild(index, number, keys)
        done, count = keys[-1], count + len(keys)
        advance(len(keys))
    with transaction.atomic():
        # Created since the last batch; in this transaction nobody else writes to the index on SQLite.
        while keys := _after(done):
            _rebuild(index, number, keys)
            done, count = keys[-1], count + len(keys)
        index.end_rebuild()
    return count


def _after(key: int) -> list[int]:
    return list(Episode.objects.filter(pk__gt=key).order_by("pk").values_list("pk", flat=True)[:BATCH])


def _rebuild(index: Engine, number: int, keys: list[int]) -> None:
    store_passages_of(keys)
    index.add_rebuilt(number, entries(Passage.objects.filter(episode__in=keys).order_by("pk")), keys[-1])
