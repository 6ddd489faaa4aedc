"""Files of an import, read in batches and by other processes."""

import pickle

import pytest

from episodes.bases.compressed_fields import unpacked
from episodes.importing import read_ahead
from episodes.importing.discovery import NoteFile
from episodes.importing.incoming_file import Incoming, read_all
from episodes.models import Note
from episodes.notes.parsed import NoteError
from episodes.rendering.sections import processes
from tests.samples import FRONT_MATTER

pytestmark = pytest.mark.django_db


def refuses():
    raise NoteError("it is gone", line=3, remedy="Put it back")


def files(count):
    return [NoteFile(f"/n/{i}.md", f"{i}.md", lambda i=i: f"{FRONT_MATTER}\n{i}".encode()) for i in range(count)]


def test_error_keeps_line_and_remedy_when_pickled():
    error = pickle.loads(pickle.dumps(NoteError("broken", line=7, remedy="Mend it")))
    assert error.sentence("a.md") == "a.md:7: broken. Mend it."


def test_file_read_elsewhere_has_packed_columns():
    good, bad = read_all([("a.md", FRONT_MATTER.encode()), ("b.md", b"\xff")])
    assert isinstance(good, Incoming)
    assert unpacked(good.packed_text) == FRONT_MATTER
    assert isinstance(bad, NoteError)


def test_batches_are_bounded_by_number_and_bytes(monkeypatch):
    sizes = [len(batch.files) for batch in read_ahead.ahead(files(120), False, None)]
    assert sizes == [50, 50, 20]
    monkeypatch.setattr(read_ahead, "BATCH_BYTES", len(FRONT_MATTER.encode()) * 2)
    assert [len(batch.files) for batch in read_ahead.ahead(files(3), False, None)] == [1, 1, 1]


def test_other_process_reads_what_this_one_would(monkeypatch):
    monkeypatch.setattr(read_ahead, "PARALLEL_FROM", 2)
    given = [*files(7), NoteFile("/n/gone.md", "gone.md", refuses)]
    with processes(1) as pool:
        (here,), (there,) = (list(read_ahead.ahead(given, False, each)) for each in (None, pool))
        assert len(there.jobs) == 7
        for place in range(7):
            assert there.read(place).parsed == here.read(place).parsed
        assert str(there.read(7)) == "it is gone"
    assert not Note.objects.exists()
