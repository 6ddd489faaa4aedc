"""Counts of public rows by value, kept up to date by the difference that each episode makes.

An episode counts while it is public. Whoever reads the counts asks `counted_episodes` first: it compares the dates of
the last changes, so that a change that nobody counted, or an episode whose time has come, makes the counts unused, not
wrong.

Fields that are not filters: `series`; `named`, the speakers that an episode credits or quotes or whose predictions it
holds; `due_on`, the due dates of predictions without outcome.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from episodes.bases.prepared import Prepared, now
from episodes.models import (
    Appearance,
    CountedEpisode,
    CountState,
    Episode,
    Mention,
    Prediction,
    PublicCount,
    Quote,
    TaggedEpisode,
)
from people.models import entity_not_rejected, speaker_not_rejected

# A transaction may commit later than another one that began after it, by as much.
_MARGIN = timedelta(minutes=10)
# Episodes counted at once, and at most without `render_again`.
_BATCH, _MAX_AT_ONCE = 500, 1_000
# Filters whose values are rows, with the column of PublicCount.
_KEYS = {"speaker": "speaker", "named": "speaker", "entity": "entity", "tag": "tag"}

# (list, field, value)
Value = tuple[str, str, str]


def count_again() -> None:
    """Count the episodes that have changed since they were counted. Three queries if there are none."""
    with transaction.atomic():
        if CountState.objects.select_for_update().first() is None:
            # Counting a large site takes a minute, so that nobody who decides something should wait for it.
            if not Episode.objects.public().order_by()[_MAX_AT_ONCE:].exists():
                count_all()
            return
        keys = sorted({*_changed().values_list("pk", flat=True), *_appeared().values_list("pk", flat=True)})
        if keys:
            _add(_counted(keys))
            CountState.objects.update(since=now() - _MARGIN, episodes=CountedEpisode.objects.count())


def count_all() -> None:
    """Count all public episodes anew."""
    with transaction.atomic():
        for model in (PublicCount, CountedEpisode, CountState):
            model.objects.all().delete()
        since, keys = now() - _MARGIN, list(Episode.objects.public().order_by("pk").values_list("pk", flat=True))
        _add(_counted(keys))
        CountState.objects.create(pk=1, since=since, episodes=len(keys))


_SINCE = Subquery(CountState.objects.values("since")[:1])


def _wrong(is_public: Q) -> QuerySet[Episode]:
    """Return the episodes that are not counted as they are."""
    counted = CountedEpisode.objects.filter(episode=OuterRef("pk"))
    wrong = (is_public & ~Exists(counted.filter(changed_at=OuterRef("changed_at")))) | (~is_public & Exists(counted))
    # No working copy has such a status; a condition for it would let SQLite choose the index of that column.
    return Episode.objects.filter(status__in=Episode.SETTLED_STATUSES).order_by().filter(wrong)


def _changed() -> QuerySet[Episode]:
    """Return the episodes that have changed since they were counted."""
    is_public = Q(status__in=Episode.PUBLIC_STATUSES, published_at__lte=now())
    return _wrong(is_public).filter(changed_at__gte=_SINCE)


def _appeared() -> QuerySet[Episode]:
    """Return the episodes whose time has come since everything was counted."""
    counted = CountedEpisode.objects.filter(episode=OuterRef("pk"))
    return Episode.objects.public().order_by().filter(published_at__gte=_SINCE).filter(~Exists(counted))


# --- reading


def _current() -> QuerySet:
    return CountState.objects.filter(~Exists(_changed()), ~Exists(_appeared())).values_list("episodes", flat=True)


_CURRENT = Prepared(_current)


def counted_episodes() -> int:
    """Return the number of counted episodes if the counts are current, else 0. One query."""
    return _CURRENT.first() or 0


# --- writing


def _counted(keys: list[int]) -> dict[Value, int]:
    """Store what these episodes add to the counts, and return the difference."""
    change: Counter[Value] = Counter()
    for begin in range(0, len(keys), _BATCH):
        _count(keys[begin : begin + _BATCH], change)
    return {value: n for value, n in change.items() if n}


def _count(keys: list[int], change: Counter[Value]) -> None:
    before = CountedEpisode.objects.filter(episode__in=keys)
    for counts in before.values_list("counts", flat=True):
        change.subtract({(a, b, c): n for a, b, c, n in counts})
    before.delete()
    found = _contributions(keys)
    for counts in found.values():
        change.update(counts)
    public = Episode.objects.public().filter(pk__in=keys).order_by().values_list("pk", "changed_at")
    CountedEpisode.objects.bulk_create(
        CountedEpisode(
            episode_id=key, changed_at=changed_at, counts=[[*value, n] for value, n in sorted(found[key].items())]
        )
        for key, changed_at in public
    )


def _add(change: dict[Value, int]) -> None:
    """Add these numbers. In the order of the values, so that two transactions do not wait for each other."""
    more = [(value, n) for value, n in sorted(change.items()) if n > 0]
    fewer = [(n, *value) for value, n in sorted(change.items()) if n < 0]
    names = '("list", "field", "value", "speaker_id", "entity_id", "tag_id", "count")'
    table = PublicCount._meta.db_table
    add = (
        f'INSERT INTO {table} {names} VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT ("list", "field", "value") '  # noqa: S608
        f'DO UPDATE SET "count" = {table}."count" + excluded."count"'
    )
    take = f'UPDATE {table} SET "count" = "count" + %s WHERE "list" = %s AND "field" = %s AND "value" = %s'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(add, [(*value, *_references(value), n) for value, n in more])
        cursor.executemany(take, fewer)
    if fewer:
        PublicCount.objects.filter(count__lte=0).delete()


def _references(value: Value) -> tuple[int | None, int | None, int | None]:
    column = _KEYS.get(value[1])
    speaker, entity, tag = (int(value[2]) if column == name else None for name in ("speaker", "entity", "tag"))
    return speaker, entity, tag


# --- what an episode adds


def _contributions(keys: list[int]) -> dict[int, Counter[Value]]:
    """Return {episode key: counts} of the public ones among these episodes. Eight queries."""
    episodes = Episode.objects.public().filter(pk__in=keys).order_by()
    found: dict[int, Counter[Value]] = {}
    own: dict[int, dict[str, str]] = {}
    for key, area, category, language, aired_on, series in episodes.values_list(
        "pk", "area", "category", "language", "aired_on", "series"
    ):
        year = str(aired_on.year) if aired_on else ""
        own[key] = {"area": area, "category": category, "language": language, "year": year}
        found[key] = Counter({("episode", field, value): 1 for field, value in own[key].items()})
        found[key]["episode", "series", series] = 1
    names = _names(keys)
    for key, counts in found.items():
        counts.update({("episode", field, str(value)): 1 for field, value in names[key]})
    _add_statements(keys, found, own, names)
    # An empty value is no choice.
    return {key: Counter({value: n for value, n in counts.items() if value[2]}) for key, counts in found.items()}


def _names(keys: list[int]) -> dict[int, set[tuple[str, int]]]:
    """Return {episode key: {(field, key of a speaker, an entity or a tag)}}, without rejected ones."""
    names: dict[int, set[tuple[str, int]]] = defaultdict(set)
    credited = Appearance.objects.filter(speaker_not_rejected(), episode__in=keys).order_by()
    for key, speaker in credited.values_list("episode", "speaker"):
        names[key] |= {("speaker", speaker), ("named", speaker)}
    for model in (Quote, Prediction):
        said = model.objects.shown().filter(speaker_not_rejected(), episode__in=keys).order_by()
        for key, speaker in said.values_list("episode", "speaker"):
            names[key].add(("named", speaker))
    mentioned = Mention.objects.shown().filter(entity_not_rejected(), episode__in=keys).order_by()
    for key, entity in mentioned.values_list("episode", "entity"):
        names[key].add(("entity", entity))
    tagged = TaggedEpisode.objects.filter(content_object__in=keys).order_by()
    for key, tag in tagged.values_list("content_object", "tag"):
        names[key].add(("tag", tag))
    return names


def _add_statements(
    keys: Iterable[int],
    found: dict[int, Counter[Value]],
    own: dict[int, dict[str, str]],
    names: dict[int, set[tuple[str, int]]],
) -> None:
    """Count quotes and predictions: by their own values, and by those of their episode."""
    for key, values in _statements(keys):
        if key not in found:
            continue
        kind = values.pop("list")
        of_episode = {**own[key], **values}
        fields = ("language", "year") if kind == "quote" else ("year", "area")
        counts = Counter({(kind, field, of_episode[field]): 1 for field in (*fields, *values)})
        kinds = ("entity", "tag") if kind == "quote" else ("entity",)
        counts.update({(kind, field, str(name)): 1 for field, name in names[key] if field in kinds})
        found[key].update(counts)


def _statements(keys: Iterable[int]) -> Iterator[tuple[int, dict[str, str]]]:
    for key, speaker in Quote.objects.shown().filter(episode__in=keys).order_by().values_list("episode", "speaker"):
        yield key, {"list": "quote", "speaker": str(speaker or "")}
    rows = Prediction.objects.shown().filter(episode__in=keys).order_by()
    for key, speaker, outcome, due_on in rows.values_list("episode", "speaker", "outcome", "due_on"):
        due = due_on.isoformat() if due_on and not outcome else ""
        yield key, {"list": "prediction", "speaker": str(speaker or ""), "outcome": outcome or "open", "due_on": due}
