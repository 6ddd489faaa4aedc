"""Content of a backup, and refusals to create one."""

import os
import signal
import sqlite3
import stat
import time
import zipfile
from contextlib import closing

import pytest

from episodes.backup.manifest import Manifest
from tests.episodes.backup.sites import ENGINES, refused, require_engine

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("once")]
# Writes two rows in one transaction, repeatedly: a view with only one of them is inconsistent.
PAIRS = """
from django.contrib.auth.models import User
from django.db import transaction
from episodes.models import Decision, Episode
from django.contrib.contenttypes.models import ContentType
by = User.objects.get_or_create(username="writer")[0]
kind = ContentType.objects.get_for_model(Episode)
number = 0
while True:
    number += 1
    with transaction.atomic():
        made = Episode.objects.create(title="Pair", slug=f"pair-{number}")
        Decision.objects.create(target_type=kind, target_id=made.pk, by=by, from_status="", to_status="draft")
    if number % 3 == 0:
        with transaction.atomic():
            Episode.objects.filter(pk=made.pk).delete()
            Decision.objects.filter(target_id=made.pk).delete()
    print(number, flush=True)
"""
COUNT = "from episodes.models import Decision as D, Episode as E; print(len(E.objects.all()), set(D.objects.values_list"
COUNT += "('target_id', flat=True)) == set(E.objects.values_list('pk', flat=True)))"


@pytest.fixture
def site(sites):
    return sites.new()


@pytest.mark.parametrize("engine", ENGINES)
def test_backup_while_others_write_is_consistent(sites, engine):
    require_engine(engine)
    site, copy = sites.new(engine), sites.new()
    writer = site.start("manage.py", "shell", "--no-imports", "-c", PAIRS)
    try:
        assert writer.stdout.readline()
        site.manage("backup", site.folder / "b.zip")
        assert writer.poll() is None
        written = int(writer.stdout.readline())
    finally:
        writer.kill()
        writer.communicate()
    assert written > 1
    copy.manage("restore", site.folder / "b.zip")
    episodes, paired = copy.shell(COUNT).split()
    assert int(episodes) > 0
    assert paired == "True"


def test_backup_is_readable_by_its_owner_only(library):
    _site, _before, file = library("sqlite")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.glob(".*")] == []


def test_manifest_lists_contents(library):
    _site, before, file = library("sqlite")
    with zipfile.ZipFile(file) as archive:
        manifest = Manifest.from_json(archive.read("manifest.json"))
        names = set(archive.namelist())
    assert {rows.model: rows.rows for rows in manifest.tables} == {
        label: len(rows) for label, rows in before["rows"].items() if label not in manifest.left_out
    }
    assert {upload.path for upload in manifest.uploads} == before["files"].keys()
    assert names == {"manifest.json", *(member.name for member in manifest.members)}
    assert manifest.engine == "sqlite"


def test_existing_file_needs_force(site):
    file = site.folder / "b.zip"
    file.write_text("precious")
    message = refused(site.run("backup", file))
    assert message == f"CommandError: {file} is there already. Name another file, or replace it with --force.".replace(
        "CommandError", "BackupError"
    )
    assert file.read_text() == "precious"
    site.manage("backup", file, "--force")
    assert zipfile.is_zipfile(file)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("", "is a folder"),
        ("missing/b.zip", "is no folder"),
        ("media/b.zip", "lies among the uploads"),
    ],
)
def test_invalid_target_path_is_refused(site, place, sentence):
    (site.folder / "media").mkdir()
    assert sentence in refused(site.run("backup", site.folder / place))
    assert site.files() == {}


def test_missing_upload_is_reported(site):
    site.shell("from people.models import Speaker; Speaker.objects.create(name='A', slug='a', photo='speakers/a.png')")
    done = site.run("backup", site.folder / "b.zip")
    assert done.returncode == 0
    assert done.stderr == ("Missing, and so not in the backup: the uploads speakers/a.png (people.Speaker 1).\n")


