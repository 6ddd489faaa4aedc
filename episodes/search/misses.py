"""How often words were searched in vain, for the editors. Words and day only, at most so many a day."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from threading import Lock
from time import monotonic

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from episodes.models import SearchMiss
from episodes.search.tokens import normalise

# Different words that are stored for one day; the rest of that day is not counted.
MOST_A_DAY = 500
# Seconds between two writes of a process: a search must not wait for a writer each time.
INTERVAL = 10
# Days that counts are kept.
KEPT = 90

_waiting: Counter[str] = Counter()
_written_at: float = -INTERVAL
_lock = Lock()


def count_miss(words: str) -> None:
    """Count words that nothing was found for. They are written at once, or with the next ones after INTERVAL."""
    global _written_at
    with _lock:
        if len(_waiting) < MOST_A_DAY:
            _waiting[" ".join(normalise(words).split())[:200]] += 1
        if monotonic() - _written_at < INTERVAL:
            return
        _written_at = monotonic()
        counted = Counter(_waiting)
        try:
            with transaction.atomic():
                _write(counted)
        except OperationalError:
            # Another process holds the lock of the database for long. The words wait for the next time.
            return
        _waiting.clear()


def _write(counted: Counter[str]) -> None:
    today = timezone.localdate()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
    for words, count in counted.items():
        if SearchMiss.objects.filter(words=words, day=today).update(count=F("count") + count):
            continue
        if SearchMiss.objects.filter(day=today).count() < MOST_A_DAY:
            SearchMiss.objects.bulk_create([SearchMiss(words=words, day=today, count=count)], ignore_conflicts=True)
    SearchMiss.objects.filter(day__lt=today - timedelta(days=KEPT)).delete()
