"""The command `restore` and the instructions of docs/backup.md, in real processes."""

import os
import re
import stat
import subprocess

import pytest
from django.core.management.base import CommandError
from django.db import OperationalError

from episodes.management.errors import errors_in_one_line
from tests.episodes.backup.sites import ENGINES, refused, require_engine
from tests.shared import ROOT

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("once")]

DOCUMENT = (ROOT / "docs" / "backup.md").read_text()
COUNT = "from episodes.models import Episode; print(Episode.objects.count())"


def test_check_works_on_nonempty_site(library):
    site, before, file = library("sqlite")
    assert site.manage("restore", "--check", file).startswith(f"{file} is whole: ")
    assert site.rows() == before["rows"]


def test_restore_into_its_own_site_is_refused(library):
    site, before, file = library("sqlite")
    assert "This site is not empty: it has rows of people.Speaker." in refused(site.run("restore", file))
    assert site.rows() == before["rows"]


@pytest.mark.parametrize("engine", ENGINES)
def test_unmigrated_site_is_refused(sites, library, engine):
    require_engine(engine)
    _site, _before, file = library("sqlite")
    bare = sites.bare(engine)
    assert "Run `manage.py migrate` first." in refused(bare.run("restore", file))
    assert "Run `manage.py migrate` first." in refused(bare.run("backup", bare.folder / "b.zip"))
    assert bare.files() == {}


def test_restored_files_are_private(sites, library):
    _site, before, file = library("sqlite")
    copy = sites.new()
    assert re.fullmatch(
        r"Restored \d+ rows and 2 uploads of \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d UTC\.\n\d+ episodes indexed\.\n"
        r"\d+ episodes rendered again\.\n",
        copy.manage("restore", file),
    )
    media = copy.folder / "media"
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in media.rglob("*") if path.is_file()} == {
        os.path.basename(name): 0o600 for name in before["files"]
    }
    assert {path.name for path in media.iterdir()} == {"episodes", "speakers"}


def test_values_refused_by_postgresql_are_reported_first(sites):
    require_engine("postgresql")
    site = sites.new()
    site.shell(
        "from episodes.models import Episode; Episode.objects.create(slug='a', summary='x\\0y', title='t' * 600)"
    )
    site.manage("backup", site.folder / "b.zip")
    target, copy = sites.new("postgresql"), sites.new()
    assert refused(target.run("restore", site.folder / "b.zip")) == (
        "BackupError: This does not fit into the database: "
        "episodes.Episode 1: title has 600 characters, and only 500 fit; "
        "episodes.Episode 1: summary holds a NUL character. "
        "Correct it on the old site and back it up again."
    )
    assert target.shell(COUNT) == "0\n"
    # SQLite accepts the values it has stored.
    copy.manage("restore", site.folder / "b.zip")
    assert copy.rows()["episodes.Episode"] == site.rows()["episodes.Episode"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OperationalError("database is locked\nLINE 1"),
            "The database answers: database is locked. Nothing was written.",
        ),
        (OperationalError(), "The database answers: OperationalError. Nothing was written."),
        (OSError(28, "No space left on device", "/x"), "/x: No space left on device. Nothing was written."),
        (KeyboardInterrupt(), "Interrupted."),
    ],
)
def test_errors_of_commands_are_one_sentence(error, sentence):
    expected = pytest.raises(CommandError)
    with expected as caught, errors_in_one_line("Nothing was written.", interrupted="Interrupted."):
        raise error
    assert str(caught.value) == sentence


# --- docs/backup.md


def blocks(kind: str = "") -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    return [text for name, text in found if name == kind]


def run_documented(commands: str, site, backups, **environment: str) -> subprocess.CompletedProcess:
    """Run commands of the document with temporary folders instead of /srv."""
    commands = commands.replace("/srv/backups", str(backups)).replace("/srv/greenroom-new", str(site.folder) + "-new")
    for name, value in environment.items():
        commands = commands.replace(name, value)
    return subprocess.run(
        ["sh", "-ec", commands], cwd=ROOT, env=site.environment, capture_output=True, text=True, timeout=300
    )


def test_documented_backup_and_restore_work(sites, library, tmp_path):
    site, _before, _file = library("sqlite")
    back_up, restore, _move = blocks()
    done = run_documented(back_up, site, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "greenroom.zip").exists()
    empty = sites.bare()
    done = run_documented(restore, empty, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert empty.shell(COUNT) == site.shell(COUNT)


def test_documented_move_to_postgresql_works(sites, library, tmp_path):
    require_engine("postgresql")
    site, _before, _file = library("sqlite")
    new = sites.bare("postgresql")
    address = {"postgres://user:password@host/name": new.database}
    done = run_documented(blocks()[2], site, tmp_path, **address)
    assert (done.returncode, done.stderr) == (0, "")
    assert new.shell(COUNT) == site.shell(COUNT)


def test_documented_cron_job_works(sites, tmp_path):
    (line,) = blocks("cron")
    (tmp_path / "environment").write_text("")
    (tmp_path / "greenroom-2020-01-01.zip").write_text("old")
    os.utime(tmp_path / "greenroom-2020-01-01.zip", (0, 0))
    # Without the five time fields of cron, and with % unescaped.
    command = line.split(maxsplit=5)[5].replace("\\%", "%").replace("cd /srv/greenroom &&", "")
    done = run_documented(command, sites.new(), tmp_path, **{"./environment": str(tmp_path / "environment")})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (made,) = tmp_path.glob("greenroom-*.zip")
    assert re.fullmatch(r"greenroom-20\d\d-\d\d-\d\d\.zip", made.name)
    assert made.name != "greenroom-2020-01-01.zip"
