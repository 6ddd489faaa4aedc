"""Checks of times: each with a hit, a near miss and its repair."""

import pytest

from episodes.checks import timecodes as time_codes
from episodes.models import Chapter, Quote
from episodes.notes import timecodes
from tests.episodes.checks.subjects import codes, look


def test_time_beyond_duration_is_reported():
    [fault] = look(time_codes.time_beyond_duration, Quote(start=31 * 3600 + 38 * 60), duration=13_800)
    assert (fault.severity, fault.repair) == ("error", {"start": 1898})
    assert fault.sentence == "31:38:00 is after the end of the recording, 03:50:00. Perhaps 00:31:38 was meant."
    assert codes(time_codes.time_beyond_duration, Quote(start=1898), duration=13_800) == []
    assert codes(time_codes.time_beyond_duration, Quote(start=13_800), duration=13_800) == []
    assert codes(time_codes.time_beyond_duration, Quote(start=99_999), duration=None) == []


def test_time_beyond_duration_without_repair():
    [fault] = look(time_codes.time_beyond_duration, Quote(start=31 * 3600 + 5), duration=600)
    assert fault.repair is None


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [("12：30", 750), ("1h02m03s", 3723), ("12分30秒", 750), ("[00:12:30]", 750), ("75:10", 4510), ("1小时5分", 3900)],
)
def test_guessable_time_has_a_repair(raw, seconds):
    [fault] = look(time_codes.time_unreadable, Quote(start_raw=raw, status="draft"))
    assert (fault.severity, fault.repair) == ("warning", {"start": seconds})
    assert codes(time_codes.time_unreadable, Quote(start=seconds, status="draft")) == []


@pytest.mark.parametrize("raw", ["soon", "99:99:99", "12", "12:75", "1:75:00", ""])
def test_other_unreadable_time_has_no_repair(raw):
    assert timecodes.guess(raw) is None


def test_unreadable_time_of_accepted_row_is_error():
    [fault] = look(time_codes.time_unreadable, Quote(start_raw="soon", status="accepted"))
    assert (fault.severity, fault.repair) == ("error", None)
    assert codes(time_codes.time_unreadable, Quote(start_raw="soon", status="draft")) == []
    assert codes(time_codes.time_unreadable, Quote(status="accepted")) == []


def test_chapters_out_of_order_are_reported():
    def chapters(*starts):
        return [Chapter(start=start, title=f"At {start}", span_begin=place) for place, start in enumerate(starts)]

    [fault] = look(time_codes.chapters_out_of_order, *chapters(5, 90, 60))
    assert (fault.target.start, fault.severity) == (60, "warning")
    assert codes(time_codes.chapters_out_of_order, *chapters(5, 60, 90)) == []
    assert codes(time_codes.chapters_out_of_order, *chapters(5, 60, 60)) == ["chapters-out-of-order"]


def test_added_chapter_is_ordered_by_time():
    noted = [Chapter(start=start, title="x", span_begin=start) for start in (5, 90)]
    assert codes(time_codes.chapters_out_of_order, *noted, Chapter(start=60, title="added")) == []
    assert codes(time_codes.chapters_out_of_order, *noted, Chapter(start=90, title="added")) == [
        "chapters-out-of-order"
    ]
