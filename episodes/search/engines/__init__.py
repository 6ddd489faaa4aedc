"""The index of passages, in the database of the site: FTS5 on SQLite, tsvector and GIN on PostgreSQL.

Both hold the same tokens and answer the same questions, see `Engine`. What visitors may see once its episode is public
(*shown*) and everything else lie in two indexes; the desk reads both. The index changes in the caller's transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import DEFAULT_DB_ALIAS, connections

from episodes.search.tokens import Phrase


class RebuildReplaced(Exception):
    """Raised in a rebuild when another one has begun."""


# Of all tables of the index, which no model has.
TABLE_PREFIX = "episodes_search_"


@dataclass(frozen=True)
class Entry:
    """A passage for the index: its key, its tokens, and whether visitors may see it."""

    key: int
    tokens: Sequence[str]
    shown: bool


@dataclass
class Matches:
    """Where a phrase occurs. counts: passages by episode. heads: keys of passages in titles, names and summaries."""

    counts: Counter[int] = field(default_factory=Counter)
    heads: set[int] = field(default_factory=set)
    spoken: set[int] = field(default_factory=set)

    def add(self, other: Matches) -> None:
        """Add the matches of another phrase."""
        self.counts.update(other.counts)
        self.heads |= other.heads
        self.spoken |= other.spoken


class Engine(Protocol):
    """What an engine does. `shown` of the questions: only what visitors may see, else everything."""

    def create(self) -> None:
        """Create the tables, empty."""

    def drop(self) -> None:
        """Delete the tables."""

    def clear(self) -> None:
        """Delete all entries."""

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries; none of their keys may be in the index."""

    def remove(self, entries: Iterable[Entry]) -> None:
        """Remove entries, with the tokens with which they were added."""

    def matches(self, phrase: Phrase, shown: bool) -> Matches:
        """Return where a phrase occurs."""

    def passages(self, phrase: Phrase, episodes: Iterable[int], shown: bool) -> list[int]:
        """Return the keys of the passages of these episodes that hold a phrase."""

    def begin_rebuild(self) -> int:
        """Begin an empty index beside the present one, which serves until `end_rebuild`. Returns its number."""

    def add_rebuilt(self, number: int, entries: Iterable[Entry], done: int) -> None:
        """Add entries to the new index; all passages of episodes up to the key `done` are in it then.

        Raises RebuildReplaced if another rebuild has begun.
        """

    def end_rebuild(self) -> None:
        """Replace the present index by the new one."""


def engine(using: str = DEFAULT_DB_ALIAS) -> Engine:
    """Return the engine of a database."""
    connection: Any = connections[using]
    if connection.vendor == "postgresql":
        from episodes.search.engines.postgresql import PostgreSQL

        return PostgreSQL(connection)
    from episodes.search.engines.sqlite import SQLite

    return SQLite(connection)
