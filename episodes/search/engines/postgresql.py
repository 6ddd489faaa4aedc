"""The index on PostgreSQL: one tsvector for each passage, and GIN indexes for shown and other passages.

The vector has the tokens with their places and, without places, each three characters of a Chinese run. Those make
three characters one lexeme and longer words nearly exact, so that few vectors are read to check the order of pairs,
which takes 15 µs each. Places end at 16,383 and 255 for each lexeme; a passage is shorter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from django.db import transaction

from episodes.search.engines import TABLE_PREFIX, Entry, Matches
from episodes.search.passage_ids import BITS, Part, bounds, episode_of, part_of
from episodes.search.tokens import Phrase, is_cjk

_TABLE = f"{TABLE_PREFIX}tokens"
# Passages whose order of pairs is checked. With more, all triples of a word in one passage stand for the word.
_MOST_CHECKED = 1_500
_PLACES = 255
_HEAD_OR_SPOKEN = f"(id & {(1 << BITS) - 1}) < 16 OR (id & {(1 << BITS) - 1}) >= {1 << (BITS - 1)}"


class PostgreSQL:
    """The engine of PostgreSQL; see `engines.Engine`."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    # --- tables

    def create(self) -> None:
        """Create the tables, empty."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE {_TABLE} (id bigint PRIMARY KEY, shown boolean NOT NULL, tokens tsvector NOT NULL)"
            )
            for name, condition in (("shown", "shown"), ("other", "NOT shown")):
                cursor.execute(f"CREATE INDEX {TABLE_PREFIX}{name} ON {_TABLE} USING gin (tokens) WHERE {condition}")

    def drop(self) -> None:
        """Delete the tables."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {_TABLE}")

    def clear(self) -> None:
        """Delete all entries."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {_TABLE}")  # noqa: S608

    # --- changes

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries; none of their keys may be in the index."""
        rows = [(entry.key, entry.shown, _vector(entry.tokens)) for entry in entries]
        if not rows:
            return
        with self.connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {_TABLE} (id, shown, tokens) VALUES (%s, %s, %s::tsvector) "  # noqa: S608
                "ON CONFLICT (id) DO UPDATE SET shown = excluded.shown, tokens = excluded.tokens",
                rows,
            )

    def remove(self, entries: Iterable[Entry]) -> None:
        """Remove entries; the tokens do not matter here."""
        keys = [entry.key for entry in entries]
        if keys:
            with self.connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {_TABLE} WHERE id = ANY(%s)", [keys])  # noqa: S608

    # --- questions

    def matches(self, phrase: Phrase, shown: bool) -> Matches:
        """Return where a phrase occurs."""
        found = Matches()
        lexemes, is_exact = _lexemes(phrase)
        with _by_index(self.connection) as cursor:
            if not is_exact:
                keys = self._checked(cursor, phrase, lexemes, shown)
                found.counts.update(map(episode_of, keys))
            else:
                # Grouped by the server: a row for each passage would take three times as long.
                for condition in _conditions(shown):
                    cursor.execute(
                        f"SELECT id >> {BITS}, count(*), array_agg(id) FILTER (WHERE {_HEAD_OR_SPOKEN}) "  # noqa: S608
                        f"FROM {_TABLE} WHERE {condition} AND tokens @@ %s::tsquery GROUP BY 1",
                        [lexemes],
                    )
                    keys = []
                    for episode, count, special in cursor.fetchall():
                        found.counts[episode] += count
                        keys += special or ()
                    _sort(keys, found)
                return found
        _sort(keys, found)
        return found

    def _checked(self, cursor: Any, phrase: Phrase, lexemes: str, shown: bool) -> list[int]:
        """Return the keys of passages with the phrase, found by its lexemes first."""
        keys: list[int] = []
        for condition in _conditions(shown):
            sql = f"SELECT id FROM {_TABLE} WHERE {condition} AND tokens @@ %s::tsquery"  # noqa: S608
            cursor.execute(sql, [lexemes])
            keys += [key for (key,) in cursor.fetchall()]
        if len(keys) > _MOST_CHECKED and _is_one_run(phrase):
            return keys
        cursor.execute(
            f"SELECT id FROM {_TABLE} WHERE id = ANY(%s) AND tokens @@ %s::tsquery",  # noqa: S608
            [keys, _in_order(phrase)],
        )
        return [key for (key,) in cursor.fetchall()]

    def passages(self, phrase: Phrase, episodes: Iterable[int], shown: bool) -> list[int]:
        """Return the keys of the passages of these episodes that hold a phrase."""
        ranges = [bounds(episode) for episode in episodes]
        if not ranges:
            return []
        only = "AND found.shown" if shown else ""
        with self.connection.cursor() as cursor:
            # The index of tokens would be read whole: concatenation keeps the planner from it.
            cursor.execute(
                f"SELECT found.id FROM unnest(%s::bigint[], %s::bigint[]) AS wanted(low, high) "  # noqa: S608
                f"JOIN {_TABLE} found ON found.id BETWEEN wanted.low AND wanted.high {only} "
                "WHERE (found.tokens || ''::tsvector) @@ %s::tsquery ORDER BY found.id",
                [[low for low, _high in ranges], [high for _low, high in ranges], _in_order(phrase)],
            )
            return [key for (key,) in cursor.fetchall()]

    # --- rebuild: rows are replaced one by one, nothing has to be built beside them

    def begin_rebuild(self) -> int:
        """Do nothing: `add_rebuilt` replaces each entry."""
        return 0

    def add_rebuilt(self, number: int, entries: Iterable[Entry], done: int) -> None:
        """Replace the entries of the episodes up to the key `done` that come after those done before."""
        self.add(entries)

    def end_rebuild(self) -> None:
        """Delete entries of passages that no longer exist."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {_TABLE} WHERE NOT EXISTS "  # noqa: S608
                f"(SELECT FROM episodes_passage WHERE episodes_passage.id = {_TABLE}.id)"
            )


@contextmanager
def _by_index(connection: Any) -> Iterator[Any]:
    """Provide a cursor that reads by index: the planner thinks that reading every vector costs nothing."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield cursor
        cursor.execute("SET LOCAL enable_seqscan = on")


