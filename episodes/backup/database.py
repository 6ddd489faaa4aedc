"""A consistent view of the database during edits, its migrations, locks and sequences of keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import Max

from episodes.backup import BackupError
from episodes.backup.tables import Table, all_models
from episodes.search.engines import TABLE_PREFIX

_COPY = "backup_copy"


@contextmanager
def consistent(folder: Path) -> Iterator[str]:
    """Yield the alias of a connection with a consistent view of the rows. Writers are not blocked.

    folder: for the temporary copy of an SQLite database. PostgreSQL uses a REPEATABLE READ transaction.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        with _copied(connection, folder / "copy.sqlite3") as alias:
            yield alias
        return
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield DEFAULT_DB_ALIAS


@contextmanager
def _copied(connection: Any, path: Path) -> Iterator[str]:
    connection.ensure_connection()
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as copy:
        # All pages in one step: in several, the copy would restart after each write in between.
        connection.connection.backup(copy)
    connections.databases[_COPY] = {**connections.databases[DEFAULT_DB_ALIAS], "NAME": str(path)}
    try:
        yield _COPY
    finally:
        connections[_COPY].close()
        del connections[_COPY], connections.databases[_COPY]


def migrations(using: str) -> dict[str, list[str]]:
    """Return the names of the applied migrations by app. Raises BackupError if the code has others."""
    loader = MigrationLoader(connections[using])
    applied = [key for key in loader.applied_migrations if key[0] in loader.migrated_apps]
    wanted = {key for key in loader.graph.nodes if key[0] in loader.migrated_apps}
    if missing := sorted(wanted - set(applied)):
        raise BackupError(f"The database has not seen migration {' '.join(missing[0])}. Run `manage.py migrate` first.")
    if unknown := sorted(set(applied) - set(loader.disk_migrations)):
        raise BackupError(
            f"The database has seen migration {' '.join(unknown[0])}, which this version of Greenroom does not know. "
            "Use the version that the site runs."
        )
    by_app: dict[str, list[str]] = {}
    for app, name in sorted(applied):
        by_app.setdefault(app, []).append(name)
    return by_app


def unknown_tables(using: str) -> list[str]:
    """Return the names of tables that belong to no installed model, sorted."""
    connection = connections[using]
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    known = {model._meta.db_table for model in all_models()} | {"django_migrations"}
    # The tables of the index of search have no models, and are filled from the episodes.
    return sorted(name for name in set(names) - known if not name.startswith(TABLE_PREFIX))


def lock(tables: Iterable[Table], connection: Any) -> None:
    """Block other writers until the transaction ends. On SQLite the immediate transaction does so already."""
    if connection.vendor == "postgresql":
        names = ", ".join(connection.ops.quote_name(table.model._meta.db_table) for table in tables)
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


# --- sequences of keys. A deleted key must not be used again: decisions and addresses still refer to it.


def last_keys(tables: Iterable[Table], using: str) -> dict[str, int]:
    """Return the last key that each sequence has issued, by model label; 0 if none."""
    connection = connections[using]
    counted = [table for table in tables if table.counted]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, seq FROM sqlite_sequence")
            known = dict(cursor.fetchall())
            return {table.label: known.get(table.model._meta.db_table, 0) for table in counted}
        return {table.label: _last_of_sequence(table, cursor) for table in counted}


def _sequence(table: Table, cursor: Any) -> str:
    """Return the quoted name of the sequence of a table's primary key (PostgreSQL)."""
    name = connections[DEFAULT_DB_ALIAS].ops.quote_name(table.model._meta.db_table)
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [name, table.model._meta.pk.column])
    return cursor.fetchone()[0]


def _last_of_sequence(table: Table, cursor: Any) -> int:
    cursor.execute(f"SELECT last_value, is_called FROM {_sequence(table, cursor)}")  # noqa: S608 - quoted by PostgreSQL
    last, is_called = cursor.fetchone()
    return last if is_called else 0


def set_last_key(table: Table, last: int, connection: Any) -> None:
    """Set the sequence so that the next key is one more than `last` or the largest key of the table."""
    pk, name = table.model._meta.pk, table.model._meta.db_table
    largest = table.model._base_manager.using(connection.alias).aggregate(largest=Max("pk"))["largest"]
    last = max(last, largest or 0)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [name])
            if last:
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, last])
            return
        _low, high = connection.ops.integer_field_range(pk.get_internal_type())
        sequence = _sequence(table, cursor)
        cursor.execute("SELECT setval(%s, %s, %s)", [sequence, min(max(last, 1), high), last > 0])
