"""The same notes in a Wagtail site, for comparison; part of make bench with PEER=1.

It is installed into a virtual environment below the scratch folder, or that of PEER_FOLDER, where it is found again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.served import served
from tests.bench.targets import Table
from tests.shared import SHARED

SOURCE = SHARED / "bench" / "wagtail"
PACKAGES = ("wagtail==8.0.1", "gunicorn", "whitenoise", "PyYAML", "Markdown")
# Notes: its import stores about ten a second.
NOTES = 400


class Peer:
    """An installed and filled Wagtail site."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.site = folder, folder / "wagtail"
        self.python = str(folder / "venv" / "bin" / "python")
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")},
            "DBFILE": str(folder / "peer.sqlite3"),
            "NOTES": str(folder / "notes"),
        }

    def prepare(self, notes: list[Path]) -> None:
        """Install the site and import notes, unless it was done before."""
        if not Path(self.python).exists():
            subprocess.run([sys.executable, "-m", "venv", str(self.folder / "venv")], check=True)
            subprocess.run([self.python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        if not self.site.exists():
            shutil.copytree(SOURCE, self.site)
        if not Path(self.environment["DBFILE"]).exists():
            Path(self.environment["NOTES"]).mkdir(parents=True, exist_ok=True)
            for file in notes[:NOTES]:
                shutil.copy(file, self.environment["NOTES"])
            self._manage("migrate", "--verbosity", "0")
            self._manage("importnotes", "--n", str(NOTES))

    def _manage(self, *arguments: str) -> None:
        quiet = subprocess.DEVNULL
        command = [self.python, "manage.py", *arguments]
        subprocess.run(command, cwd=self.site, env=self.environment, check=True, stdout=quiet)

    @property
    def pages(self) -> list[str]:
        """Addresses of its episodes."""
        names = sorted(file.stem for file in Path(self.environment["NOTES"]).glob("*.md"))
        return [f"/e-{name}/" for name in names]


def measure(table: Table, notes: list[Path], scratch: Path) -> dict[str, float]:
    """Add the peer's figures to the table. Returns milliseconds of processor time without its cache, by page."""
    if not SOURCE.is_dir():
        print(f"Skipped: there is no peer to compare with in {SOURCE}.")
        return {}
    peer = Peer(Path(os.environ.get("PEER_FOLDER", scratch / "peer")))
    peer.prepare(notes)
    with served(peer.python, "site_.wsgi", peer.site, peer.environment) as server:
        episodes = peer.pages[:40]
        server.cpu_each(["/", *episodes[:8]])
        cpu = {"episode": server.cpu_each(episodes), "list": server.cpu_each(["/"], 20)}
    for name, spent in cpu.items():
        table.add(f"Wagtail, {name}, processor time", spent, "ms")
    with served(peer.python, "site_.wsgi", peer.site, {**peer.environment, "SITE_CACHE": "1"}) as server:
        for name, path in (("episode", peer.pages[0]), ("list", "/")):
            server.get(path)
            if rate := server.rate(path):
                table.add(f"Wagtail with its cache, {name}", rate, "requests/s")
    return cpu
