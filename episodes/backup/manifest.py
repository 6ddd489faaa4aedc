"""The manifest of a backup: its members with digests, what wrote it, and the state of the migrations."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import tomllib
from dataclasses import dataclass, field
from typing import Any, Self

from django.conf import settings

from episodes.backup import BackupError

FORMAT = "greenroom backup"
# Incremented when an older version could no longer read a backup.
FORMAT_VERSION = 1
# Types of the fields below, by their annotations.
_KINDS: dict[str, type] = {"str": str, "int": int, "list[str]": list}
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Member:
    """A file inside the backup. name: its path in the zip; size: in bytes; sha256: of its content, hexadecimal."""

    name: str
    size: int
    sha256: str

    @classmethod
    def read(cls, found: Any) -> Self:
        """Return a member from its JSON. Raises ValueError for missing, unknown and wrongly typed fields."""
        expected = {one.name: _KINDS[str(one.type)] for one in dataclasses.fields(cls)}
        if not isinstance(found, dict) or found.keys() != expected.keys():
            raise ValueError(found)
        for name, kind in expected.items():
            _require(found[name], kind)
        if found["size"] < 0 or not _DIGEST.fullmatch(found["sha256"]):
            raise ValueError(found)
        return cls(**found)


def _require(value: Any, kind: type) -> None:
    if type(value) is not kind:
        raise ValueError(value)
    if isinstance(value, list) and not all(type(one) is str for one in value):
        raise ValueError(value)


@dataclass(frozen=True)
class Rows(Member):
    """The rows of one table. rows: their number; last_key: the last key that its sequence has issued."""

    model: str
    columns: list[str]
    rows: int
    last_key: int


@dataclass(frozen=True)
class Upload(Member):
    """An uploaded file. path: below MEDIA_ROOT; modified: nanoseconds since 1970."""

    path: str
    modified: int


@dataclass
class Manifest:
    """Contents and origin of a backup.

    made_at: ISO 8601; engine: `sqlite` or `postgresql`; migrations: the applied ones by app; content_types: [app,
    model]; permissions: [codename, app, model, name]; left_out: reason by table that is not included.
    """

    made_at: str
    version: str
    commit: str
    engine: str
    migrations: dict[str, list[str]]
    content_types: list[list[str]]
    permissions: list[list[str]]
    left_out: dict[str, str]
    tables: list[Rows] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)

    @property
    def members(self) -> list[Member]:
        """All members, tables first."""
        return [*self.tables, *self.uploads]

    @property
    def rows(self) -> int:
        """Number of rows of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def made_by(self) -> str:
        """Name and version of the program that wrote it."""
        return f"Greenroom {self.version}" + (f" (commit {self.commit[:12]})" if self.commit else "")

    def as_json(self) -> bytes:
        """Return the content of the member manifest.json."""
        head = {"format": FORMAT, "format_version": FORMAT_VERSION}
        return json.dumps({**head, **dataclasses.asdict(self)}, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Return a manifest from JSON. Raises BackupError for invalid content and for a later format."""
        try:
            found = json.loads(text)
            if found.pop("format") != FORMAT:
                raise ValueError(FORMAT)
            if found.pop("format_version") != FORMAT_VERSION:
                raise BackupError("The backup was made by a later version of Greenroom, in a format of its own.")
            tables, uploads = found.pop("tables"), found.pop("uploads")
            cls._require_kinds(found)
            return cls(**found, tables=list(map(Rows.read, tables)), uploads=list(map(Upload.read, uploads)))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            raise BackupError(
                "The list of what the backup holds cannot be read: it is no backup of Greenroom."
            ) from None

    @staticmethod
    def _require_kinds(found: dict[str, Any]) -> None:
        for name in ("made_at", "version", "commit", "engine"):
            _require(found[name], str)
        for name, width in (("content_types", 2), ("permissions", 4)):
            for row in found[name]:
                _require(row, list)
                if len(row) != width:
                    raise ValueError(row)
        # Each permission needs its content type, or it could not be created on the target site.
        if not {tuple(row[1:3]) for row in found["permissions"]} <= set(map(tuple, found["content_types"])):
            raise ValueError(found["permissions"])
        for name, kind in (("migrations", list), ("left_out", str)):
            for value in found[name].values():
                _require(value, kind)


def version() -> tuple[str, str]:
    """Return the version of this installation and its commit, "" if it is no Git checkout."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
    try:
        process = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - wherever it is installed
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return project, ""
    return project, process.stdout.strip() if process.returncode == 0 else ""
