"""Killed processes, a full disk, an unavailable database: nothing is half done, and commands can be run again."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes.site import PASSWORD, POSTGRESQL, Site, kill

pytestmark = pytest.mark.processes

NOTE = """---
title: Talk {number}
date: 2020-01-02
source: https://www.youtube.com/watch?v=vid{number:08d}
speaker: Ada Lovelace
tags: [engines]
---

### A part

{words}
"""
NOTES = 120
PUBLISHER = f"""
from django.contrib.auth.models import Group, User
owner = User.objects.create_user("owner", password="{PASSWORD}", is_staff=True)
owner.groups.set(Group.objects.all())
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(NOTES):
        words = " ".join(f"Word {number} of line {line}." for line in range(20))
        (folder / f"talk-{number:03d}.md").write_text(NOTE.format(number=number, words=words))
    return folder


def killed_after(process: subprocess.Popen, lines: int) -> None:
    """Kill a command after it has printed this many lines."""
    assert process.stdout is not None
    for _line in range(lines):
        assert process.stdout.readline(), "it ended before it could be killed"
    kill(process)


def test_killed_import_is_resumed(site: Site, notes: Path) -> None:
    killed_after(site.start("import_notes", str(notes), "--verbosity", "2"), 1)
    whole = site.count("Episode.objects.count()")
    assert 0 < whole < NOTES
    assert site.count("Note.objects.count()") == site.count("Section.objects.count()") == whole
    assert site.manage("import_notes", str(notes)).stdout.splitlines()[-1] == (
        f"{NOTES} notes: {NOTES - whole} created, {whole} unchanged."
    )


def test_killed_adoption_is_resumed(site: Site, notes: Path) -> None:
    site.python(PUBLISHER)
    adopt = ("adopt", str(notes), "--as", "owner", "--reason", "Public before", "--verbosity", "2")
    killed_after(site.start(*adopt), 1)
    public = site.count("Episode.objects.public().count()")
    assert 0 < public < NOTES or public == NOTES
    assert site.count("Decision.objects.count()") == public
    site.manage(*adopt)
    assert site.count("Episode.objects.public().count()") == NOTES
    assert site.count("Decision.objects.count()") == NOTES


def test_killed_publication_is_rolled_back(site: Site, notes: Path) -> None:
    site.python(PUBLISHER)
    site.manage("import_notes", str(notes / "talk-000.md"))
    site.python(
        "from django.contrib.auth.models import User\n"
        "from episodes.models import *\n"
        "from episodes.workflow import transition, Summary\n"
        "owner, episode = User.objects.get(), Episode.objects.get()\n"
        "transition(episode, 'in_review', owner)\n"
        "episode.summary = 'In short.'; episode.save()\n"
        "for row in [*episode.sections.all(), *episode.mentions.all()]: transition(row, 'accepted', owner)\n"
        "transition(Summary(Episode.objects.get()), 'accepted', owner)\n"
        "transition(Episode.objects.get(), 'approved', owner)\n"
    )
    before = site.count("Decision.objects.count()")
    with pytest.raises(AssertionError):
        site.python(
            "import os, signal\n"
            "from django.contrib.auth.models import User\n"
            "from episodes.models import *\n"
            "from episodes.workflow import transition\n"
            "def cut(*args, **kwargs): os.kill(os.getpid(), signal.SIGKILL)\n"
            "Snapshot.objects.bulk_create = cut\n"
            "transition(Episode.objects.get(), 'published', User.objects.get())\n"
        )
    assert site.count("Episode.objects.public().count()") == 0
    assert site.count("Snapshot.objects.count()") == 0
    assert site.count("Decision.objects.count()") == before
    site.python(
        "from django.contrib.auth.models import User\n"
        "from episodes.models import *\n"
        "from episodes.workflow import transition\n"
        "transition(Episode.objects.get(), 'published', User.objects.get())\n"
    )
    assert site.count("Episode.objects.public().count()") == 1


def test_full_disk_keeps_whole_notes(sqlite_site: Site, notes: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "site.sqlite3")) as database:
        # Pages that migrations left free would take the whole import.
        database.execute("VACUUM")
    # Half of what the write-ahead log takes for the import.
    limit = (tmp_path / "site.sqlite3").stat().st_size // 2

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = sqlite_site.manage("import_notes", str(notes), check=False, preexec_fn=full)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("CommandError: The database could not be written: ")
    with closing(sqlite3.connect(tmp_path / "site.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sqlite_site.count("Note.objects.count()") == sqlite_site.count("Episode.objects.count()")
    sqlite_site.manage("import_notes", str(notes))
    assert sqlite_site.count("Episode.objects.count()") == NOTES


def test_locked_database_is_waited_for(sqlite_site: Site, notes: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "site.sqlite3", check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        released = threading.Timer(4, other.rollback)
        released.start()
        started = time.monotonic()
        sqlite_site.manage("import_notes", str(notes / "talk-000.md"))
        released.join()
    assert time.monotonic() - started > 3
    assert sqlite_site.count("Episode.objects.count()") == 1


def test_read_only_database_is_one_line_error(postgresql_site: Site, notes: Path) -> None:
    site = postgresql_site
    site.env["PGOPTIONS"] = "-c default_transaction_read_only=on"
    done = site.manage("import_notes", str(notes), check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("CommandError: The database could not be written: ")
    del site.env["PGOPTIONS"]
    assert site.count("Episode.objects.count()") == 0


def test_missing_database_is_one_line_error(tmp_path: Path) -> None:
    address = POSTGRESQL.rpartition("/")[0] + "/no_such_database_here"
    done = Site(tmp_path, address).manage("import_notes", ".", check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_migrations_are_reversible_with_data(site: Site, notes: Path) -> None:
    site.python(PUBLISHER)
    site.manage("adopt", str(notes), "--as", "owner", "--reason", "Public before", "--verbosity", "0")
    site.manage("migrate", "episodes", "0005", "--verbosity", "0")
    site.manage("migrate", "--verbosity", "0")
    assert site.count("Episode.objects.public().count()") == NOTES
    assert site.manage("import_notes", str(notes)).stdout.splitlines()[-1] == f"{NOTES} notes: {NOTES} unchanged."
    assert site.manage("makemigrations", "--check", "--dry-run").returncode == 0


def children_of(process: subprocess.Popen) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def has_ended(pid: int) -> bool:
    """Wait until a process has ended; it may remain as a zombie that nobody reaps."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def test_killed_import_leaves_no_process_or_half(site: Site, notes: Path) -> None:
    process = site.start("import_notes", str(notes), "--verbosity", "2")
    assert process.stdout is not None
    assert process.stdout.readline()
    workers = children_of(process)
    kill(process)
    assert workers
    assert all(has_ended(pid) for pid in workers)
    whole = "Episode.objects.filter(notes__state='current', sections__isnull=False, appearances__isnull=False)"
    # By key: PostgreSQL compares no `json` columns.
    whole += ".values('pk')"
    assert site.count(f"{whole}.distinct().count()") == site.count("Episode.objects.count()")
    # The lock has ended with its process, and what is there already is not read again.
    site.manage("import_notes", str(notes), "--quiet")
    assert site.count(f"{whole}.distinct().count()") == NOTES
    again = site.manage("import_notes", str(notes), "--quiet")
    assert (again.stdout, again.stderr) == ("", "")
