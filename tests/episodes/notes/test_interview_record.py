"""Reading of interview records: briefing, links, introduction, outline, transcript, key points."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.notes.dialects import interview_record
from tests.episodes.notes import dialect_laws as laws
from tests.episodes.notes.record_sample import (
    BRIEF,
    INTRO,
    LINKS,
    RECORD,
    REVIEW,
    TITLE,
    TRANSCRIPT,
    annotations,
    kinds,
    labels,
)

# --- reading


def test_episode_is_read():
    assert interview_record.parse(RECORD).episode.values == {
        "title": "AI访谈：A lamp, forty winters",
        "summary": "One lamp, one keeper, and forty winters between them.",
        "source_url": "https://www.youtube.com/watch?v=abc_(1)",
    }


def test_credits_are_read():
    assert kinds(interview_record.parse(RECORD), "appearance") == [
        {"role": "channel", "label": "Lamps", "url": "https://www.youtube.com/@lamps"},
        {"role": "guest", "label": "Ada Lind", "note": "keeper, author"},
        {"role": "host", "label": "Bo Chen", "note": "host of Lamps"},
    ]


def test_sections_are_read():
    sections = kinds(interview_record.parse(RECORD), "section")
    assert [(s["kind"], s["level"], s["heading"]) for s in sections] == [
        ("brief", 2, "「简报」A lamp and its keeper"),
        ("intro", 3, "内容介绍"),
        ("outline", 3, "内容纲要"),
        ("transcript", 2, "一、 The lamp"),
        ("transcript", 2, "二、 The keeper"),
    ]
    assert sections[0]["text"] == (
        "The first paragraph costs about $4 \\times$ as much.\n\n**A subhead**\n\nThe last paragraph."
    )
    assert sections[1]["text"] == "What the talk is about.\n\nAnd what it is not about."
    assert sections[2]["text"].startswith(" Lamps (Ada & Bo)\n    ├── The lamp\n")
    assert sections[4]["text"].endswith("**旁白:**\nThis was Lamps.\n\n**(音乐)**")
    orders = [record.given["order"] for _, record in interview_record.parse(RECORD).of_kind("section")]
    assert orders == [0, 1, 2, 3, 4]


def test_outline_nodes_are_read():
    (outline,) = (s for s in kinds(interview_record.parse(RECORD), "section") if s["kind"] == "outline")
    assert interview_record.outline_nodes(outline["text"]) == [
        (0, "Lamps (Ada & Bo)"),
        (1, "The lamp"),
        (2, "Oil ($20$ W)"),
        (1, "The keeper"),
    ]


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("", []),
        ("root\n├── a\n│   ├── b\n│   │   wrapped\n└── c\n", [(0, "root"), (1, "a"), (2, "b wrapped"), (1, "c")]),
        ("- a\n  - b\n\n- c\r\n", [(0, "a"), (1, "b"), (0, "c")]),
        ("root\n|-- a\n|   `-- b\n`-- c", [(0, "root"), (1, "a"), (2, "b"), (1, "c")]),
        ("a\n\tb\n\t\tc", [(0, "a"), (1, "b"), (2, "c")]),
    ],
)
def test_other_outline_trees_are_read(text, nodes):
    assert interview_record.outline_nodes(text) == nodes


def test_key_points_are_read():
    note = interview_record.parse(RECORD)
    assert kinds(note, "takeaway") == [
        {"text": "It is made of brass.", "depth": 0, "heading": "一、 The lamp"},
        {"text": "**Oil**：", "depth": 0, "heading": "一、 The lamp"},
        {"text": "Whale first. (2:19)", "depth": 1, "heading": "一、 The lamp"},
        {"text": "Colza later,\nand cheaper.", "depth": 1, "heading": "一、 The lamp"},
        {"text": "From the north.", "depth": 2, "heading": "一、 The lamp"},
        {"text": "She sleeps by day.", "depth": 0, "heading": "二、 The keeper"},
    ]
    assert [record.given["order"] for _, record in note.of_kind("takeaway")] == [0, 1, 2, 3, 4, 5]


def test_labels_are_read():
    assert labels(interview_record.parse(RECORD)) == [
        ("record", {"heading": "访谈录"}),
        ("link", {"label": "The Lamp (with Ada Lind)"}),
        ("review", {"heading": "要点回顾"}),
        ("group", {"heading": "一、 The lamp"}),
        ("group", {"heading": "二、 The keeper"}),
    ]


def test_annotations_are_read():
    note = interview_record.parse(RECORD)
    turns = [(a.values["name"], a.values["role"], a.values["text"]) for a in annotations(note, "turn")]
    assert turns == [
        ("Bo", "主持人", "What is it made of?"),
        ("Ada", "嘉宾", "Brass, and $100 \\times$ more glass than you think.\n\nIt shines."),
        ("Bo", "主持人", "Always?"),
        ("Ada", "嘉宾", "At night."),
        ("Bo", "主持人", "Who keeps it?"),
        ("Ada", "嘉宾", "I do."),
        ("旁白", None, "This was Lamps."),
    ]
    notes = [(note.text[a.begin : a.end], a.values) for a in annotations(note, "editor_note")]
    assert notes == [
        ("**(continued from the first part)**", {"text": "(continued from the first part)"}),
        ("**(音乐)**", {"text": "(音乐)"}),
    ]
    formulas = [note.text[a.begin : a.end] for a in annotations(note, "formula")]
    assert formulas == ["$4 \\times$", "$20$", "$100 \\times$"]
    begins = [a.begin for a in note.annotations]
    assert begins == sorted(begins)


def test_windows_line_ends_give_same_records():
    windows = interview_record.parse(RECORD.replace("\n", "\r\n"))
    laws.assert_read_completely(windows)
    unix = [
        (kind, {name: v.replace("\r\n", "\n") if isinstance(v, str) else v for name, v in values.items()})
        for kind, values in laws.rows(windows)
    ]
    assert unix == laws.rows(interview_record.parse(RECORD))
    assert len(annotations(windows, "editor_note")) == 2


# --- missing and unusual parts


def test_briefing_gives_title_without_transcript_title():
    note = interview_record.parse(RECORD.replace(TITLE, ""))
    laws.assert_read_completely(note)
    assert note.episode.values["title"] == "「简报」A lamp and its keeper"
    (index,) = (i for i, record in note.of_kind("section") if record.given["kind"] == "brief")
    assert note.records[index].given["heading"] == "「简报」A lamp and its keeper"
    assert [segment.field for segment in note.segments if segment.record == index] == ["text"]
    assert [s["kind"] for s in kinds(note, "section")] == ["brief", "intro", "outline", "transcript", "transcript"]


def test_link_gives_title_without_briefing():
    note = interview_record.parse(LINKS + INTRO + TRANSCRIPT + REVIEW)
    laws.assert_read_completely(note)
    assert note.episode.values["title"] == "The Lamp (with Ada Lind)"
    assert [part for part, _ in labels(note)] == ["record", "review", "group", "group"]
    assert [s["kind"] for s in kinds(note, "section")] == ["intro", "transcript", "transcript"]


def test_turns_and_key_points_are_enough():
    note = interview_record.parse(TRANSCRIPT + REVIEW)
    assert "title" not in note.episode.values
    assert [s["kind"] for s in kinds(note, "section")] == ["transcript", "transcript"]
    assert len(kinds(note, "takeaway")) == 6


def test_turns_under_title_have_no_heading():
    note = interview_record.parse(TITLE + TRANSCRIPT.split("\n", 2)[2])
    sections = kinds(note, "section")
    assert [(s["kind"], s["level"], s.get("heading")) for s in sections] == [
        ("transcript", 0, None),
        ("transcript", 2, "二、 The keeper"),
    ]
    assert sections[0]["text"].startswith("**Bo (主持人):**")
    assert [values["label"] for values in kinds(note, "appearance")] == ["Ada Lind", "Bo Chen"]


def test_english_record_is_read():
    english = """# Interview record

