"""Sites for the tests of backup and restore: a folder, a database, real processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.shared import ROOT, require

SERVER = os.environ.get("POSTGRESQL_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
ENGINES = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Site:
    folder: Path
    database: str = ""

    @property
    def environment(self) -> dict[str, str]:
        mine = {
            key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        }
        mine |= {
            "VAR_DIR": str(self.folder),
            "DEBUG": "True",
            "SECRET_KEY": "x" * 50,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        return mine | ({"DATABASE_URL": self.database} if self.database else {})

    def start(self, *arguments: object) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell starts what runs in the background with SIGINT ignored, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def run(self, *arguments: object) -> subprocess.CompletedProcess:
        """Run a command of manage.py, whatever its exit status."""
        return self._python("manage.py", *arguments)

    def manage(self, *arguments: object) -> str:
        """Run a command that must succeed and return its output."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        return self.manage("shell", "--no-imports", "-c", code)

    def probe(self, *arguments: object) -> None:
        done = self._python("-m", "tests.episodes.backup.probe", *arguments)
        assert done.returncode == 0, done.stderr

    def contents(self) -> dict[str, Any]:
        """Return all contents: rows, JSON texts, next keys, pages, files."""
        return {**self._asked("contents"), "files": self.files()}

    def rows(self) -> dict[str, list[Any]]:
        return self._asked("rows")["rows"]

    def _asked(self, what: str) -> dict[str, Any]:
        path = self.folder / f"{what}-{uuid.uuid4().hex}.json"
        self.probe(what, path)
        return json.loads(path.read_text())

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Return the content and time of each upload."""
        root = self.folder / "media"
        return {
            str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in root.rglob("*")
            if path.is_file()
        }

    def _python(self, *arguments: object) -> subprocess.CompletedProcess:
        done = self.start(*arguments)
        out, err = done.communicate(timeout=300)
        return subprocess.CompletedProcess(arguments, done.returncode, out, err)


def refused(done: subprocess.CompletedProcess) -> str:
    """Return the one-line error of a refused command."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.strip()


# --- new, migrated and empty sites


class Sites:
    """Factory of sites. `migrate` runs once for each database engine and is copied."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, 0
        self._templates: dict[str, Site] = {}
        self._databases: list[str] = []

    def new(self, engine: str = "sqlite") -> Site:
        if engine not in self._templates:
            self._templates[engine] = self._bare(engine)
            self._templates[engine].manage("migrate", "-v0")
        template, site = self._templates[engine], self._bare(engine, self._templates[engine])
        if engine == "sqlite":
            (site.folder / "greenroom.sqlite3").write_bytes((template.folder / "greenroom.sqlite3").read_bytes())
        return site

    def bare(self, engine: str = "sqlite") -> Site:
        """Return a site without migrations."""
        return self._bare(engine)

    def _bare(self, engine: str, template: Site | None = None) -> Site:
        self._made += 1
        folder = self._folder / f"site-{self._made}"
        folder.mkdir()
        return Site(folder, self._database(template) if engine == "postgresql" else "")

    def _database(self, template: Site | None) -> str:
        name = f"greenroom_{uuid.uuid4().hex[:16]}"
        like = f" TEMPLATE {urlsplit(template.database).path[1:]}" if template else ""
        with server() as cursor:
            cursor.execute(f"CREATE DATABASE {name}{like}")
        self._databases.append(name)
        return urlsplit(SERVER)._replace(path=f"/{name}").geturl()

    def close(self) -> None:
        for name in self._databases:
            with server() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextlib.contextmanager
def server() -> Iterator[Any]:
    import psycopg

    with psycopg.connect(SERVER, autocommit=True, connect_timeout=5) as connection:
        yield connection.cursor()


def require_engine(engine: str) -> None:
    """Skip if there is no PostgreSQL, or fail where all tests must run."""
    if engine == "sqlite":
        return
    try:
        with server() as cursor:
            cursor.execute("SELECT 1")
        reason = ""
    except Exception as error:
        reason = f"PostgreSQL is not reachable: {error}"
    require(not reason, reason)
