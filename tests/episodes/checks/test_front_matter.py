"""Checks of the header: each with a hit, a near miss and its repair."""

import pytest

from episodes.checks import front_matter
from episodes.checks.registry import Other
from episodes.models import Appearance
from episodes.notes import sources
from episodes.notes.detectors import unclosed_markup
from tests.episodes.checks.subjects import codes, look


def test_missing_parts_are_reported():
    empty = {"title": "", "source_url": "", "summary": ""}
    assert codes(front_matter.missing_parts, **empty) == ["no-title", "no-source", "no-summary", "no-speaker"]
    assert codes(front_matter.missing_parts, Appearance(label="Ada")) == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://www.youtube.com/watch?v=YOUR_VIDEO_ID", "source-placeholder"),
        ("#${id}", "source-placeholder"),
        ("https://www.youtube.com/@channel", "source-malformed"),
        ("see the mail", "source-malformed"),
        ("https://www.youtube.com/watch?v=abcdefghijk&t", "source-stray"),
        ("https://notes.example.net/a?utm_source=x&page=2", "source-stray"),
    ],
)
def test_odd_source_is_reported(address, code):
    assert codes(front_matter.source_odd, source_url=address) == [code]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://www.youtube.com/watch?v=abcdefghijk",
        "https://youtu.be/abcdefghijk",
        "https://www.youtube.com/live/abcdefghijk",
        "https://notes.example.net/a?page=2#part",
        "https://www.bilibili.com/video/BV1xx411c7mD/",
    ],
)
def test_good_source_is_not_reported(address):
    assert codes(front_matter.source_odd, source_url=address) == []


@pytest.mark.parametrize(
    ("address", "clean"),
    [
        ("https://www.youtube.com/watch?v=abcdefghijk&t=61s", "https://www.youtube.com/watch?v=abcdefghijk"),
        ("https://youtu.be/abcdefghijk?si=x", "https://www.youtube.com/watch?v=abcdefghijk"),
        ("https://www.youtube.com/watch/abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijk"),
        ("https://notes.example.net/a?utm_source=x&page=2#part", "https://notes.example.net/a?page=2#part"),
        ("https://notes.example.net/a?fbclid=x", "https://notes.example.net/a"),
        ("https://www.bilibili.com/video/BV1xx411c7mD/?spm_id_from=1", "https://www.bilibili.com/video/BV1xx411c7mD/"),
    ],
)
def test_repaired_source_is_the_same_recording(address, clean):
    [fault] = look(front_matter.source_odd, source_url=address)
    assert fault.repair == {"source_url": clean}
    assert codes(front_matter.source_odd, source_url=clean) == []
    assert sources.source_id(clean) == sources.source_id(address)


@pytest.mark.parametrize(
    ("summary", "plain"),
    [
        ("She says **engines** think.", "She says engines think."),
        ("## In short\n\n- one\n- [two](https://notes.example.net)", "In short\n\none\ntwo"),
        ("Uses `tool_a` and __more__.", "Uses tool_a and more."),
    ],
)
def test_markdown_in_summary_is_removed(summary, plain):
    [fault] = look(front_matter.summary_with_markdown, summary=summary)
    assert fault.repair == {"summary": plain}
    assert codes(front_matter.summary_with_markdown, summary=plain) == []


@pytest.mark.parametrize("summary", ["", "2 ** 3 is 8, * and - too.", "snake_case_words __ and 5 * 3 * 2", "C# [1]"])
def test_text_resembling_markdown_is_not_reported(summary):
    assert unclosed_markup.plain(summary) == summary
    assert codes(front_matter.summary_with_markdown, summary=summary) == []


def test_same_recording_is_reported():
    def other(**more):
        return (Other(7, "Another", **{"language": "zh-Hans", "by_source": True, **more}),)

    assert codes(front_matter.recording_twice, others=other()) == ["recording-twice"]
    assert codes(front_matter.recording_twice, others=other(language="en")) == ["translation-untied"]
    assert codes(front_matter.recording_twice, others=other(by_source=False)) == ["title-twice"]
    assert codes(front_matter.recording_twice) == []