- Video link: https://youtu.be/abc
- Channel: [Lamps](https://example.org/lamps)
- Published: 2024-02-03

## Introduction

Two people talk.

# Lamps, a conversation

- Guests: Ada Lind (keeper), Cy Oh
- **Host**: Bo Chen

## The lamp

**Bo (host):** What is it?

**Ada (guest):** A lamp.

**Bo (host):** Lit?

**Ada (guest):** By night.

# Key points

## The lamp

1. Brass.
2. Glass.
   - Clear.
"""
    note = interview_record.parse(english)
    laws.assert_read_completely(note)
    assert interview_record.detect(english)
    assert note.episode.values == {
        "title": "Lamps, a conversation",
        "source_url": "https://youtu.be/abc",
        "aired_on": "2024-02-03",
    }
    assert kinds(note, "appearance") == [
        {"role": "channel", "label": "Lamps", "url": "https://example.org/lamps"},
        {"role": "guest", "label": "Ada Lind", "note": "keeper"},
        {"role": "guest", "label": "Cy Oh"},
        {"role": "host", "label": "Bo Chen"},
    ]
    assert [(s["kind"], s["heading"]) for s in kinds(note, "section")] == [
        ("intro", "Introduction"),
        ("transcript", "The lamp"),
    ]
    assert kinds(note, "takeaway") == [
        {"text": "Brass.", "depth": 0, "heading": "The lamp"},
        {"text": "Glass.", "depth": 0, "heading": "The lamp"},
        {"text": "Clear.", "depth": 1, "heading": "The lamp"},
    ]
    assert len(annotations(note, "turn")) == 4


def test_unknown_text_becomes_body_text():
    strange = RECORD.replace(LINKS, LINKS.rstrip() + "\n- 相关条目：[Oil](https://example.org/oil)\n\nA remark.\n\n")
    strange = strange.replace("**二、 The keeper**\n", "Who wrote this?\n\n**二、 The keeper**\n")
    note = interview_record.parse("Above all.\n" + strange + "\n# 附录\n\nThe end.\n")
    laws.assert_read_completely(note)
    bodies = [(s.get("heading"), s["text"]) for s in kinds(note, "section") if s["kind"] == "body"]
    assert bodies == [
        (None, "Above all."),
        (None, "- 相关条目：[Oil](https://example.org/oil)\n\nA remark."),
        (None, "Who wrote this?"),
        ("附录", "The end."),
    ]
    assert note.episode.values == interview_record.parse(RECORD).episode.values
    assert kinds(note, "takeaway") == kinds(interview_record.parse(RECORD), "takeaway")


def test_outline_without_fence_is_whole_text():
    note = interview_record.parse(RECORD.replace("```\n", ""))
    (outline,) = (s for s in kinds(note, "section") if s["kind"] == "outline")
    assert interview_record.outline_nodes(outline["text"])[0] == (0, "Lamps (Ada & Bo)")


def test_heading_in_outline_is_ignored():
    note = interview_record.parse(RECORD.replace("    └── The keeper\n", "# 要点回顾\n"))
    assert [part for part, _ in labels(note)].count("review") == 1


def test_bold_statement_is_no_participant():
    note = interview_record.parse(
        TITLE.replace("**采访者：Bo Chen (host of Lamps)**", "**日期：2024-01-01**") + TRANSCRIPT
    )
    assert [values["label"] for values in kinds(note, "appearance")] == ["Ada Lind"]


@given(st.text())
@settings(max_examples=200)
def test_any_text_can_be_read(text):
    laws.assert_read_completely(interview_record.parse(text))


PIECES = st.sampled_from(
    [*RECORD.splitlines(keepends=True), "```\n", "---\n", "\r\n", "**", "- x\n", "# ", "\t- y\n", "1. z\n"]
)


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=300)
def test_random_record_is_read_completely(text):
    laws.assert_read_completely(interview_record.parse(text))


# --- detection


@pytest.mark.parametrize(
    "text",
    [
        RECORD,
        "\ufeff" + RECORD.replace("\n", "\r\n"),
        LINKS + INTRO,
        TRANSCRIPT + REVIEW,
        BRIEF + TRANSCRIPT,
        "---\n\n" + LINKS + TRANSCRIPT,
    ],
)
def test_records_are_detected(text):
    assert interview_record.detect(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# 访谈录\n\nA book of that name.\n",
        "# Notes\n\n## Outline\n\n- one\n\n## Key takeaways\n\n- two\n",
        "## One\n\n**Bo (host):** Hello.\n\n**Ada (guest):** Hello.\n",
        REVIEW,
        BRIEF,
        "---\ntitle: x\n---\n" + RECORD,
    ],
)
def test_other_texts_are_not_detected(text):
    assert not interview_record.detect(text)
