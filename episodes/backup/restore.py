"""Restore a backup into an empty site on SQLite or PostgreSQL, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction

from episodes.backup import BackupError, database, uploads
from episodes.backup.archive import ArchiveReader
from episodes.backup.manifest import Manifest, Rows
from episodes.backup.tables import MADE_BY_MIGRATE, Table, all_models, tables
from episodes.backup.value_limits import Fitting
from episodes.backup.values import NaturalKeys
from episodes.workflow import groups

# Rows per INSERT statement sent to the database.
_BATCH = 50
# Faults listed in an error; the others are counted.
_MOST_LISTED = 5


def check(path: Path) -> Manifest:
    """Read a whole backup without writing anything.

    Returns its manifest. Raises BackupError if it is damaged or could not be restored into the database of this site by
    this version of Greenroom.
    """
    with ArchiveReader(path) as archive:
        _check(archive)
        return archive.manifest


def restore(path: Path) -> Manifest:
    """Restore a backup into this site, which must be empty. HTML of sections is left to `render_again`.

    Returns its manifest. Raises BackupError; nothing is changed then.
    """
    with ArchiveReader(path) as archive:
        _require_same_migrations(archive.manifest)
        _require_empty()
        uploads.require_none()
        _check(archive)
        connection = connections[DEFAULT_DB_ALIAS]
        with uploads.put_back(archive) as staged, transaction.atomic(durable=True):
            database.lock(tables(), connection)
            # Again, under the lock: a user may have logged in or written since.
            _require_empty()
            _fill(archive, connection)
            # Last, but before the commit: no row may reference an upload that is not there.
            staged.place()
        return archive.manifest


# --- checks before writing


def _require_empty() -> None:
    """Raise BackupError if there are rows that `migrate` did not create."""
    for model in all_models():
        label = model._meta.label
        if label not in MADE_BY_MIGRATE and model._base_manager.exists():
            raise BackupError(
                f"This site is not empty: it has rows of {label}. A backup is restored into a new database, "
                "after `manage.py migrate` and before anything else."
            )
    if group := Group.objects.exclude(name__in=groups.GROUPS).first():
        raise BackupError(f"This site is not empty: it has the group {group.name}. Restore into a new database.")


def _check(archive: ArchiveReader) -> None:
    manifest = archive.manifest
    _require_same_migrations(manifest)
    known = {table.label: table for table in tables()}
    expected = {label: table.names for label, table in known.items()}
    if {rows.model: rows.columns for rows in manifest.tables} != expected or len(manifest.tables) != len(expected):
        raise BackupError(f"The backup has other tables or columns than this site. It was made by {manifest.made_by}.")
    if unsafe := [upload.path for upload in manifest.uploads if not uploads.is_safe(upload.path)]:
        raise BackupError(f"The backup holds an upload with the path {unsafe[0]!r}, which no backup of ours has.")
    faults = [fault for rows in manifest.tables for fault in _faults(archive, rows, known[rows.model])]
    if faults:
        more = len(faults) - _MOST_LISTED
        raise BackupError(
            f"This does not fit into the database: {'; '.join(faults[:_MOST_LISTED])}"
            f"{f'; and {more} more' if more > 0 else ''}. Correct it on the old site and back it up again."
        )
    for upload in manifest.uploads:
        for _piece in archive.pieces(upload):
            pass


def _require_same_migrations(manifest: Manifest) -> None:
    here = database.migrations(DEFAULT_DB_ALIAS)
    for app in sorted({*here, *manifest.migrations}):
        there, ours = manifest.migrations.get(app, []), here.get(app, [])
        if there != ours:
            older = set(there) < set(ours)
            raise BackupError(
                f"The backup was made with {_state(app, there)}, and this site has {_state(app, ours)}. Install "
                f"{manifest.made_by} and restore it there"
                + (", then install this version again and run `manage.py migrate`." if older else ".")
            )


def _state(app: str, names: list[str]) -> str:
    return f"migration {app} {names[-1]}" if names else f"no app {app}"


def _faults(archive: ArchiveReader, rows: Rows, table: Table) -> Iterator[str]:
    """Yield a sentence for each value that the database would refuse. Reads all rows; raises BackupError for damage."""
    fitting = Fitting(connections[DEFAULT_DB_ALIAS])
    kinds, permissions = archive.manifest.content_types, archive.manifest.permissions
    listed = {ContentType: set(map(tuple, kinds)), Permission: {tuple(row[:3]) for row in permissions}}
    count = 0
    for row in _rows(archive, rows, table):
        count += 1
        for column, value in zip(table.columns, row, strict=True):
            if column.named and value is not None and tuple(value) not in listed[column.named]:
                yield f"{table.label} {row[table.key]}: {column.name} names what the backup does not list"
            for fault in fitting.faults(column, value):
                yield f"{table.label} {row[table.key]}: {column.name} {fault}"
    if count != rows.rows:
        raise BackupError(f"{archive.path} is damaged: {rows.name} has {count} rows, and {rows.rows} were written.")


def _rows(archive: ArchiveReader, rows: Rows, table: Table) -> Iterator[list[Any]]:
    """Yield the rows as lists of Python values. Raises BackupError for a row that cannot be read."""
    for number, line in enumerate(archive.lines(rows), 1):
        try:
            values = json.loads(line)
            yield [column.read(value) for column, value in zip(table.columns, values, strict=True)]
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            raise BackupError(f"{archive.path}: row {number} of {rows.name} cannot be read.") from None


# --- writing


def _fill(archive: ArchiveReader, connection: Any) -> None:
    """Insert all rows unchanged, without models and signals, whose validation and side effects belong to new rows.

    Foreign keys are checked after the last table, so that the order of tables does not matter. Raises BackupError.
    """
    manifest = archive.manifest
    known = _natural_keys(manifest)
    # `migrate` has created the groups with other keys than those of the backup.
    Group.objects.all().delete()
    for rows in manifest.tables:
        table = Table(apps.get_model(rows.model))
        try:
            _insert(table, _rows(archive, rows, table), known, connection, manifest.engine)
        except DatabaseError as error:
            raise BackupError(f"{rows.model} cannot be written: {_first_line(error)}") from None
        if (count := table.model._base_manager.count()) != rows.rows:
            raise BackupError(f"{rows.model} has {count} rows after the restore, and {rows.rows} were written.")
    try:
        connection.check_constraints()
    except DatabaseError as error:
        raise BackupError(f"The rows of the backup contradict each other: {_first_line(error)}") from None
    for rows in manifest.tables:
        table = Table(apps.get_model(rows.model))
        if table.counted:
            database.set_last_key(table, rows.last_key, connection)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _natural_keys(manifest: Manifest) -> NaturalKeys:
    """Create the content types and permissions that only the backup has, of removed apps. Returns all natural keys."""
    here = NaturalKeys(DEFAULT_DB_ALIAS)
    for app, model in manifest.content_types:
        if (app, model) not in here.content_types:
            ContentType.objects.create(app_label=app, model=model)
    for codename, app, model, name in manifest.permissions:
        if (codename, app, model) not in here.permissions:
            kind = ContentType.objects.get(app_label=app, model=model)
            Permission.objects.create(codename=codename, content_type=kind, name=name)
    ContentType.objects.clear_cache()
    return NaturalKeys(DEFAULT_DB_ALIAS)


def _insert(table: Table, rows: Iterator[list[Any]], known: NaturalKeys, connection: Any, source: str) -> None:
    quote = connection.ops.quote_name
    columns, derived = table.columns, table.derived(connection)
    names = [*(column.field.column for column in columns), *derived]
    places = [column.placeholder(connection) for column in columns] + ["%s"] * len(derived)
    # No injection: names come from the models and are quoted, values are parameters.
    sql = (
        f"INSERT INTO {quote(table.model._meta.db_table)} ({', '.join(map(quote, names))}) "  # noqa: S608
        f"VALUES ({', '.join(places)})"
    )
    with connection.cursor() as cursor:
        while batch := list(islice(rows, _BATCH)):
            parameters = [
                [column.parameter(value, known, connection, source) for column, value in zip(columns, row, strict=True)]
                + list(derived.values())
                for row in batch
            ]
            cursor.executemany(sql, parameters)