def _conditions(shown: bool) -> tuple[str, ...]:
    return ("shown",) if shown else ("shown", "NOT shown")


def _sort(keys: Iterable[int], found: Matches) -> None:
    parts = {Part.HEAD: found.heads, Part.SPOKEN: found.spoken}
    for key in keys:
        if (part := part_of(key)) in parts:
            parts[part].add(key)


# --- tsvector and tsquery. Tokens are letters and digits only, so quotes are safe.


def _triples(tokens: Iterable[str]) -> Iterator[str]:
    for one, other in pairwise(tokens):
        if len(one) == 2 == len(other) and one[1] == other[0] and is_cjk(one[0]) and is_cjk(other[1]):
            yield one + other[1]


def _vector(tokens: Iterable[str]) -> str:
    places: defaultdict[str, list[int]] = defaultdict(list)
    tokens = list(tokens)
    for place, token in enumerate(tokens, 1):
        places[token].append(place)
    triples = "".join(f"'{triple}' " for triple in dict.fromkeys(_triples(tokens)))
    return triples + " ".join(f"'{token}':{','.join(map(str, at[:_PLACES]))}" for token, at in places.items())


def _is_one_run(phrase: Phrase) -> bool:
    return len(phrase.tokens) == 1 or len(list(_triples(phrase.tokens))) == len(phrase.tokens) - 1


def _lexemes(phrase: Phrase) -> tuple[str, bool]:
    """Return a query for all lexemes of a phrase, in any order, and whether that is the phrase already."""
    if len(phrase.tokens) == 1:
        return _in_order(phrase), True
    if _is_one_run(phrase):
        triples = list(_triples(phrase.tokens))
        return " & ".join(f"'{triple}'" for triple in triples), len(triples) == 1
    counted = Counter(phrase.tokens[:-1])
    last = f"'{phrase.tokens[-1]}'{':*' if phrase.prefix else ''}"
    return " & ".join([*(f"'{token}'" for token in counted), last]), False


def _in_order(phrase: Phrase) -> str:
    return " <-> ".join(f"'{token}'" for token in phrase.tokens) + (":*" if phrase.prefix else "")
