"""Decoding of files, and the five reasons to refuse one."""

import pytest

from episodes.notes.file_bytes import decode
from episodes.notes.parsed import NoteError

LIMIT = 1000


@pytest.mark.parametrize("text", ["a", "中文\r\n", "\ufeff---\n", "😀", "a\rb", "\x07"])
def test_every_character_is_kept(text):
    assert decode(text.encode(), LIMIT).encode() == text.encode()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "n.md:1: the file is empty. Leave it out, or write the note first."),
        (b" \n ", "n.md:1: the file is empty. Leave it out, or write the note first."),
        (b"one\ntwo\x00", "n.md:2: this is a binary file, not text. Give the note as UTF-8 text."),
        ("中\n二".encode("gbk"), "n.md:1: byte 0xd6 is not UTF-8. Save the file as UTF-8."),
        (b"ok\nno \xff", "n.md:2: byte 0xff is not UTF-8. Save the file as UTF-8."),
        (
            b"x" * 1001,
            "n.md:1: the file has more than the 1,000 bytes a note may have. Split it, or raise NOTE_MAX_BYTES.",
        ),
    ],
)
def test_other_file_is_refused_in_one_line(data, sentence):
    with pytest.raises(NoteError) as caught:
        decode(data, LIMIT)
    assert caught.value.sentence("n.md") == sentence
