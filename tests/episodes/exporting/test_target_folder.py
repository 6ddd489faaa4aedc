"""`export_notes`: errors of one note do not stop the others, and nothing outside the folder is touched."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from episodes.exporting import exporter, note_files, target_folder
from episodes.exporting.file_names import folded
from episodes.exporting.note_files import LibraryExport, one_line
from episodes.exporting.target_folder import NotWritten, TargetFolder
from episodes.importing.loader import Loader
from episodes.models import Episode, Note, Section
from tests import factories, samples
from tests.shared import NOTES, require

pytestmark = pytest.mark.django_db


def text_of(name: str) -> str:
    return f"---\ntitle: About {abs(hash(name))}\n---\n\nText.\n"


def imported(*names: str) -> None:
    """Create one episode for each name, including names that file systems refuse."""
    for number, name in enumerate(names):
        key = Loader().load(f"{number}.md", text_of(name).encode()).episode_id
        Note.objects.filter(episode=key).update(name=name)
        Episode.objects.filter(pk=key).update(slug=f"slug-{number}")


def written(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def export_notes(folder: Path, *options: str) -> None:
    call_command("export_notes", str(folder), *options)


def refused(capsys, folder: Path, *options: str) -> list[str]:
    """Return the error lines of the export."""
    with pytest.raises(CommandError) as caught:
        export_notes(folder, *options)
    lines = capsys.readouterr().err.splitlines()
    assert str(caught.value) == f"{len(lines)} notes were not written; the lines above say why."
    return lines


@pytest.mark.parametrize(
    "name", ["a/b/x.md", "x" * 244 + ".md", "x" * 252 + ".md", "长" * 84 + ".md", "a\nb.md", "CON.md", "-x.md"]
)
def test_note_is_written_under_its_own_path(tmp_path, name):
    imported(name, "other.md")
    export_notes(tmp_path)
    assert written(tmp_path) == {name: text_of(name), "other.md": text_of("other.md")}


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (("y.md", "y.md/a.md"), ["y-slug-0.md", "y.md/a.md"]),
        (("y.md/a.md", "y.md"), ["y.md/a.md", "y-slug-1.md"]),
        (("../../x.md", "/x.md"), ["x.md", "x-slug-1.md"]),
        (("A.md", "a.md"), ["A.md", "a.md"]),
        (("..", ""), ["slug-0.md", "slug-1.md"]),
    ],
)
def test_note_with_invalid_name_is_renamed(tmp_path, capsys, names, files):
    imported(*names)
    export_notes(tmp_path / "in")
    assert written(tmp_path) == {f"in/{file}": text_of(name) for name, file in zip(names, files, strict=True)}
    renamed = [f"{name}: written as {file}" for name, file in zip(names, files, strict=True) if name != file]
    output = capsys.readouterr()
    assert output.out.splitlines() == [*renamed, f"2 notes written to {tmp_path}/in."]
    assert output.err == ""


def test_note_with_long_name_is_cut(tmp_path, capsys):
    imported("长" * 200 + ".md", "other.md")
    export_notes(tmp_path)
    (cut,) = set(written(tmp_path)) - {"other.md"}
    assert written(tmp_path)[cut] == text_of("长" * 200 + ".md")
    assert (cut[:80], cut[-3:]) == ("长" * 80, ".md")
    assert len(cut.encode()) <= 255
    assert capsys.readouterr().out.splitlines()[0].endswith(f": written as {cut}")


def test_names_differing_in_case_get_two_files(tmp_path, monkeypatch):
    monkeypatch.setattr(TargetFolder, "_folding", lambda self: folded)
    imported("A.md", "a.md")
    export_notes(tmp_path)
    assert written(tmp_path) == {"A.md": text_of("A.md"), "a-slug-1.md": text_of("a.md")}


def test_case_folding_is_detected(tmp_path, monkeypatch):
    with TargetFolder(tmp_path) as target:
        assert target.fold is str
    monkeypatch.setattr(TargetFolder, "_exists", lambda self, name: name.islower())
    with TargetFolder(tmp_path) as target:
        assert target.fold is folded
    assert list(tmp_path.iterdir()) == []


# --- errors of one note


def break_one(monkeypatch, error: Exception) -> Episode:
    """Create three episodes, of which the second raises while it is composed."""
    imported("a.md", "b.md", "c.md")
    broken = Episode.objects.get(notes__name="b.md")

    def compose(episode, note):
        if episode.pk == broken.pk:
            raise error
        return exporter.compose(episode, note)

    monkeypatch.setattr(note_files, "compose", compose)
    return broken


@pytest.mark.parametrize("error", [KeyError("leaves"), RecursionError("deep"), ValueError("two\nlines\x1b[31m")])
def test_unexpected_error_does_not_stop_others(tmp_path, capsys, monkeypatch, error):
    broken = break_one(monkeypatch, error)
    (line,) = refused(capsys, tmp_path)
    assert line.startswith(f"{tmp_path}/b.md (episode {broken.pk}): unexpected {type(error).__name__}: ")
    assert line.endswith("Run the export with --traceback to see where, and export it as JSON meanwhile.")
    assert "\x1b" not in line
    assert set(written(tmp_path)) == {"a.md", "c.md"}


def test_unexpected_error_is_raised_with_traceback(tmp_path, monkeypatch):
    break_one(monkeypatch, KeyError("leaves"))
    with pytest.raises(KeyError):
        call_command("export_notes", str(tmp_path), traceback=True)


def test_invalid_parsed_data_does_not_stop_others(tmp_path, capsys):
    imported("a.md", "b.md", "c.md")
    Note.objects.filter(name="b.md").update(parsed={"leaves": "?"}, dialect="lost")
    assert len(refused(capsys, tmp_path)) == 1
    assert set(written(tmp_path)) == {"a.md", "c.md"}


def test_unreadable_row_does_not_stop_others(tmp_path, capsys, monkeypatch):
    imported("a.md", "b.md", "c.md")
    broken, loaded = Episode.objects.get(notes__name="b.md"), note_files._loaded

    def odd(keys):
        if broken.pk in keys:
            raise ValueError("Invalid isoformat string")
        return loaded(keys)

    monkeypatch.setattr(note_files, "_loaded", odd)
    (line,) = refused(capsys, tmp_path)
    assert line.startswith(f"{tmp_path}/b.md (episode {broken.pk}): unexpected ValueError")
    assert set(written(tmp_path)) == {"a.md", "c.md"}


def test_unwritable_edit_does_not_stop_others(tmp_path, capsys):
    imported("a.md", "b.md", "c.md")
    broken = Episode.objects.get(notes__name="b.md")
    Section.objects.filter(episode=broken).update(text="One.\n\n### Two\n\nThree.")
    (line,) = refused(capsys, tmp_path)
    assert line.startswith(f"{tmp_path}/b.md (episode {broken.pk}): section ")
    assert line.endswith("Change it on the desk, or export it as JSON.")
    assert set(written(tmp_path)) == {"a.md", "c.md"}


def test_value_left_out_is_reported(tmp_path, capsys):
    imported("a.md")
    episode = Episode.objects.get()
    quote = factories.quote(episode, text="A sentence.")
    export_notes(tmp_path)
    said = f"left out: quote {quote.pk} has no place in this dialect: A sentence. `dumpdata --format json` has it."
    assert capsys.readouterr().err == f"{tmp_path}/a.md (episode {episode.pk}): {said}\n"
    assert written(tmp_path) == {"a.md": text_of("a.md")}


# --- the folder


def test_links_in_folder_are_not_followed(tmp_path, capsys):
    imported("a/x.md", "b.md", "c.md", "d/y.md")
    outside, target = tmp_path / "outside", tmp_path / "in"
    outside.mkdir()
    target.mkdir()
    (outside / "b.md").write_text(text_of("b.md"))
    (target / "a").symlink_to(outside)
    (target / "b.md").symlink_to(outside / "b.md")
    (target / "c.md").symlink_to(outside / "nowhere.md")
    lines = refused(capsys, target)
    assert [line.partition(" (")[0] for line in lines] == [f"{target}/{name}" for name in ("a/x.md", "b.md", "c.md")]
    assert all("is a link" in line or "a link." in line for line in lines)
    assert written(outside) == {"b.md": text_of("b.md")}
    assert (target / "d/y.md").read_text() == text_of("d/y.md")
    assert (target / "b.md").is_symlink()


def test_folder_itself_may_be_link(tmp_path):
    imported("a.md")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    export_notes(tmp_path / "link")
    assert written(tmp_path / "real") == {"a.md": text_of("a.md")}


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: os.mkfifo(path)])
def test_other_file_types_are_not_replaced(tmp_path, capsys, make):
    imported("a.md", "b.md")
    make(tmp_path / "a.md")
    (line,) = refused(capsys, tmp_path)
    assert line.startswith(f"{tmp_path}/a.md (episode ")
    assert line.endswith("Move it, or export elsewhere.")
    assert not (tmp_path / "a.md").is_file()
    assert (tmp_path / "b.md").is_file()


def test_file_in_place_of_folder_is_kept(tmp_path, capsys):
    imported("a/x.md", "b.md")
    (tmp_path / "a").write_text("mine")
    (line,) = refused(capsys, tmp_path)
    assert "there is a file named a where a folder is needed" in line
    assert written(tmp_path) == {"a": "mine", "b.md": text_of("b.md")}


@pytest.mark.parametrize(
    ("code", "remedy"),
    [(errno.ENOSPC, "Make room there"), (errno.EROFS, "right to write"), (errno.EIO, "another folder")],
)
def test_write_error_leaves_no_partial_file(tmp_path, capsys, monkeypatch, code, remedy):
    imported("a.md", "b.md", "c.md")
    (tmp_path / "b.md").write_text(text_of("b.md"))
    Episode.objects.filter(notes__name="b.md").update(title="New")
    replace = os.replace

    def full(source, name, **folders):
        if name == "b.md":
            raise OSError(code, os.strerror(code))
        replace(source, name, **folders)

    monkeypatch.setattr(target_folder.os, "replace", full)
    (line,) = refused(capsys, tmp_path)
    assert remedy in line
    assert written(tmp_path) == {name: text_of(name) for name in ("a.md", "b.md", "c.md")}


def test_full_disk_keeps_whole_files(tmp_path):
    """A limit on the size of files stops the write of a long note after its first half."""
    resource = pytest.importorskip("resource")
    with TargetFolder(tmp_path) as target:
        target.put("b.md", b"old", set())
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
        try:
            with pytest.raises(NotWritten, match="Make room"):
                target.put("b.md", b"x" * 10_000, {note_files.file_names.hashlib.sha256(b"old").hexdigest()})
            target.put("c.md", b"short", set())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, handler)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b.md": b"old", "c.md": b"short"}


def test_leftover_of_killed_export_is_removed(tmp_path):
    imported("a.md")
    (tmp_path / target_folder.PARTIAL).write_text("half")
    export_notes(tmp_path)
    assert written(tmp_path) == {"a.md": text_of("a.md")}


def test_concurrent_export_into_folder_is_refused(tmp_path):
    with TargetFolder(tmp_path), pytest.raises(CommandError, match="another export is writing to it"):
        export_notes(tmp_path)


@pytest.mark.parametrize("name", ["file", "file/below", "x" * 300])
def test_invalid_folder_is_refused(tmp_path, name):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CommandError) as caught:
        export_notes(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert written(tmp_path) == {"file": "mine"}


def test_export_exits_with_status_one(tmp_path):
    """Run the command in a process: without a readable database it prints one line."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3", "VAR_DIR": str(tmp_path / "var")}
    command = [sys.executable, "manage.py", "export_notes", str(tmp_path / "out")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("CommandError: The database cannot be read")


# --- queries and the whole library


def test_query_count_is_independent_of_notes(tmp_path, django_assert_max_num_queries):
    for number in range(20):
        text = samples.EPISODE_PAGE.replace("Episode 7", f"Episode {number}")
        Loader().load(f"{number}.md", f"{text}\n{number}\n".encode())
    # 17 queries: the three lists of names; then, for up to fifty episodes, the episodes, nine relations, the aliases,
    # the notes, the digests.
    with django_assert_max_num_queries(17):
        export_notes(tmp_path)
    assert len(written(tmp_path)) == 20


def test_changed_option_skips_untouched_notes(tmp_path):
    require(NOTES.is_dir(), f"the real notes are not at {NOTES}")
    paths = [*(NOTES / "seeds").glob("*.md"), *sorted((NOTES / "library").rglob("*.md"))[::20]]
    call_command("import_notes", *map(str, paths), verbosity=0)
    export_notes(tmp_path / "changed", "--changed")
    assert written(tmp_path / "changed") == {}
    export_notes(tmp_path / "all")
    kept = {path.read_bytes() for path in paths}
    assert {path.read_bytes() for path in (tmp_path / "all").rglob("*.md")} == kept


@pytest.mark.parametrize(
    ("text", "line"), [("a\nb", "a b"), ("a\x1bb", "a\\u001bb"), ("a\u202eb", "a\\u202eb"), ("中 文", "中 文")]
)
def test_message_is_one_line(text, line):
    assert one_line(text) == line


def test_episode_without_note_uses_slug(tmp_path):
    episode = factories.episode(title="Made here")
    with TargetFolder(tmp_path) as target:
        assert [str(event.kind) for event in LibraryExport(target).run()] == ["written"]
    assert set(written(tmp_path)) == {f"{episode.slug}.md"}
