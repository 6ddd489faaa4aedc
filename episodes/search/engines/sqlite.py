"""The index on SQLite: contentless FTS5 tables, one for each part of an episode, shown and other passages apart.

FTS5 gets tokens separated by spaces, with a tokenizer of its own that changes nothing in them. SQLite below 3.43
deletes from a contentless table by the tokens that were inserted, and trusts them: other ones leave ghosts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from episodes.search.engines import TABLE_PREFIX, Entry, Matches, RebuildReplaced
from episodes.search.passage_ids import BITS, Part, bounds, episode_of, part_of
from episodes.search.tokens import Phrase

_STATE = f"{TABLE_PREFIX}rebuild"
_NEW = "_new"
# Bytes of postings that FTS5 collects before it writes a segment; its own megabyte makes imports half as fast.
_HASH_SIZE = 32 << 20


class SQLite:
    """The engine of SQLite; see `engines.Engine`."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    # --- tables

    def create(self) -> None:
        """Create the tables, empty."""
        with self.connection.cursor() as cursor:
            # The key up to which a rebuild has come; no row while none is running. Numbers do not repeat.
            cursor.execute(f"CREATE TABLE {_STATE} (number integer PRIMARY KEY AUTOINCREMENT, done integer NOT NULL)")
            self._create_all(cursor, "")

    def _create_all(self, cursor: Any, suffix: str) -> None:
        for name in _names(suffix):
            # columnsize=0: only FTS5's own bm25() would read the lengths.
            cursor.execute(
                f"CREATE VIRTUAL TABLE {name} USING fts5(tokens, content='', columnsize=0, tokenize='ascii')"
            )
            cursor.execute(f"INSERT INTO {name}({name}, rank) VALUES ('hashsize', {_HASH_SIZE})")  # noqa: S608

    def drop(self) -> None:
        """Delete the tables."""
        with self.connection.cursor() as cursor:
            self._drop_all(cursor, "")
            self._drop_all(cursor, _NEW)
            cursor.execute(f"DROP TABLE IF EXISTS {_STATE}")

    def _drop_all(self, cursor: Any, suffix: str) -> None:
        for name in _names(suffix):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")

    def clear(self) -> None:
        """Delete all entries."""
        with self.connection.cursor() as cursor:
            self._drop_all(cursor, _NEW)
            cursor.execute(f"DELETE FROM {_STATE}")  # noqa: S608
            for name in _names(""):
                cursor.execute(f"INSERT INTO {name}({name}) VALUES ('delete-all')")  # noqa: S608

    # --- changes

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries; none of their keys may be in the index."""
        self._write("INSERT INTO {0}(rowid, tokens) VALUES (%s, %s)", entries)

    def remove(self, entries: Iterable[Entry]) -> None:
        """Remove entries, with the tokens with which they were added."""
        self._write("INSERT INTO {0}({0}, rowid, tokens) VALUES ('delete', %s, %s)", entries)

    def _write(self, sql: str, entries: Iterable[Entry]) -> None:
        ordered = sorted(entries, key=lambda entry: (_table(entry), entry.key))
        if not ordered:
            return
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT max(done) FROM {_STATE}")  # noqa: S608
            done = cursor.fetchone()[0]
            for table, rows in groupby(ordered, key=_table):
                written = list(rows)
                _execute(cursor, sql.format(table), written)
                if done is not None:
                    # A rebuild is running, and has these already.
                    again = [entry for entry in written if episode_of(entry.key) <= done]
                    _execute(cursor, sql.format(table + _NEW), again)

    # --- questions

    def matches(self, phrase: Phrase, shown: bool) -> Matches:
        """Return where a phrase occurs."""
        found = Matches()
        expression = _expression(phrase)
        with self.connection.cursor() as cursor:
            for part, table in _asked(shown):
                if part == Part.TEXT:
                    # One string instead of a row for each passage: three times as fast for a frequent word.
                    sql = f"SELECT group_concat(rowid >> {BITS}) FROM {table} WHERE {table} MATCH %s"  # noqa: S608
                    cursor.execute(sql, [expression])
                    if keys := cursor.fetchone()[0]:
                        for key, count in Counter(keys.split(",")).items():
                            found.counts[int(key)] += count
                    continue
                cursor.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH %s", [expression])  # noqa: S608
                rows = [key for (key,) in cursor.fetchall()]
                (found.heads if part == Part.HEAD else found.spoken).update(rows)
                found.counts.update(map(episode_of, rows))
        return found

    def passages(self, phrase: Phrase, episodes: Iterable[int], shown: bool) -> list[int]:
        """Return the keys of the passages of these episodes that hold a phrase."""
        expression, keys = _expression(phrase), []
        asked = list(episodes)
        with self.connection.cursor() as cursor:
            for _part, table in _asked(shown):
                sql = f"SELECT rowid FROM {table} WHERE {table} MATCH %s AND rowid BETWEEN %s AND %s"  # noqa: S608
                for episode in asked:
                    cursor.execute(sql, [expression, *bounds(episode)])
                    keys += [key for (key,) in cursor.fetchall()]
        return keys

    # --- rebuild

    def begin_rebuild(self) -> int:
        """Begin an empty index beside the present one, which serves until `end_rebuild`. Returns its number."""
        with self.connection.cursor() as cursor:
            self._drop_all(cursor, _NEW)
            self._create_all(cursor, _NEW)
            cursor.execute(f"DELETE FROM {_STATE}")  # noqa: S608
            cursor.execute(f"INSERT INTO {_STATE} (done) VALUES (0)")  # noqa: S608
            return cursor.lastrowid

    def add_rebuilt(self, number: int, entries: Iterable[Entry], done: int) -> None:
        """Add entries to the new index; all passages of episodes up to the key `done` are in it then.

        Raises RebuildReplaced if another rebuild has begun.
        """
        ordered = sorted(entries, key=lambda entry: (_table(entry), entry.key))
        with self.connection.cursor() as cursor:
            cursor.execute(f"UPDATE {_STATE} SET done = %s WHERE number = %s", [done, number])  # noqa: S608
            if not cursor.rowcount:
                raise RebuildReplaced
            for table, rows in groupby(ordered, key=_table):
                _execute(cursor, f"INSERT INTO {table}{_NEW}(rowid, tokens) VALUES (%s, %s)", list(rows))  # noqa: S608

    def end_rebuild(self) -> None:
        """Replace the present index by the new one."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {_STATE}")  # noqa: S608
            self._drop_all(cursor, "")
            for name in _names(""):
                cursor.execute(f"ALTER TABLE {name}{_NEW} RENAME TO {name}")


def _names(suffix: str) -> Iterator[str]:
    for kind in ("shown", "other"):
        for part in Part:
            yield f"{TABLE_PREFIX}{kind}_{part}{suffix}"


def _asked(shown: bool) -> Iterator[tuple[Part, str]]:
    for kind in ("shown",) if shown else ("shown", "other"):
        for part in Part:
            yield part, f"{TABLE_PREFIX}{kind}_{part}"


def _table(entry: Entry) -> str:
    return f"{TABLE_PREFIX}{'shown' if entry.shown else 'other'}_{part_of(entry.key)}"


def _execute(cursor: Any, sql: str, entries: list[Entry]) -> None:
    if entries:
        cursor.executemany(sql, [(entry.key, " ".join(entry.tokens)) for entry in entries])


def _expression(phrase: Phrase) -> str:
    """Return a phrase in the language of FTS5. Tokens are letters and digits only, so quotes are safe."""
    return f'"{" ".join(phrase.tokens)}"{"*" if phrase.prefix else ""}'