def test_table_without_app_is_reported(site):
    with closing(sqlite3.connect(site.folder / "greenroom.sqlite3")) as database:
        database.execute("CREATE TABLE old_plugin (x)")
    done = site.run("backup", site.folder / "b.zip")
    assert done.stderr == "Not in the backup, since no installed app has them: the tables old_plugin.\n"


def test_linked_folder_of_uploads_is_followed_once(sites, site, tmp_path):
    media = site.folder / "media"
    media.mkdir()
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "a.png").write_bytes(b"a")
    (media / "episodes").symlink_to(tmp_path / "disk")
    (media / "again").symlink_to(media)
    site.manage("backup", site.folder / "b.zip")
    copy = sites.new()
    copy.manage("restore", site.folder / "b.zip")
    assert {name: content for name, (content, _date) in copy.files().items()} == {"episodes/a.png": b"a"}
    assert not (copy.folder / "media" / "episodes").is_symlink()


def test_violated_constraint_is_refused(site):
    with closing(sqlite3.connect(site.folder / "greenroom.sqlite3")) as database, database:
        database.execute("INSERT INTO auth_user_groups (user_id, group_id) VALUES (99, 1)")
    assert "contradicts itself" in refused(site.run("backup", site.folder / "b.zip"))
    assert not (site.folder / "b.zip").exists()


def test_value_of_wrong_type_is_reported(site):
    site.shell("from episodes.models import Episode; Episode.objects.create(slug='a')")
    with closing(sqlite3.connect(site.folder / "greenroom.sqlite3")) as database, database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        database.execute("UPDATE episodes_episode SET version = 'x'")
    done = refused(site.run("backup", site.folder / "b.zip"))
    assert "episodes.Episode 1: version cannot be 'x'." in done


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM {} WHERE name LIKE '0005%'",
        "UPDATE {} SET name = '0999_later' WHERE name LIKE '0005%' AND app = 'episodes'",
    ],
)
def test_database_of_another_version_is_refused(site, change):
    with closing(sqlite3.connect(site.folder / "greenroom.sqlite3")) as database, database:
        database.execute(change.format("django_migrations"))
    assert "migration" in refused(site.run("backup", site.folder / "b.zip"))
    assert not (site.folder / "b.zip").exists()


# --- interruption


@pytest.fixture
def slow(site):
    """Return a site with a large upload, whose backup takes a while."""
    media = site.folder / "media"
    media.mkdir()
    with (media / "large.bin").open("wb") as file:
        file.truncate(3 << 30)
    return site


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 130)])
def test_interrupted_backup_leaves_no_file(slow, signum, status):
    before = set(os.listdir(slow.folder))
    command = slow.start("manage.py", "backup", slow.folder / "b.zip")
    deadline = time.monotonic() + 60
    while not list(slow.folder.glob(".b.zip.*/backup")) and time.monotonic() < deadline:
        time.sleep(0.02)
    command.send_signal(signum)
    _out, err = command.communicate(timeout=60)
    assert (command.returncode, err) == (status, "CommandError: Interrupted. Nothing was written.\n")
    assert set(os.listdir(slow.folder)) == before


def test_full_disk_leaves_no_file(site):
    """A limit on the size of files: the system fails as on a full disk."""
    site.manage("check")
    before = set(os.listdir(site.folder))
    media = site.folder / "media"
    media.mkdir()
    (media / "a.bin").write_bytes(b"x" * (4 << 20))
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20)); import signal; "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from django.core.management import execute_from_command_line; "
        "execute_from_command_line(sys.argv)"
    )
    command = site.start("-c", limited, "backup", site.folder / "b.zip")
    _out, err = command.communicate(timeout=60)
    assert command.returncode == 1
    assert err == "CommandError: File too large. Nothing was written.\n"
    assert set(os.listdir(site.folder)) == before | {"media"}
