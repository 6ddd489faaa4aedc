"""loaddata and import_notes: notes in files, archives and streams, and one-line errors."""

import gzip
import io
import json
import sys
import zipfile

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from episodes.models import Episode, Note
from episodes.search import search
from tests import factories, samples

pytestmark = pytest.mark.django_db
BOMB = "a: &a [x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(8))


@pytest.fixture
def note(tmp_path):
    path = tmp_path / "note.md"
    path.write_bytes(samples.FRONT_MATTER.encode())
    return path


def refusal(command: str, *args: object) -> str:
    with pytest.raises(CommandError) as caught:
        call_command(command, *(str(arg) for arg in args), verbosity=0)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_installed_objects_are_notes(tmp_path, note, capsys):
    other = tmp_path / "other.md"
    other.write_text(samples.EPISODE_PAGE)
    call_command("loaddata", note, other)
    assert capsys.readouterr().out.strip() == "Installed 2 object(s) from 2 fixture(s)"
    assert set(Note.objects.values_list("name", "dialect")) == {
        ("note.md", "front_matter"),
        ("other.md", "episode_page"),
    }


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_stdin_keeps_every_byte(monkeypatch, newline):
    text = samples.FRONT_MATTER.replace("\n", newline)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    call_command("loaddata", "-", "--format", "md", verbosity=0)
    assert Note.objects.get().text == text


def test_packed_notes_keep_their_names(tmp_path):
    with gzip.open(tmp_path / "one.md.gz", "wb") as file:
        file.write(samples.FRONT_MATTER.encode())
    with zipfile.ZipFile(tmp_path / "two.md.zip", "w") as archive:
        archive.writestr("two.md", samples.EPISODE_PAGE)
    call_command("loaddata", tmp_path / "one.md.gz", tmp_path / "two.md.zip", verbosity=0)
    assert set(Note.objects.values_list("name", flat=True)) == {"one.md", "two.md"}


def test_names_with_dash_and_dots_load(tmp_path):
    for number, name in enumerate(["-dash.md", "a.b.c.md"]):
        (tmp_path / name).write_text(samples.FRONT_MATTER.replace("yJDv-zdhzMY", f"{number:011}"))
    call_command("loaddata", *sorted(tmp_path.iterdir()), verbosity=0)
    assert set(Note.objects.values_list("name", flat=True)) == {"-dash.md", "a.b.c.md"}


def test_json_fixtures_still_work(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"model": "episodes.episode", "pk": 1, "fields": {"title": "T", "slug": "t"}}]))
    call_command("loaddata", path, verbosity=0)
    assert Episode.objects.get().title == "T"


BAD = [
    ("latin.md", "Ünterhaltung".encode("latin-1"), ":1: byte 0xdc is not UTF-8. Save the file as UTF-8."),
    ("empty.md", b"", ":1: the file is empty. Leave it out, or write the note first."),
    ("image.md", b"\x89PNG\r\n\x1a\n\x00\x00", ":3: this is a binary file, not text. Give the note as UTF-8 text."),
]


@pytest.mark.parametrize(("name", "data", "expected"), BAD)
def test_binary_file_is_one_line_error(tmp_path, name, data, expected):
    path = tmp_path / name
    path.write_bytes(data)
    assert refusal("loaddata", path) == f"{path}{expected}"
    assert not Note.objects.exists()


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("---\ntitle: x\n\n### Body\n", 1, "never closed"),
        ("---\ntitle: x\nsummary: [a, b\ntags: y\n---\n", None, "quotes"),
        ('---\ntitle: "x" y\n---\n', 2, "quotes"),
        (f"---\n{BOMB}---\n", 2, "anchor"),
        ("---\n- a\n- b\n---\n", None, "key"),
    ],
)
def test_unreadable_front_matter_error_has_line(tmp_path, text, line, word):
    path = tmp_path / "note.md"
    path.write_text(text)
    message = refusal("loaddata", path)
    assert message.startswith(f"{path}:{line or ''}")
    assert word in message
    assert not Note.objects.exists()


def test_oversized_note_is_refused(tmp_path):
    path = tmp_path / "big.md"
    path.write_bytes(b"---\ntitle: x\n---\n" + b"x" * 50_000_000)
    assert "more than the 8,388,608 bytes a note may have" in refusal("loaddata", path)


