"""manage.py check_notes: files outside the library, the whole library, output as lines and JSON, refusals."""

import json
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from episodes.importing.loader import Loader
from episodes.models import Decision, Episode, Finding, Note
from people.models import Entity, Speaker
from tests import factories

pytestmark = pytest.mark.django_db

NOTE = """---
title: 机器与织布机
date: soon
source: https://www.youtube.com/watch?v=abcdefghijk
speaker: Ada
summary: 谈**机器**。
people:
  - 韩梅梅
---

### 开始

机器来了。

他买了织布机（疑为纺车）。
"""
WITHOUT_A_TITLE = (
    "---\ntitle:\nsource: https://www.youtube.com/watch?v=abcdefghij2\nspeaker: Ada\nsummary: s\n---\n\nx.\n"
)
LINES = [
    "n.md:3: warning date-unreadable `date` is no date: soon",
    "n.md:6: info summary-markdown The summary contains Markdown. Lists and feeds show it unformatted.",
    "n.md:8: info person-not-in-text 韩梅梅 is listed but never named in the text.",
    "n.md:15: info doubt The transcriber was not sure: “他买了织布机（疑为纺车）”.",
    "4 findings: 1 warning, 3 info.",
]


def write(folder, name="n.md", text=NOTE):
    path = folder / name
    path.write_text(text)
    return str(path)


def lines(folder, capsys):
    return [line.removeprefix(f"{folder}/") for line in capsys.readouterr().out.splitlines()]


def counts():
    return [model.objects.count() for model in (Episode, Note, Finding, Decision, Entity, Speaker)]


def test_file_is_checked_without_writing(tmp_path, capsys):
    before = counts()
    with CaptureQueriesContext(connection) as queries:
        call_command("check_notes", write(tmp_path))
    assert lines(tmp_path, capsys) == LINES
    assert counts() == before
    assert {query["sql"].split()[0] for query in queries} <= {"SELECT"}


def test_folder_and_zip_are_checked(tmp_path, capsys):
    write(tmp_path)
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("in.md", NOTE.replace("abcdefghijk", "abcdefghij3"))
    call_command("check_notes", str(tmp_path))
    told = lines(tmp_path, capsys)
    # In the order of names; each file knows the ones before it.
    assert [line.split(":")[0] for line in told[:-1]] == ["more.zip/in.md"] * 4 + ["n.md"] * 5
    assert "n.md:1: info title-twice Another episode has the same title: “机器与织布机”." in told
    assert told[-1] == "9 findings: 2 warning, 7 info."


def test_two_files_of_one_recording_are_reported(tmp_path, capsys):
    write(tmp_path, "a.md")
    write(tmp_path, "b.md")
    call_command("check_notes", str(tmp_path))
    assert "b.md:1: warning second-file a.md is of the same recording." in lines(tmp_path, capsys)


def test_library_file_is_no_duplicate_of_itself(tmp_path, capsys):
    Loader().load("n.md", NOTE.encode())
    call_command("check_notes", write(tmp_path))
    assert lines(tmp_path, capsys) == LINES


def test_bold_names_are_looked_up_in_library(tmp_path, capsys):
    factories.entity("李雷", kind="person")
    call_command("check_notes", write(tmp_path, text=NOTE.replace("机器来了。", "**李雷** 来了。")))
    assert any(" name-not-listed “李雷” " in line for line in lines(tmp_path, capsys))


def test_json_is_one_object_per_line(tmp_path, capsys):
    path = write(tmp_path)
    call_command("check_notes", path, as_json=True)
    told = capsys.readouterr()
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert [row["line"] for row in rows] == [3, 6, 8, 15]
    assert rows[1] == {
        "name": path,
        "line": 6,
        "severity": "info",
        "code": "summary-markdown",
        "message": "The summary contains Markdown. Lists and feeds show it unformatted.",
        "field": "summary",
        "repair": {"summary": "谈机器。"},
    }
    assert told.err == "4 findings: 1 warning, 3 info.\n"


def test_error_sets_the_exit_status(tmp_path, capsys):
    with pytest.raises(CommandError, match=r"1 errors were found\."):
        call_command("check_notes", write(tmp_path, text=WITHOUT_A_TITLE))
    assert "n.md:2: error no-title The title is missing." in lines(tmp_path, capsys)


def test_unreadable_file_does_not_stop_others(tmp_path, capsys):
    write(tmp_path)
    (tmp_path / "bad.md").write_bytes(b"---\ntitle: x\n---\n\xff")
    with pytest.raises(CommandError, match=r"1 notes could not be read"):
        call_command("check_notes", str(tmp_path))
    told = capsys.readouterr()
    assert told.out.splitlines()[-1] == LINES[-1]
    assert "bad.md:4: byte 0xff is not UTF-8. Save the file as UTF-8." in told.err


def test_folder_without_notes_is_refused(tmp_path):
    with pytest.raises(CommandError, match="There is no note in what was given"):
        call_command("check_notes", str(tmp_path))


def test_missing_path_is_refused(tmp_path):
    with pytest.raises(CommandError, match="1 notes could not be read"):
        call_command("check_notes", str(tmp_path / "gone.md"))


def test_whole_library_is_checked_without_path(capsys):
    Loader().load("n.md", NOTE.encode())
    episode = Episode.objects.get()
    copy = factories.episode(title="", revises=factories.episode())
    episode.findings.filter(code="doubt").update(state="waived")
    episode.findings.filter(code="person-not-in-text").delete()
    episode.findings.create(code="old", severity="error", message="m", origin="check", fingerprint="f")
    with pytest.raises(CommandError, match=r"1 errors were found\."):
        call_command("check_notes")
    told = capsys.readouterr().out.splitlines()
    mine = [line for line in told if line.startswith(f"{episode.slug}: ")]
    assert mine == [
        f"{episode.slug}: info summary-markdown The summary contains Markdown. Lists and feeds show it unformatted.",
        f"{episode.slug}: info person-not-in-text 韩梅梅 is listed but never named in the text.",
    ]
    assert f"{copy.slug}: error no-title The title is missing." in told
    assert episode.findings.get(code="doubt").state == "waived"
    assert not episode.findings.filter(code="old").exists()
