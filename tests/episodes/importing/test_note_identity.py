"""Identity of notes: by path, then by digest, then by recording."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from episodes import workflow
from episodes.importing.loader import Loader, Outcome
from episodes.models import Episode, Finding, Note
from tests import factories, samples

pytestmark = pytest.mark.django_db

BODY = "".join(f"\nParagraph {n} of this talk, which says something of its own.\n" for n in range(12))


def text(title: str = "On engines", video: str = "aaaaaaaaaaa", body: str = BODY) -> str:
    source = f"source: https://www.youtube.com/watch?v={video}\n" if video else ""
    return f"---\ntitle: {title}\ndate: 2024-01-02\n{source}---\n{body}"


def other_body() -> str:
    return BODY.replace("Paragraph", "Another thought,").replace("talk", "lecture")


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "notes"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def run(folder: Path, capsys) -> str:
    """Import the folder and return the last line of the output."""
    capsys.readouterr()
    call_command("import_notes", str(folder))
    return capsys.readouterr().out.splitlines()[-1]


def notes() -> list[tuple[str, str, int]]:
    """Return (path, state, rank of its episode) of every note that is not superseded."""
    keys = list(Episode.objects.library().order_by("pk").values_list("pk", flat=True))
    rows = Note.objects.exclude(state="superseded").order_by("name", "state")
    return [(note.name, note.state, keys.index(note.episode.revises_id or note.episode_id)) for note in rows]


def codes() -> list[str]:
    return sorted(Finding.objects.open().filter(origin="import").values_list("code", flat=True))


# --- two files


def test_equal_names_in_folders_are_separate(folder, capsys):
    write(folder, {"a/x.md": text(), "b/x.md": text(body=other_body())})
    assert run(folder, capsys) == "2 notes: 1 created, 1 waiting."
    assert notes() == [("a/x.md", "current", 0), ("b/x.md", "second", 0)]
    assert codes() == ["second-file"]
    for _again in range(3):
        assert run(folder, capsys) == "2 notes: 2 unchanged."
    assert notes() == [("a/x.md", "current", 0), ("b/x.md", "second", 0)]


def test_equal_names_in_folders_are_exported(folder, tmp_path, capsys):
    write(folder, {"a/x.md": text(), "b/x.md": text(body=other_body())})
    run(folder, capsys)
    call_command("export_notes", str(tmp_path / "out"))
    written = sorted(path.read_text() for path in (tmp_path / "out").rglob("*.md"))
    assert written == sorted([text(), text(body=other_body())])


def test_copied_file_is_second_file(folder, capsys):
    write(folder, {"a/x.md": text(), "b/y.md": text()})
    assert run(folder, capsys) == "2 notes: 1 created, 1 waiting."
    assert run(folder, capsys) == "2 notes: 2 unchanged."
    assert notes() == [("a/x.md", "current", 0), ("b/y.md", "second", 0)]


def test_page_bundle_is_one_episode(folder, capsys):
    files = {f"{name}/index.md": text("", "", f"\nWords of {name}.\n") for name in ("one", "two", "three", "four")}
    write(folder, files)
    assert run(folder, capsys) == "4 notes: 4 created."
    assert set(Episode.objects.values_list("slug", flat=True)) == {"one", "two", "three", "four"}
    write(folder, {name: content + "\nMore.\n" for name, content in files.items()})
    assert run(folder, capsys) == "4 notes: 4 updated."
    assert run(folder, capsys) == "4 notes: 4 unchanged."


def test_single_bundle_keeps_folder_name(tmp_path, capsys):
    for name in ("one", "two"):
        write(tmp_path / name, {"index.md": text("", "", f"\nWords of {name}.\n")})
        assert run(tmp_path / name, capsys) == "1 notes: 1 created."
    assert [name for name, *_ in notes()] == ["one/index.md", "two/index.md"]
    assert run(tmp_path, capsys) == "2 notes: 2 unchanged."


def test_readme_beside_notes_keeps_name(folder, capsys):
    write(folder, {"README.md": text("Read me", ""), "x.md": text()})
    run(folder, capsys)
    assert [name for name, *_ in notes()] == ["README.md", "x.md"]


def test_equal_names_of_roots_are_separate(tmp_path, capsys):
    write(tmp_path, {"one/x.md": text(video=""), "two/x.md": text("Other", "", other_body())})
    call_command("import_notes", str(tmp_path / "one"), str(tmp_path / "two"))
    assert [name for name, *_ in notes()] == ["one/x.md", "two/x.md"]
    call_command("import_notes", str(tmp_path / "two"), str(tmp_path / "one"))
    assert capsys.readouterr().out.splitlines()[-1] == "2 notes: 2 unchanged."


def test_file_given_twice_is_one_note(folder, capsys):
    write(folder, {"x.md": text()})
    call_command("import_notes", str(folder), str(folder / "x.md"))
    assert Episode.objects.count() == 1
    assert notes() == [("x.md", "current", 0)]


# --- same path


def test_source_corrected_on_desk_keeps_file(folder, capsys):
    write(folder, {"x.md": text()})
    run(folder, capsys)
    Episode.objects.update(source_url="https://www.youtube.com/watch?v=bbbbbbbbbbb")
    write(folder, {"x.md": text(body=BODY + "\nOne more.\n")})
    assert run(folder, capsys) == "1 notes: 1 updated."
    assert Episode.objects.get().source_url.endswith("bbbbbbbbbbb")
    assert notes() == [("x.md", "current", 0)]


@pytest.mark.parametrize("video", ["bbbbbbbbbbb", ""])
def test_source_changed_in_file_updates_episode(folder, capsys, video):
    write(folder, {"x.md": text()})
    run(folder, capsys)
    write(folder, {"x.md": text(video=video)})
    assert run(folder, capsys) == "1 notes: 1 updated."
    assert Episode.objects.get().source_url == (f"https://www.youtube.com/watch?v={video}" if video else "")
    assert run(folder, capsys) == "1 notes: 1 unchanged."


def test_changed_language_keeps_episode(folder, capsys):
    write(folder, {"x.md": text()})
    run(folder, capsys)
    assert Episode.objects.get().language == "en"
    write(folder, {"x.md": text(body="\n这是一段用中文写成的开场白，足够长，好让人看出它的语言。\n" * 30 + BODY)})
    assert run(folder, capsys) == "1 notes: 1 updated."
    assert Episode.objects.get().language == "zh-Hans"


def test_language_set_on_desk_is_kept(folder, capsys):
    write(folder, {"x.md": text()})
    run(folder, capsys)
    Episode.objects.update(language="zh-Hant")
    write(folder, {"x.md": text(body="\n这是一段用中文写成的开场白，足够长，好让人看出它的语言。\n" * 30 + BODY)})
    assert run(folder, capsys) == "1 notes: 1 updated."
    assert Episode.objects.get().language == "zh-Hant"


def test_retitled_sourceless_note_keeps_episode(folder, capsys):
    write(folder, {"x.md": text(video="", body="\nShort.\n")})
    run(folder, capsys)
    write(folder, {"x.md": text("Another title", "", "\nBrief.\n")})
    assert run(folder, capsys) == "1 notes: 1 updated."


@pytest.mark.parametrize("video", ["bbbbbbbbbbb", ""])
def test_path_with_other_recording_is_new(folder, capsys, video):
    write(folder, {"x.md": text()})
    run(folder, capsys)
    first = Episode.objects.get()
    write(folder, {"x.md": text("On looms", video, other_body())})
    assert run(folder, capsys) == "1 notes: 1 created."
    second = Episode.objects.exclude(pk=first.pk).get()
    assert (first.title, second.title) == ("On engines", "On looms")
    found = {finding.episode: finding.message for finding in Finding.objects.filter(code="file-replaced")}
    assert set(found) == {first, second}
    assert "On looms" in found[first]
    assert run(folder, capsys) == "1 notes: 1 unchanged."
    write(folder, {"x.md": text("On looms", video, other_body() + "\nMore.\n")})
    assert run(folder, capsys) == "1 notes: 1 updated."
    assert Episode.objects.count() == 2


def test_reused_path_keeps_public_episode(folder, capsys):
    write(folder, {"x.md": text()})
    run(folder, capsys)
    first = Episode.objects.get()
    workflow.adopt_all([first], factories.publisher(), "Public before", {first.pk: timezone.now()})
    write(folder, {"x.md": text("On looms", "bbbbbbbbbbb", other_body())})
    assert run(folder, capsys) == "1 notes: 1 created."
    assert set(Episode.objects.public()) == {first}
    assert not Episode.objects.working().exists()


# --- moved files


def test_moved_file_is_renamed(folder, capsys):
    write(folder, {"old.md": text()})
    run(folder, capsys)
    os.renames(folder / "old.md", folder / "sub" / "new.md")
    assert run(folder, capsys) == "1 notes: 1 unchanged."
    assert notes() == [("sub/new.md", "current", 0)]
    write(folder, {"sub/new.md": text("New title", "bbbbbbbbbbb")})
    assert run(folder, capsys) == "1 notes: 1 updated."
    assert Episode.objects.count() == 1


def test_moved_and_changed_file_is_second(folder, capsys):
    write(folder, {"old.md": text()})
    run(folder, capsys)
    os.renames(folder / "old.md", folder / "new.md")
    write(folder, {"new.md": text(body=BODY + "\nMore.\n")})
    assert run(folder, capsys) == "1 notes: 1 waiting."
    assert notes() == [("new.md", "second", 0), ("old.md", "current", 0)]
    assert "moved and changed" in Finding.objects.get(code="second-file").message
    assert run(folder, capsys) == "1 notes: 1 unchanged."


def test_new_file_at_old_path_is_new(folder, capsys):
    write(folder, {"old.md": text(video="")})
    run(folder, capsys)
    os.renames(folder / "old.md", folder / "new.md")
    assert run(folder, capsys) == "1 notes: 1 unchanged."
    write(folder, {"old.md": text("On looms", "", other_body())})
    assert run(folder, capsys) == "2 notes: 1 created, 1 unchanged."
    assert sorted(Episode.objects.values_list("source_id", flat=True)) == ["note:old.md", "note:old.md#2"]
    assert run(folder, capsys) == "2 notes: 2 unchanged."


def test_bare_names_match_below_folder(folder, capsys):
    write(folder, {"2024/a.md": text(), "2024/b.md": text("On looms", "bbbbbbbbbbb", other_body())})
    for path in sorted(folder.rglob("*.md")):
        call_command("loaddata", str(path), verbosity=0)
    assert [name for name, *_ in notes()] == ["a.md", "b.md"]
    assert run(folder, capsys) == "2 notes: 2 unchanged."
    assert [name for name, *_ in notes()] == ["2024/a.md", "2024/b.md"]
    assert run(folder / "2024", capsys) == "2 notes: 2 unchanged."
    write(folder, {"2024/a.md": text(body=BODY + "\nMore.\n")})
    assert run(folder, capsys) == "2 notes: 1 updated, 1 unchanged."
    assert Episode.objects.count() == 2


def test_ambiguous_bare_name_is_refused(folder, capsys):
    write(folder, {"a/x.md": text(video=""), "b/x.md": text("On engines", "", other_body())})
    run(folder, capsys)
    write(folder, {"x/x.md": text(video="", body=BODY + "\nMore.\n")})
    with pytest.raises(CommandError) as caught:
        call_command("loaddata", str(folder / "x" / "x.md"), verbosity=0)
    assert str(caught.value).endswith(
        "x.md:1: several notes may be this one: a/x.md, b/x.md. Import the folder that holds them all."
    )
    assert Note.objects.count() == 2


# --- new versions of second files


def test_new_version_of_second_reopens_finding(folder, capsys):
    write(folder, {"a/x.md": text(), "b/x.md": text(body=other_body())})
    run(folder, capsys)
    workflow.transition(Finding.objects.get(code="second-file"), "resolved", factories.verifier())
    write(folder, {"b/x.md": text(body=other_body() + "\nMore.\n")})
    assert run(folder, capsys) == "2 notes: 1 unchanged, 1 waiting."
    assert codes() == ["second-file"]
    assert notes() == [("a/x.md", "current", 0), ("b/x.md", "second", 0)]


# --- contents of folders and zips


def test_other_and_system_files_are_skipped(folder, capsys):
    write(
        folder, {"a.MD": text(), "b.markdown": text(video="bbbbbbbbbbb", title="B"), "c.txt": "no note", ".d.md": "x"}
    )
    with zipfile.ZipFile(folder / "z.ZIP", "w") as archive:
        archive.writestr("__MACOSX/._e.md", "Mac")
        archive.writestr("deep\\e.md", text(video="eeeeeeeeeee", title="E"))
        archive.writestr("picture.png", "no note")
    capsys.readouterr()
    call_command("import_notes", str(folder))
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["2 files are no notes and were left out: 1 .txt, 1 .png.", "3 notes: 3 created."]
    assert [name for name, *_ in notes()] == ["a.MD", "b.markdown", "z/deep/e.md"]


def test_chinese_names_in_windows_zip_decode(tmp_path):
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ab.md", text())
    path.write_bytes(path.read_bytes().replace(b"ab.md", "甲.md".encode("gb18030")))
    call_command("import_notes", str(path), verbosity=0)
    assert notes() == [("甲.md", "current", 0)]


def test_unicode_normal_forms_are_one_path():
    loader = Loader()
    assert loader.load("caf\u00e9.md", text().encode()).outcome == Outcome.CREATED
    changed = text(body=BODY + "\nMore.\n").encode()
    assert loader.load("cafe\u0301.md", changed).outcome == Outcome.UPDATED


def test_too_long_path_is_refused():
    with pytest.raises(Exception, match="its path has 504 characters, and 500 are kept"):
        Loader().load("a/" * 250 + "x.md", samples.FRONT_MATTER.encode())