def test_folder_and_missing_file_errors_differ(tmp_path):
    assert refusal("loaddata", tmp_path) == (
        f"{tmp_path}: this is a folder. Load it with `manage.py import_notes {tmp_path}`."
    )
    missing = tmp_path / "missing.md"
    assert refusal("loaddata", missing) == f"{missing}: there is no such file. Give the path of a note."


def test_one_bad_note_rolls_back_all(tmp_path, note):
    bad = tmp_path / "zzz.md"
    bad.write_text("---\ntitle: x\n")
    assert str(bad) in refusal("loaddata", note, bad)
    assert not Episode.objects.exists()


def test_duplicate_slug_is_refused(tmp_path):
    for number in range(2):
        text = samples.FRONT_MATTER.replace("title:", "slug: engines\ntitle:").replace("yJDv-zdhzMY", f"{number:011}")
        (tmp_path / f"{number}.md").write_text(text)
    message = refusal("loaddata", tmp_path / "0.md", tmp_path / "1.md")
    assert message.startswith(f"{tmp_path / '1.md'}:1: another episode has the slug 'engines' already.")
    assert not Episode.objects.exists()


# --- import_notes


def test_folders_and_zips_are_imported(tmp_path, capsys):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "a.md").write_text(samples.FRONT_MATTER)
    (tmp_path / "in" / "bad.md").write_text("---\ntitle: x\n")
    (tmp_path / "in" / "other.txt").write_text("no note")
    (tmp_path / "in" / ".hidden.md").write_text("no note")
    with zipfile.ZipFile(tmp_path / "in" / "many.zip", "w") as archive:
        archive.writestr("b.md", samples.EPISODE_PAGE)
        archive.writestr("../c.md", samples.FRONT_MATTER.replace("yJDv-zdhzMY", "ccccccccccc"))
    report = tmp_path / "report.json"
    with pytest.raises(CommandError) as caught:
        call_command("import_notes", str(tmp_path / "in"), "--report", str(report))
    assert str(caught.value) == "1 of 4 notes failed; the lines above say why."
    out = capsys.readouterr()
    assert out.out.splitlines() == [
        "1 files are no notes and were left out: 1 .txt.",
        "4 notes: 3 created, 1 failed.",
    ]
    assert out.err.strip().startswith(f"{tmp_path}/in/bad.md:1: ")
    assert [(row["path"].removeprefix(str(tmp_path)), row["outcome"]) for row in json.loads(report.read_text())] == [
        ("/in/bad.md", "failed"),
        ("/in/deep/a.md", "created"),
        ("/in/many.zip/b.md", "created"),
        ("/in/many.zip/c.md", "created"),
    ]
    assert set(Note.objects.values_list("name", flat=True)) == {"deep/a.md", "many/b.md", "many/c.md"}


def test_dry_run_reports_and_writes_nothing(note, capsys):
    call_command("import_notes", str(note), "--dry-run")
    assert capsys.readouterr().out.strip() == "1 notes: 1 created. Nothing was written: --dry-run."
    assert not Episode.objects.exists()


def test_second_run_needs_one_query(note, django_assert_num_queries):
    call_command("import_notes", str(note), verbosity=0)
    # 1 query: which of these digests are known. No transaction is opened. PostgreSQL has the lock of imports in two.
    with django_assert_num_queries(factories.by_database(1, 3)):
        call_command("import_notes", str(note), verbosity=0)


def test_missing_path_is_reported(tmp_path, capsys):
    with pytest.raises(CommandError):
        call_command("import_notes", str(tmp_path / "missing.md"))
    assert "there is no such file" in capsys.readouterr().err


def test_folder_without_notes_is_refused(tmp_path):
    assert (
        refusal("import_notes", tmp_path)
        == "There is no note in what was given. A note's name ends in .md or .markdown."
    )


def test_compressed_note_bomb_is_refused(tmp_path, settings, capsys):
    settings.NOTE_MAX_BYTES = 1000
    with gzip.open(tmp_path / "bomb.md.gz", "wb") as file:
        file.write(b"x" * 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.md", b"x" * 1_000_000)
    with pytest.raises(CommandError):
        call_command("import_notes", str(tmp_path))
    assert capsys.readouterr().err.count("the file has more than the 1,000 bytes a note may have.") == 2


@pytest.mark.parametrize("command", ["loaddata", "import_notes"])
def test_loaded_note_is_found_by_search(command, note):
    call_command(command, str(note), verbosity=0)
    title = Episode.objects.get().title
    assert [hit.episode.title for hit in search(title, public=False).hits] == [title]
    assert search(title).total == 0
