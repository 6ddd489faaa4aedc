"""A site behind gunicorn: processor time for each request, and requests a second with wrk where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

WORKERS = 2


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    """A running gunicorn."""

    def __init__(self, process: subprocess.Popen, address: str) -> None:
        self.process, self.address = process, address

    @property
    def _workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def cpu(self) -> float:
        """Return the seconds of processor time that the workers have used."""
        ticks = 0
        for pid in self._workers:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def get(self, path: str) -> int:
        """Request a page and return its size."""
        with urllib.request.urlopen(self.address + path, timeout=120) as answer:
            return len(answer.read())

    def cpu_each(self, paths: Sequence[str], times: int = 1) -> float:
        """Return the milliseconds of processor time for each request of these pages."""
        before = self.cpu()
        for _time in range(times):
            for path in paths:
                self.get(path)
        return (self.cpu() - before) * 1000 / (len(paths) * times)

    def rate(self, path: str, seconds: int = 10) -> float | None:
        """Return the requests a second that wrk counts, or None without wrk."""
        if shutil.which("wrk") is None:
            return None
        command = ["wrk", "-t2", "-c8", f"-d{seconds}s", self.address + path]
        found = re.search(r"Requests/sec:\s+([\d.]+)", subprocess.check_output(command, text=True))
        return float(found[1]) if found else None


@contextmanager
def served(python: str, application: str, folder: Path, environment: dict[str, str]) -> Iterator[Server]:
    """Serve a WSGI application with two workers until the end."""
    address = f"127.0.0.1:{free_port()}"
    command = [python, "-m", "gunicorn", application, "--workers", str(WORKERS), "--bind", address, "--timeout", "300"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=quiet, stderr=quiet)
    server = Server(process, f"http://{address}")
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait(60)


def _wait(server: Server) -> None:
    host, _, port = server.address.removeprefix("http://").partition(":")
    for _attempt in range(600):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"Nothing answers at {server.address}.")
