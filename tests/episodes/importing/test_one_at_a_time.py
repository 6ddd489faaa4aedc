"""One import at a time, and silence when nothing is new."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from episodes.importing import one_at_a_time as lock
from episodes.importing.one_at_a_time import AnotherImportRuns
from episodes.models import Note
from tests.shared import ROOT

NOTES = ROOT / "fixtures" / "notes"

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def on_disk(path):
    return SimpleNamespace(vendor="sqlite", settings_dict={"NAME": path}, is_in_memory_db=lambda: False)


@pytest.fixture
def database(tmp_path, monkeypatch):
    """A database on disk, as far as the lock is concerned."""
    path = tmp_path / "site.sqlite3"
    monkeypatch.setattr(lock, "connections", {"default": on_disk(path)})
    return path


def test_second_import_is_refused_until_first_ends(database):
    with lock.one_at_a_time(), pytest.raises(AnotherImportRuns), lock.one_at_a_time():
        pass
    with lock.one_at_a_time():
        pass


def test_lock_of_killed_process_is_free(database):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, f"{database}-import.lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(AnotherImportRuns), lock.one_at_a_time():
        pass
    holder.kill()
    holder.communicate()
    with lock.one_at_a_time():
        pass


@pytest.mark.django_db
def test_command_refuses_while_another_import_runs(database):
    with lock.one_at_a_time(), pytest.raises(CommandError, match="Another import is running"):
        call_command("import_notes", str(NOTES))
    assert not Note.objects.exists()


@pytest.mark.django_db
def test_quiet_import_is_silent_if_unchanged(capsys):
    call_command("import_notes", str(NOTES), "--quiet")
    assert "created" in capsys.readouterr().out
    call_command("import_notes", str(NOTES), "--quiet")
    assert capsys.readouterr() == ("", "")
