"""Detection of dialects, and the meaning of speaker labels."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.notes import dialects
from episodes.notes.dialects import episode_page, front_matter, interview_record
from episodes.notes.parsed import NoteError
from episodes.notes.roles import is_generic, role_of
from tests.shared import NOTES, ROOT, require

PAGE = "Episode 1 — Ada\n\n章节 (1)\n\n  • 00:00:00 · Start\n\nTakeaways\n\n  • End\n"
RECORD = "# 访谈录\n\n- 视频链接：[x](https://youtu.be/abc)\n\n### 内容介绍\n\nWords.\n"
FRONT_MATTER = "---\ntitle: x\n---\n\nWords.\n"


def test_dialects_have_this_order():
    assert [dialect.NAME for dialect in dialects.DIALECTS] == ["episode_page", "interview_record", "front_matter"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (PAGE, "episode_page"),
        (RECORD, "interview_record"),
        (FRONT_MATTER, "front_matter"),
        (FRONT_MATTER + PAGE, "front_matter"),
        (FRONT_MATTER + RECORD, "front_matter"),
        ("Words without any form.\n", "front_matter"),
        ("", "front_matter"),
    ],
)
def test_note_is_read_in_its_dialect(text, name):
    assert name == dialects.detect(text).NAME
    assert dialects.parse(text).dialect == name


def test_dialect_is_found_by_stored_name():
    modules = {"episode_page": episode_page, "interview_record": interview_record, "front_matter": front_matter}
    assert {name: dialects.by_name(name) for name in modules} == modules
    assert {name: dialects.parser_version(name) for name in modules} == {n: m.VERSION for n, m in modules.items()}


@pytest.mark.parametrize("ask", [dialects.by_name, dialects.parser_version])
def test_unknown_dialect_is_refused(ask):
    with pytest.raises(LookupError, match="no dialect is called 'wiki'"):
        ask("wiki")


def test_unreadable_file_is_refused():
    with pytest.raises(NoteError) as refused:
        dialects.parse("---\ntitle: x\n\nno end\n")
    assert refused.value.remedy


@given(st.text())
@settings(max_examples=200)
def test_any_text_is_read_or_refused(text):
    try:
        note = dialects.parse(text)
    except NoteError:
        return
    assert "".join(note.raw(segment) for segment in note.segments) == text


# --- real notes


def texts_of(folder, pattern="*.md"):
    return {path.name: path.read_bytes().decode() for path in folder.rglob(pattern)}


def test_five_seeds_are_detected():
    require(NOTES.is_dir(), "the real notes are not here (../shared/notes)")
    found = {name[:3]: dialects.detect(text).NAME for name, text in texts_of(NOTES / "seeds").items()}
    others = {"001": "interview_record", "004": "episode_page"}
    assert found == {number: others.get(number, "front_matter") for number in ("000", "001", "002", "003", "004")}


def test_library_notes_are_front_matter():
    require((NOTES / "library").is_dir(), "the real notes are not here (../shared/notes)")
    texts = texts_of(NOTES / "library")
    assert len(texts) == 400
    assert {name for name, text in texts.items() if dialects.detect(text) is not front_matter} == set()


def test_bodies_of_library_match_no_dialect():
    require((NOTES / "library").is_dir(), "the real notes are not here (../shared/notes)")
    bodies = {name: text.split("\n---", 1)[-1] for name, text in texts_of(NOTES / "library").items()}
    assert {name for name, text in bodies.items() if dialects.detect(text) is not front_matter} == set()


def test_sample_notes_are_detected():
    found = {name: dialects.detect(text).NAME for name, text in texts_of(ROOT / "fixtures" / "notes").items()}
    assert {name for name, dialect in found.items() if dialect == "episode_page"} == {
        "engelbart-1968-mother-of-all-demos.md",
        "hopper-1982-future-possibilities.md",
    }
    assert {name for name, dialect in found.items() if dialect == "interview_record"} == {
        "bush-1945-as-we-may-think-reading.md",
        "shannon-1950-chess-reading.md",
    }


# --- labels


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("主持人", "host"),
        ("采访者", "host"),
        ("Host", "host"),
        ("Interviewers", "host"),
        ("主持人1", "host"),
        ("嘉宾", "guest"),
        ("嘉宾B", "guest"),
        ("受访者", "guest"),
        ("GUEST 2", "guest"),
        ("旁白", "narrator"),
        ("Narrator", "narrator"),
        ("讲解", "speaker"),
        ("Ada Lind", "speaker"),
        ("", "speaker"),
    ],
)
def test_role_follows_from_word(word, role):
    assert role_of(word) == role


@pytest.mark.parametrize(
    "label",
    [
        "guest",
        "嘉宾",
        "Speaker 1",
        "[Speaker 1]",
        "SPEAKER_00",
        "speaker-b",
        "主持人",
        "主持人 (Host)",
        "旁白",
        "发言人B",
        "发言人 2",
        "嘉宾二",
        "Host",
        "Unknown",
        "unknown speaker",
        "观众",
        "观众 3",
        "audience",
        "Audience Member",
        "The Interviewer",
        "narrator",
        "Q",
        "",
    ],
)
def test_generic_label_names_nobody(label):
    assert is_generic(label)


@pytest.mark.parametrize(
    "label",
    ["Ada Lind", "姚顺宇", "姚顺宇 (Shunyu Yao)", "Guest House", "王一", "Host Brothers", "Anders A", "嘉宾王伟", "Bo"],
)
def test_other_label_names_somebody(label):
    assert not is_generic(label)
