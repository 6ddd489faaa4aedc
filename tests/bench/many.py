"""make bench N=10000: import, export, adoption and pages of N notes, in one table with the targets."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

from tests.bench import notes, peer
from tests.bench.commands import manage, seconds_and_memory
from tests.bench.served import served
from tests.bench.targets import Table
from tests.shared import ROOT

# Targets are for 10,000 notes on two processors.
OF = 10_000


def main(count: int, scratch: Path) -> None:
    if not notes.LIBRARY.is_dir():
        print(f"Skipped: there are no real notes to make others of; they are looked for in {notes.LIBRARY}.")
        return
    folder, table = scratch / "made", Table()
    size = notes.write(count, folder)
    environment = {
        **os.environ,
        "VAR_DIR": str(scratch),
        "DEBUG": "False",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": f"sqlite:///{scratch}/many.sqlite3",
    }
    print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}, SQLite")
    print(f"{count} made notes, {size / 1e6:.1f} MB; targets of times are for {OF} notes, in proportion", flush=True)
    _commands(table, environment, folder, count)
    database = sum(file.stat().st_size for file in scratch.glob("many.sqlite3*"))
    table.add("database after adopt, × bytes of notes", database / size, "×", most=4)
    others = peer.measure(table, sorted(folder.rglob("*.md")), scratch) if os.environ.get("PEER") == "1" else {}
    _pages(table, environment, others)
    table.show()


def _commands(table: Table, environment: dict[str, str], folder: Path, count: int) -> None:
    part = count / OF
    manage(environment, "migrate", "--verbosity", "0")
    idle = min(seconds_and_memory(environment, "check")[0] for _time in range(3))
    for what, most, command in (
        ("import", 120, ("import_notes", str(folder))),
        ("export", 100, ("export_notes", str(folder.parent / "out"))),
    ):
        took, memory = seconds_and_memory(environment, *command)
        table.add(what, took, "s", most=most * part)
        table.add(f"{what}, memory of the largest process", memory, "MB", most=1000)
    again, _memory = seconds_and_memory(environment, "import_notes", str(folder))
    table.add("import again, unchanged, without starting", count / max(again - idle, 0.001), "notes/s", least=5000)
    owner = {**environment, "DJANGO_SUPERUSER_PASSWORD": "only-for-a-scratch-database"}
    manage(owner, "createsuperuser", "--noinput", "--username", "owner", "--email", "owner@example.org")
    took, memory = seconds_and_memory(environment, "adopt", "--all", "--as", "owner", "--reason", "bench")
    table.add("adopt", took, "s", most=120 * part)
    table.add("adopt, memory of the largest process", memory, "MB", most=1000)


# Addresses of pages by kind: episodes in the middle of all by length, so that each is a usual one.
_ADDRESSES = """
import json
from django.db.models import Count, Sum
from django.db.models.functions import Length
from django.urls import reverse
from episodes.models import Appearance, Episode, Mention
sized = Episode.objects.public().annotate(size=Sum(Length("sections__text"))).filter(size__gt=0).order_by("size", "pk")
middle = max(sized.count() // 2 - 20, 0)
most = lambda rows, name: rows.values(name).annotate(n=Count("pk")).order_by("-n").values_list(name, flat=True)[:20]
people = Appearance.objects.public().filter(speaker__kind="person")
print(json.dumps({
    "episode": [episode.get_absolute_url() for episode in sized[middle : middle + 40]],
    "list": [f"{reverse('episode_list')}?page={page}" for page in range(1, min(10, sized.count() // 50) + 1)],
    "person": [reverse("speaker", args=[slug]) for slug in most(people, "speaker__slug")],
    "topic": [reverse("entity", args=[slug]) for slug in most(Mention.objects.public(), "entity__slug")],
}))
"""


def _pages(table: Table, environment: dict[str, str], others: dict[str, float]) -> None:
    found = json.loads(manage(environment, "shell", "--no-imports", "--verbosity", "0", "-c", _ADDRESSES))
    # A person and a topic are compared with the list: Wagtail's site has no such pages.
    beside = {"person": "list", "topic": "list"}
    with served(sys.executable, "config.wsgi", ROOT, environment) as server:
        for path in ("/", "/about/"):
            server.cpu_each([path], 4)
        for kind, paths in found.items():
            if paths:
                other = others.get(beside.get(kind, kind))
                most = other / 2 if other else None
                table.add(f"{kind}, made anew, processor time", server.cpu_each(paths), "ms", most=most)
        for kind, paths in found.items():
            if paths and (rate := server.rate(paths[0])):
                table.add(f"{kind}, again", rate, "requests/s")
