"""Evidence of a thing: lines of the note, recording, transcript."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from episodes.desk.review.evidence import lines_of, recording_of, transcript_around
from episodes.models import Episode, Note, Section
from tests import factories
from tests.episodes.desk.form_data import signed_in
from tests.episodes.desk.review.screen import address, held, thing

TEXT = "one\ntwo\nthree words\nfour\nfive\n"


def test_span_lines_have_file_line_numbers():
    begin = TEXT.index("words")
    found = lines_of(TEXT, (begin, begin + 5), around=1)
    assert [(line.number, line.before, line.inside, line.after) for line in found] == [
        (2, "two", "", ""),
        (3, "three ", "words", ""),
        (4, "", "", "four"),
    ]


def test_span_omits_trailing_blank_lines():
    found = lines_of(TEXT, (4, len(TEXT)), around=0)
    assert [line.number for line in found if line.inside] == [2, 3, 4, 5]


@pytest.mark.parametrize("span", [None, (3, 3), (90, 99)])
def test_missing_span_marks_nothing(span):
    assert not [line for line in lines_of(TEXT, span) if line.inside]


@given(st.text(alphabet="ab\r\n字", max_size=60), st.data())
def test_the_marked_pieces_are_the_span(text, data):
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, len(text)))
    marked = "\n".join(line.inside for line in lines_of(text, (begin, end)))
    assert marked.split() == text[begin:end].split() or "\r" in text


def episode(**fields):
    return Episode(**{"source_url": "https://www.youtube.com/watch?v=si9iqF5uTFk", **fields})


def test_video_embed_is_cookieless_and_starts_earlier():
    found = recording_of(episode(source_id="youtube:si9iqF5uTFk"), 65)
    assert found.embed == "https://www.youtube-nocookie.com/embed/si9iqF5uTFk?start=60&autoplay=1"
    assert found.address.endswith("t=60")
    assert recording_of(episode(source_id="youtube:si9iqF5uTFk"), 3).embed.endswith("start=0&autoplay=1")


def test_time_beyond_end_plays_from_start():
    assert recording_of(episode(source_id="youtube:si9iqF5uTFk", duration=60), 9000).embed.endswith(
        "start=0&autoplay=1"
    )


def test_bilibili_and_plain_audio_are_played_too():
    url = "https://www.bilibili.com/video/BV1xx411c7mD?p=2"
    found = recording_of(episode(source_url=url, source_id="bilibili:BV1xx411c7mD"), 10)
    assert found.embed == "https://player.bilibili.com/player.html?bvid=BV1xx411c7mD&p=2&t=5&autoplay=1"
    assert recording_of(episode(source_url="https://example.org/a.mp3", source_id=""), 10).audio.endswith("#t=5")


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "not an address"])
def test_invalid_address_is_not_played(url):
    assert recording_of(episode(source_url=url, source_id="youtube:si9iqF5uTFk"), 10) is None


@pytest.mark.parametrize("identity", ['youtube:"><script>', "youtube:../../x", "bilibili:a b", "note:x.md"])
def test_invalid_id_is_not_embedded(identity):
    assert recording_of(episode(source_id=identity), 10).embed == ""


TRANSCRIPT = "[00:00:10] A: Hello.\n\n[00:01:00] B: The engine weaves patterns.\n\n[00:05:00] A: Later."


def test_transcript_is_shown_around_the_time():
    assert transcript_around([TRANSCRIPT], 70, "") == ["[00:01:00] B: The engine weaves patterns."]


def test_without_time_transcript_is_found_by_text():
    found = transcript_around([TRANSCRIPT], None, "“The engine — weaves patterns”")
    assert found[1] == "[00:01:00] B: The engine weaves patterns."
    assert transcript_around([TRANSCRIPT], None, "Nobody said this at all") == []
    assert transcript_around([TRANSCRIPT], None, "A") == []


@pytest.mark.django_db
def test_quote_shows_note_and_transcript():
    made = held()
    note = "金句\n\n  • 00:01:00 — Ada:\n\n    Early.\n"
    Note.objects.create(episode=made, name="n.md", dialect="d", text=note)
    quote = made.quotes.get(text="Early.")
    type(quote).objects.filter(pk=quote.pk).update(span_begin=note.index("Early"), span_end=note.index("Early") + 6)
    Section.objects.create(episode=made, kind="transcript", text="[00:00:58] Ada: Early, she said.", order=9)
    page = signed_in(factories.editor()).get(address(made), {"at": thing(quote)}).content.decode()
    assert "<mark>Early.</mark>" in page
    assert "[00:00:58] Ada: Early, she said." in page


@pytest.mark.django_db
def test_item_added_by_editor_has_no_lines():
    made = held()
    page = signed_in(factories.editor()).get(address(made), {"at": thing(made.quotes.first())}).content.decode()
    assert "Not in the note" in page
