"""Identity of a recording from its address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.notes.sources import at_second, source_id


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.youtube.com/watch?v=yJDv-zdhzMY", "youtube:yJDv-zdhzMY"),
        ("https://www.youtube.com/watch?v=yJDv-zdhzMY&t", "youtube:yJDv-zdhzMY"),
        ("https://www.youtube.com/watch?v=yJDv-zdhzMY?si=abc", "youtube:yJDv-zdhzMY"),
        ("https://www.youtube.com/watch?t=5&v=yJDv-zdhzMY", "youtube:yJDv-zdhzMY"),
        ("https://www.youtube.com/watch/yJDv-zdhzMY", "youtube:yJDv-zdhzMY"),
        ("https://youtu.be/yJDv-zdhzMY?t=3", "youtube:yJDv-zdhzMY"),
        ("https://m.youtube.com/live/yJDv-zdhzMY", "youtube:yJDv-zdhzMY"),
        ("https://www.bilibili.com/video/BV1xx411c7mD/?vd_source=1", "bilibili:BV1xx411c7mD"),
        ("https://www.xiaoyuzhoufm.com/episode/0123456789abcdef01234567", "xiaoyuzhou:0123456789abcdef01234567"),
        ("https://Example.NET/a/?utm_source=x&b=2&a=1#top", "url:example.net/a?a=1&b=2"),
        ("http://example.net:8080/a", "url:example.net:8080/a"),
    ],
)
def test_addresses_of_one_recording_are_equal(address, expected):
    assert source_id(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "  ",
        "https://www.youtube.com/watch?v=YOUR_VIDEO_ID",
        "https://www.youtube.com/watch?v=XXXXXXXXXXX",
        "https://www.youtube.com/@channel",
        "https://www.youtube.com/watch?v=tooshort",
        "https://www.youtube.com/watch?v=waytoolongforone",
        "https://example.com/a",
        "not an address",
        "javascript:alert(1)",
        "ftp://example.net/a",
        "http://[broken",
        "http://host:port/",
        "#section-1",
    ],
)
def test_unusable_address_has_no_identity(address):
    assert source_id(address) is None


def test_youtube_ids_keep_their_case():
    assert source_id("https://youtu.be/abcdefghijk") != source_id("https://youtu.be/ABCDEFGHIJK")


@given(st.text())
def test_any_text_is_accepted(text):
    found = source_id(text)
    assert found is None or ":" in found


def test_address_has_the_start_time():
    assert at_second("https://youtu.be/yJDv-zdhzMY", 3723) == "https://www.youtube.com/watch?v=yJDv-zdhzMY&t=3723s"
    assert at_second("https://www.bilibili.com/video/BV1xx411c7mD", 5) == (
        "https://www.bilibili.com/video/BV1xx411c7mD/?t=5"
    )
    assert at_second("https://example.net/a", 5) == "https://example.net/a"
