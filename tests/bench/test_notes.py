"""The generator of notes for make bench."""

from __future__ import annotations

import pytest

from episodes.importing.incoming_file import read
from tests.bench import notes
from tests.shared import require

COUNT = 60


@pytest.fixture(scope="module")
def made() -> list[tuple[str, str]]:
    require(notes.LIBRARY.is_dir(), "no real notes to make others of")
    collection = notes.Collection.of(notes.LIBRARY)
    return [collection.note(number) for number in range(COUNT)]


def test_note_made_twice_is_the_same(made):
    assert notes.Collection.of(notes.LIBRARY).note(COUNT - 1) == made[-1]


def test_made_notes_are_all_readable_and_distinct(made):
    incoming = [read(path, text.encode()) for path, text in made]
    assert len({path for path, _text in made}) == COUNT
    assert len({each.source_id for each in incoming}) == COUNT
    assert len({each.parsed.episode.get("title") for each in incoming}) == COUNT


def test_made_notes_keep_the_usual_size(made):
    mean = sum(len(text.encode()) for _path, text in made) / COUNT
    assert 25_000 < mean < 60_000


def test_write_makes_missing_files_only(tmp_path, made):
    notes.write(5, tmp_path)
    kept = tmp_path / made[0][0]
    kept.write_text("changed")
    notes.write(6, tmp_path)
    assert kept.read_text() == "changed"
    assert len(list(tmp_path.rglob("*.md"))) == 6
