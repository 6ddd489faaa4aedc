"""Real notes: every character is accounted for, and nearly all are recognised."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from episodes.notes import dialects, prose, value_codecs
from episodes.notes.parsed import SEPARATOR, Annotation, Builder, ParsedNote, Segment
from tests.episodes.notes import accounting
from tests.shared import NOTES, require

# Share of unrecognised characters, measured over all notes of a dialect: front matter 0.0040 (0.90 in the worst note,
# prose without a heading), interview record and episode page 0 on the one seed each. A single note may be plain prose;
# a dialect as a whole may not.
MOST_BY_DIALECT = {"front_matter": 0.006, "interview_record": 0.001, "episode_page": 0.001}
MOST_OF_A_NOTE = 0.92


@cache
def real_notes() -> list[tuple[Path, ParsedNote]]:
    require(NOTES.is_dir(), "the real notes are not here (../shared/notes)")
    paths = sorted([*(NOTES / "seeds").glob("*.md"), *(NOTES / "library").rglob("*.md")])
    return [(path, dialects.parse(path.read_bytes().decode())) for path in paths]


def test_all_real_notes_are_present():
    assert len(real_notes()) == 405


def test_segments_of_real_notes_join_to_text():
    for path, note in real_notes():
        accounting.check_tiling(note)
        assert "".join(note.raw(segment) for segment in note.segments) == path.read_bytes().decode()


def test_segments_of_real_notes_read_as_values():
    for path, note in real_notes():
        for segment in note.segments:
            if segment.record != SEPARATOR:
                read = value_codecs.read(segment.codec, note.raw(segment))
                assert read == note.records[segment.record].values[segment.field], (path.name, segment)


def test_annotations_of_real_notes_read_alone():
    for path, note in real_notes():
        for annotation in note.annotations:
            if annotation.kind not in prose.KINDS:
                continue
            raw = note.text[annotation.begin : annotation.end]
            assert prose.read(annotation.kind, raw) == annotation.values, (path.name, annotation.kind, annotation.begin)


def test_real_notes_are_mostly_recognised():
    unknown, total = defaultdict(float), defaultdict(int)
    for path, note in real_notes():
        share = accounting.fallback_share(note)
        assert share <= MOST_OF_A_NOTE, path.name
        unknown[note.dialect] += share * len(note.text)
        total[note.dialect] += len(note.text)
    assert set(total) == set(MOST_BY_DIALECT)
    assert {name for name in total if unknown[name] / total[name] > MOST_BY_DIALECT[name]} == set()


# --- constructed notes


def body(text: str, heading: str = "", annotations: tuple[Annotation, ...] = ()) -> ParsedNote:
    build = Builder("test", text)
    section = build.record("section", 0, len(text), kind="body", heading=heading)
    build.segment(0, len(text), section, "text", "text", text)
    build.note.annotations += annotations
    return build.finish()


def test_prose_without_heading_is_unrecognised():
    assert accounting.fallback_share(body("x" * 10)) == 1.0
    assert accounting.fallback_share(body("x" * 10, heading="H")) == 0.0


def test_turns_glosses_and_folds_are_recognised():
    turn, gloss = Annotation("turn", 2, 8, {}), Annotation("gloss", 3, 5, {})
    assert accounting.fallback_share(body("x" * 10, annotations=(turn, gloss))) == pytest.approx(0.4)
    assert accounting.fallback_share(body("xx<details>y</details>")) == pytest.approx(2 / 22)


def test_empty_note_is_recognised():
    note = Builder("test", "").finish()
    accounting.check_tiling(note)
    assert accounting.fallback_share(note) == 0.0


@pytest.mark.parametrize(
    ("segments", "fault"),
    [
        ([Segment(1, 4, 1, "text", "text")], "hole between 0"),
        ([Segment(0, 3, 1, "text", "text")], "hole between 3 and the end"),
        ([Segment(0, 3, 1, "text", "text"), Segment(2, 4)], "overlap between 3"),
        ([Segment(0, 4, 2, "text", "text")], "record 2"),
        ([Segment(0, 4)], "value and segment"),
        ([Segment(0, 2, 1, "text", "text"), Segment(2, 4, 1, "text", "text")], "value and segment"),
    ],
)
def test_first_fault_is_reported(segments, fault):
    note = body("abcd")
    note.segments = segments
    with pytest.raises(ValueError, match=fault):
        accounting.check_tiling(note)


def test_segment_outside_its_record_is_fault():
    note = body("abcd")
    note.records[1].end = 2
    with pytest.raises(ValueError, match="outside its record"):
        accounting.check_tiling(note)


def test_annotation_outside_the_note_is_fault():
    with pytest.raises(ValueError, match="turn at 2:9"):
        accounting.check_tiling(body("abcd", annotations=(Annotation("turn", 2, 9, {}),)))
