"""The command `adopt`: files and libraries, repeated and interrupted runs, and one-line errors."""

import itertools
import json

import pytest
from django.core.management import CommandError, call_command

from episodes.management.commands import adopt
from episodes.models import Decision, Episode, Note, Snapshot
from episodes.workflow import snapshots
from tests import factories
from tests.episodes.importing.adoptions import (
    WHY,
    draft,
    note,
    public,
    refusal,
    rows_of,
    run,
)

pytestmark = pytest.mark.django_db


# --- files


def test_only_given_files_are_adopted(tmp_path, capsys):
    note(tmp_path / "in", "a")
    call_command("import_notes", str(tmp_path / "in"), verbosity=0)
    assert public() == set()
    note(tmp_path / "in", "b")
    other = draft()
    capsys.readouterr()
    run(tmp_path / "in")
    assert capsys.readouterr().out.strip() == "2 notes: 2 adopted."
    assert public() == set(Episode.objects.exclude(pk=other.pk))


def test_bad_file_does_not_stop_others(tmp_path, capsys):
    note(tmp_path / "in", "a")
    (tmp_path / "in" / "bad.md").write_text("---\ntitle: x\n")
    with pytest.raises(CommandError) as caught:
        run(tmp_path / "in", "--report", tmp_path / "report.json")
    assert str(caught.value) == "1 of 2 notes failed; the lines above say why."
    assert caught.value.returncode == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path}/in/bad.md:1: ")
    assert public() == set(Episode.objects.all())
    rows = json.loads((tmp_path / "report.json").read_text())
    assert {(row["path"].rsplit("/", 1)[1], row["outcome"]) for row in rows} == {
        ("a.md", "adopted"),
        ("bad.md", "failed"),
    }


def test_second_file_of_recording_is_left_alone(tmp_path):
    note(tmp_path / "in", "a")
    run(tmp_path / "in", verbosity=0)
    (tmp_path / "in" / "z.md").write_text((tmp_path / "in" / "a.md").read_text().replace("Opening", "Other"))
    for _run in range(2):
        rows = rows_of(tmp_path, tmp_path / "in")
        assert {(row["path"][-4:], row["outcome"]) for row in rows} == {
            ("a.md", "adopted-before"),
            ("z.md", "left-alone"),
        }
    assert Note.objects.filter(state="second").count() == 1


def test_dry_run_writes_nothing(tmp_path, capsys):
    note(tmp_path / "in", "a")
    run(tmp_path / "in", "--dry-run")
    assert capsys.readouterr().out.strip() == "1 notes: 1 adopted. Nothing was written: --dry-run."
    assert not Episode.objects.exists()
    made = draft()
    draft(aired_on=None)
    run("--all", "--dry-run")
    out = capsys.readouterr().out
    assert "2 notes: 1 adopted, 1 left-out. Nothing was written: --dry-run." in out
    assert "left-out (no-date)" in out
    made.refresh_from_db()
    assert (made.status, Decision.objects.count(), Snapshot.objects.count()) == ("draft", 0, 0)


# --- repeated and interrupted runs


def test_second_run_changes_nothing(tmp_path):
    draft()
    draft(aired_on=None)
    run("--all", verbosity=0)
    before = list(Episode.objects.order_by("pk").values())
    assert [row["outcome"] for row in rows_of(tmp_path, "--all")] == ["adopted-before", "left-out"]
    assert list(Episode.objects.order_by("pk").values()) == before
    assert (Decision.objects.count(), Snapshot.objects.count()) == (1, 1)


@pytest.fixture
def interrupted(monkeypatch) -> list[Episode]:
    """Interrupt the adoption of five drafts, in batches of two, at the end of the second batch."""
    calls = itertools.count(1)

    def take_all(*args, **options):
        taken = snapshots_as_ever(*args, **options)
        if next(calls) == 2:
            raise KeyboardInterrupt
        return taken

    snapshots_as_ever = snapshots.take_snapshots
    monkeypatch.setattr(snapshots, "take_snapshots", take_all)
    monkeypatch.setattr(adopt, "BATCH_SIZE", 2)
    return [draft() for _number in range(5)]


def test_interrupted_run_is_resumed(interrupted, tmp_path):
    with pytest.raises(CommandError) as caught:
        run("--all", "--report", tmp_path / "first.json", verbosity=0)
    assert str(caught.value) == "Interrupted. The same command again goes on from here."
    assert caught.value.returncode == 130
    assert public() == set(interrupted[:2])
    assert len(json.loads((tmp_path / "first.json").read_text())) == 2
    outcomes = [row["outcome"] for row in rows_of(tmp_path, "--all")]
    assert outcomes == ["adopted-before"] * 2 + ["adopted"] * 3
    assert public() == set(interrupted)
    assert Decision.objects.count() == Snapshot.objects.count() == 5


# --- arguments and permissions


def test_paths_and_all_are_exclusive(tmp_path):
    line = "Give the paths of notes, or --all for every draft in the library: one of the two."
    assert refusal("--as", "paul", "--reason", WHY) == line
    assert refusal(tmp_path, "--all", "--as", "paul", "--reason", WHY) == line


def test_folder_without_notes_is_refused(tmp_path):
    line = "There is no note in what was given. A note's name ends in .md or .markdown."
    assert refusal(tmp_path, "--as", "paul", "--reason", WHY) == line


@pytest.mark.parametrize("reason", [[], ["--reason", " "]])
def test_missing_reason_is_refused(reason):
    draft()
    assert refusal("--all", "--as", "paul", *reason).startswith("Say why: --reason ")
    assert public() == set()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("", "Say who publishes: --as USER, somebody of the group Publisher."),
        ("nobody", "There is no user 'nobody'. Make one with `manage.py createsuperuser`, or name another."),
        ("edith", "edith may not publish. Put this user into the group Publisher, or name another."),
        ("gone", "gone is switched off. Tick “active” for this user in the admin, or name another."),
        ("guest", "guest has no staff status. Tick it for this user in the admin, or name another."),
    ],
)
def test_user_without_permission_is_refused(name, line):
    factories.editor()
    factories.person("gone", "Publisher", is_active=False)
    guest = factories.person("guest", "Publisher")
    guest.is_staff = False
    guest.save()
    draft()
    assert refusal("--all", "--as", name, "--reason", WHY) == line
    assert public() == set()


@pytest.mark.parametrize("moment", ["soon", "2024-13-01", "2024-05-01T99:00", "2999-01-01"])
def test_invalid_or_future_date_is_refused(moment):
    assert refusal("--all", "--as", "paul", "--reason", WHY, "--published-at", moment).startswith(
        f"--published-at {moment}: this "
    )


def test_unknown_reason_to_include_is_refused():
    line = refusal("--all", "--as", "paul", "--reason", WHY, "--include", "ugly")
    assert line.startswith("--include ugly: no such reason. There are header-not-read, exclude, private, ")
