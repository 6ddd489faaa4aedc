"""Create a backup: a consistent view of the rows first, then the uploads they reference."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections, models
from django.utils import timezone

from episodes.backup import BackupError, database, uploads
from episodes.backup.archive import ArchiveWriter
from episodes.backup.manifest import Manifest, Rows, Upload, version
from episodes.backup.tables import LEFT_OUT, Table, tables
from episodes.backup.values import NaturalKeys

# Names listed in a warning; the others are counted.
_MOST_LISTED = 20


def create(path: Path, force: bool = False, warn: Callable[[str], None] = lambda line: None) -> Manifest:
    """Write a backup of the site to `path`, readable by its owner only (mode 600).

    force: replace an existing file. warn: called with one sentence for missing uploads and for tables not included.
    Returns the manifest. Raises BackupError; no file is left then, nor after an interruption.
    """
    path = Path(os.path.abspath(path))
    _require_place(path, force)
    # In the same folder: a rename is atomic on one file system only.
    with tempfile.TemporaryDirectory(prefix=f".{path.name[:100]}.", dir=path.parent) as folder:
        written = Path(folder, "backup")
        with open(os.open(written, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with ArchiveWriter(file) as archive:
                manifest = _write(archive, Path(folder), warn)
            file.flush()
            os.fsync(file.fileno())
        _put_in_place(written, path, force)
    return manifest


def _require_place(path: Path, force: bool) -> None:
    if path.is_dir():
        raise BackupError(f"{path} is a folder. Name the file to write.")
    if not path.parent.is_dir():
        raise BackupError(f"{path.parent} is no folder. Make it first, or name another.")
    if path.exists() and not force:
        raise BackupError(f"{path} is there already. Name another file, or replace it with --force.")
    if path.resolve().is_relative_to(uploads.root().resolve()):
        raise BackupError(f"{path} lies among the uploads, and the backup would hold itself. Name another place.")


def _put_in_place(written: Path, path: Path, force: bool) -> None:
    if force:
        written.replace(path)
        return
    try:
        # Unlike a rename, link() fails if another process has created the file meanwhile.
        os.link(written, path)
    except FileExistsError:
        _require_place(path, force)
    except OSError:  # a file system without links
        written.rename(path)


def _write(archive: ArchiveWriter, folder: Path, warn: Callable[[str], None]) -> Manifest:
    with database.consistent(folder) as using:
        manifest, named = _write_rows(archive, using)
        if unknown := database.unknown_tables(using):
            warn(f"Not in the backup, since no installed app has them: the tables {_some(unknown)}.")
    # After the rows: a file is stored before the row that references it.
    manifest.uploads = list(_write_uploads(archive))
    known = {upload.path for upload in manifest.uploads}
    if missing := [f"{path} ({row})" for path, row in named if path not in known]:
        warn(f"Missing, and so not in the backup: the uploads {_some(missing)}.")
    archive.finish(manifest)
    return manifest


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


# --- rows


def _write_rows(archive: ArchiveWriter, using: str) -> tuple[Manifest, list[tuple[str, str]]]:
    """Write all tables. Returns the manifest without uploads, and (upload, row) for each reference to an upload."""
    migrations = database.migrations(using)
    try:
        connections[using].check_constraints()
    except IntegrityError as error:
        raise BackupError(f"The database contradicts itself and could not be restored: {error}") from None
    known = NaturalKeys(using)
    project, commit = version()
    manifest = Manifest(
        made_at=timezone.now().isoformat(),
        version=project,
        commit=commit,
        engine=connections[DEFAULT_DB_ALIAS].vendor,
        migrations=migrations,
        content_types=[list(name) for name in known.content_types],
        permissions=[[*key, name] for key, name in sorted(known.permissions.items())],
        left_out=LEFT_OUT,
    )
    last_keys = database.last_keys(tables(), using)
    named: list[tuple[str, str]] = []
    for table in tables():
        rows = _named_uploads(table, table.rows(using, known), named)
        manifest.tables.append(_write_table(archive, table, rows, last_keys.get(table.label, 0)))
    return manifest, named


def _named_uploads(table: Table, rows: Iterator[list[Any]], named: list[tuple[str, str]]) -> Iterator[list[Any]]:
    """Yield the rows unchanged; append the uploads they reference to `named`."""
    places = [place for place, column in enumerate(table.columns) if isinstance(column.field, models.FileField)]
    for row in rows:
        named += [(row[place], f"{table.label} {row[table.key]}") for place in places if row[place]]
        yield row


def _write_table(archive: ArchiveWriter, table: Table, rows: Iterator[list[Any]], last_key: int) -> Rows:
    count = 0
    name = f"tables/{table.label}.jsonl"
    with archive.member(name) as sink:
        for row in rows:
            sink.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            count += 1
    return Rows(**sink.described(name), model=table.label, columns=table.names, rows=count, last_key=last_key)


# --- uploads


def _write_uploads(archive: ArchiveWriter) -> Iterator[Upload]:
    for path, place in uploads.found():
        try:
            file = place.open("rb")
        except FileNotFoundError:  # deleted since the folder was listed
            continue
        except OSError as error:
            raise BackupError(f"{place}: this upload cannot be read ({error.strerror}).") from None
        name = f"media/{path}"
        # Images are compressed already, and an uncompressed member cannot be a zip bomb.
        with file, archive.member(name, packed=False) as sink:
            modified = os.fstat(file.fileno()).st_mtime_ns
            while piece := file.read(1 << 20):
                sink.write(piece)
        yield Upload(**sink.described(name), path=path, modified=modified)
