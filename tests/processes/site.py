"""A site for tests with real processes: a folder, a database, commands, and gunicorn."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from tests.shared import ROOT, require

POSTGRESQL = os.environ.get("POSTGRESQL_URL", "postgres://postgres@127.0.0.1:5432/postgres")
PASSWORD = "a-long-test-password"
# Seconds that a command or the start of a server may take on a busy machine.
PATIENCE = 300


@dataclass
class Site:
    """A site in `folder`. env: environment of every process."""

    folder: Path
    database: str
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")},
            "VAR_DIR": str(self.folder / "var"),
            "DATABASE_URL": self.database,
            "DEBUG": "False",
            "HTTPS": "False",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PYTHONUNBUFFERED": "1",
        }

    def start(self, *arguments: str, **options: object) -> subprocess.Popen:
        """Start a management command."""
        command = [sys.executable, "manage.py", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        return subprocess.Popen(command, cwd=ROOT, env=self.env, **pipes)  # type: ignore[call-overload]

    def manage(self, *arguments: str, check: bool = True, **options: object) -> subprocess.CompletedProcess:
        """Run a management command and return it finished."""
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=PATIENCE)
        if check and process.returncode:
            raise AssertionError(f"{' '.join(arguments)}: {process.returncode}\n{out}\n{err}")
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def python(self, code: str) -> str:
        """Return what a piece of code prints in a process with this site's settings."""
        start = "import django; django.setup()\n"
        env = {**self.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
        done = subprocess.run(
            [sys.executable, "-c", start + code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def count(self, expression: str) -> int:
        """Return an integer from the database: an expression over the models of `episodes.models`."""
        return int(self.python(f"from episodes.models import *\nprint({expression})"))

    @contextmanager
    def served(self, workers: int = 4) -> Iterator[str]:
        """Serve the site with gunicorn and yield its address. The processes are stopped at the end."""
        port = free_port()
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--workers", str(workers)]
        log = (self.folder / "server.log").open("w")
        server = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}", "--timeout", str(PATIENCE)],
            cwd=ROOT,
            env=self.env,
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/robots.txt", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
            log.close()

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(address: str, server: subprocess.Popen) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"nothing answers at {address}")


def kill(process: subprocess.Popen) -> None:
    """Kill the process as a power cut would. Its workers must end with it, because they share its output pipe."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)


@contextmanager
def postgresql() -> Iterator[str]:
    """Create a database and yield its address; it is dropped at the end."""
    psycopg = __import__("psycopg")
    name = f"greenroom_processes_{uuid4().hex[:12]}"
    try:
        server = psycopg.connect(POSTGRESQL, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        require(None, f"PostgreSQL does not answer at {urlsplit(POSTGRESQL).hostname}: {error}")
        return
    with closing(server):
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(POSTGRESQL)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
