"""make bench: figures of speed and memory, printed with machine and method. Nothing is asserted.

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
        print("\nfindings by code", flush=True)
        _inside(environment, _FINDINGS)
        print(f"\nthe pages of {len(files)} notes, in one process, medians", flush=True)
        _inside(environment, "from tests.bench.pages import main; main(enormous=True)")
        _large({**environment, "DATABASE_URL": f"sqlite:///{scratch}/large.sqlite3"})


def _inside(environment: dict[str, str], script: str) -> None:
    shell = [*MANAGE, "shell", "--no-imports", "--verbosity", "0", "-c", script]
    subprocess.run(shell, env=environment, check=True)


def _large(environment: dict[str, str]) -> None:
    """Measure the desk's lists and the public pages of a large library in a scratch database."""
    _run(environment, "migrate", "--verbosity", "0")
    print("\nthe desk at 10,000 episodes and 25,000 entities, in one process, median of 9", flush=True)
    _inside(environment, "from tests.bench.desk import main; main()")
    print("\nthe pages at 10,000 public episodes and 25,000 entities, in one process, medians", flush=True)
    _inside(environment, "from tests.bench.pages import main; main(everything=True)")


_FINDINGS = """
from django.db.models import Count
from episodes.models import Finding
rows = Finding.objects.values_list("origin", "code").annotate(n=Count("pk"), notes=Count("episode", distinct=True))
for origin, code, count, notes in rows.order_by("origin", "-n", "code"):
    print(f"  {count:6} in {notes:4} notes  {origin:6}  {code}")
"""


def _run(environment: dict[str, str], *command: str) -> tuple[float, float]:
    """Return (seconds, peak memory in MB) of one manage.py command."""
    start = time.perf_counter()
    process = subprocess.Popen([*MANAGE, *command], env=environment, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_maxrss * unit / 1e6


def _adopt(environment: dict[str, str], notes: int, idle: float) -> None:
    """Adopt the whole library. HTML is rendered in one process per core; the memory is that of the largest one."""
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
    """Write four hundred notes made from the samples, each with its own address."""
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
