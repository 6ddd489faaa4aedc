"""make bench: figures of speed and memory, printed with machine and method. Nothing here passes or fails.

make bench                     the real notes beside the checkout, else the sample notes many times over
make bench NOTES=~/my-notes    your own
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.shared import NOTES, ROOT

MANAGE = [sys.executable, str(ROOT / "manage.py")]


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else NOTES / "library"
    with tempfile.TemporaryDirectory() as scratch:
        if not folder.is_dir():
            folder = _copies_of_samples(Path(scratch) / "notes")
        files = list(folder.rglob("*.md"))
        size = sum(file.stat().st_size for file in files)
        print(f"{platform.platform()}, {os.cpu_count()} processors, Python {platform.python_version()}, SQLite")
        print(f"{len(files)} notes, {size / 1e6:.1f} MB, from {folder.name}; each figure is a whole process\n")
        environment = {
            **os.environ,
            "VAR_DIR": scratch,
            "DEBUG": "False",
            "DATABASE_URL": f"sqlite:///{scratch}/db.sqlite3",
        }
        _run(environment, "migrate", "--verbosity", "0")
        idle = statistics.median(_run(environment, "check")[0] for _ in range(3))
        _report("import, first time", len(files), idle, _run(environment, "import_notes", str(folder)))
        again = [_run(environment, "import_notes", str(folder)) for _ in range(3)]
        _report("import, unchanged (median of 3)", len(files), idle, sorted(again)[1])
        _report("export", len(files), idle, _run(environment, "export_notes", f"{scratch}/out"))
        _adopt(environment, len(files), idle)
        for title, script in (("findings by code", _FINDINGS), ("pages, in one process, median of 20", _PAGES)):
            print(f"\n{title}", flush=True)
            shell = [*MANAGE, "shell", "--no-imports", "--verbosity", "0", "-c", script]
            subprocess.run(shell, env=environment, check=True)
        _desk({**environment, "DATABASE_URL": f"sqlite:///{scratch}/desk.sqlite3"})


def _desk(environment: dict[str, str]) -> None:
    """The desk's lists with as much as a real library holds, in a database of their own."""
    print("\nthe desk at 10,000 episodes and 25,000 entities, in one process, median of 9", flush=True)
    _run(environment, "migrate", "--verbosity", "0")
    script = "from tests.bench_desk import main; main()"
    shell = [*MANAGE, "shell", "--no-imports", "--verbosity", "0", "-c", script]
    subprocess.run(shell, env=environment, check=True)


_FINDINGS = """
from django.db.models import Count
from episodes.models import Finding
rows = Finding.objects.values_list("origin", "code").annotate(n=Count("pk"), notes=Count("episode", distinct=True))
for origin, code, count, notes in rows.order_by("origin", "-n", "code"):
    print(f"  {count:6} in {notes:4} notes  {origin:6}  {code}")
"""

_PAGES = """
import statistics, time
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from episodes import derive
from episodes.models import Episode
settings.ALLOWED_HOSTS = ["testserver"]
Episode.objects.update(status="published", published_at=timezone.now())  # a scratch database, thrown away
longest = Episode.objects.order_by("-sections__text").first()
sizes = {e.pk: sum(len(t) for t in e.sections.values_list("text", flat=True)) for e in Episode.objects.all()}
ranked = sorted(sizes, key=sizes.get)
client = Client()
for label, key in (("median episode", ranked[len(ranked) // 2]), ("longest episode", ranked[-1])):
    episode = Episode.objects.get(pk=key)
    start = time.perf_counter(); derive.store_html(episode); made = time.perf_counter() - start
    paths = [(label, episode.get_absolute_url())]
    print(f"  {label}: {sizes[key]:,} characters, HTML made once in {made * 1000:.0f} ms")
    for name, path in paths + ([("home", "/"), ("episodes", "/episodes/"), ("entities", "/entities/")] if "long" in label else []):
        times = []
        for _ in range(20):
            start = time.perf_counter(); response = client.get(path, headers={"accept-encoding": "gzip"}); times.append(time.perf_counter() - start)
        with CaptureQueriesContext(connection, ) as queries:
            client.get(path)
        size = len(response.content) if not response.streaming else 0
        print(f"  {name:16} {response.status_code} {statistics.median(times) * 1000:7.1f} ms  {len(queries):2} queries  {size / 1000:7.1f} kB gzip")
"""  # noqa: E501 - one line of output each


def _run(environment: dict[str, str], *command: str) -> tuple[float, float]:
    """(seconds, peak memory in MB) of one manage.py command."""
    start = time.perf_counter()
    process = subprocess.Popen([*MANAGE, *command], env=environment, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_maxrss * unit / 1e6


def _adopt(environment: dict[str, str], notes: int, idle: float) -> None:
    """All of the library at once. HTML is drawn in a process for each core; the memory is that of the largest one."""
    owner = {**environment, "DJANGO_SUPERUSER_PASSWORD": "only-for-a-scratch-database"}
    _run(owner, "createsuperuser", "--noinput", "--username", "owner", "--email", "owner@example.org")
    adopt = ("adopt", "--all", "--as", "owner", "--reason", "bench")
    _report("adopt (memory: largest process)", notes, idle, _run(environment, *adopt))
    _report("adopt, again", notes, idle, _run(environment, *adopt))


def _report(label: str, notes: int, idle: float, measured: tuple[float, float]) -> None:
    seconds, memory = measured
    net = max(seconds - idle, 0.001)
    print(
        f"{label:32} {seconds:7.2f} s   {notes / seconds:7.0f} notes/s   "
        f"({notes / net:.0f}/s without the {idle:.2f} s of starting)   peak {memory:.0f} MB"
    )


def _copies_of_samples(folder: Path) -> Path:
    """Four hundred notes out of the samples, each with an address of its own."""
    folder.mkdir(parents=True)
    samples = sorted((ROOT / "fixtures" / "notes").glob("*.md"))
    for number in range(400):
        sample = samples[number % len(samples)]
        shutil.copyfile(sample, folder / f"{number:03}-{sample.name}")
        with (folder / f"{number:03}-{sample.name}").open("a") as file:
            file.write(f"\n\nCopy {number}.\n")
    return folder


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
