"""Dialect 3: the text of a structured episode page.

A header (episode, people, duration, title), then parts under unindented headings with declared counts. Items are
bullets; the details of an item are indented under it. Text that fits no rule becomes a section of kind body.
"""

from __future__ import annotations

import itertools
import re

from episodes.notes.dialects.episode_page import vocabulary
from episodes.notes.dialects.episode_page.insertion import insert as insert
from episodes.notes.dialects.episode_page.insertion import set_missing as set_missing
from episodes.notes.dialects.episode_page.item_readers import READERS
from episodes.notes.dialects.episode_page.page_header import EPISODE_LINE, read_header
from episodes.notes.dialects.episode_page.page_reader import Page, Part
from episodes.notes.dialects.note_lines import Line, lines_of, opens_with_front_matter
from episodes.notes.line_ends import with_line_feeds
from episodes.notes.parsed import NoteError as NoteError
from episodes.notes.parsed import ParsedNote

NAME = "episode_page"
VERSION = 1
# True if `# x #` is the heading x, as in Markdown. Here the `#` belongs to the heading.
MARKDOWN_HEADINGS = False

_HEADING = re.compile(
    r"\ufeff?(?:#{1,6}[ \t]+)?(?:\*\*)?(?P<heading>.*?)(?:[ \t]*[(（](?P<count>\d{1,9})[)）])?(?:\*\*)?[:：]?"
)
_TIMED_BULLET = re.compile(r"^[ \t]*[•◦‣●▪*+-][ \t]+(?:\S{1,3}[ \t]+)?\d{1,3}:\d\d:\d\d\b", re.MULTILINE)
_FIRST_LINE = re.compile(r"\s*(?P<line>\S[^\n]{0,300}?)[ \t]*\r?(?:\n|\Z)")
_SENTENCE_END = tuple("。.!?！？;；,，…:：")
_LONGEST_UNKNOWN_HEADING = 60
_KEYED = re.compile(r"[:：](?:\s|$)|[^\x00-\x7f]：")
_MIN_PARTS = 2


def detect(text: str) -> bool:
    """Return whether a text has two known parts, and an episode line or bullets with times."""
    if opens_with_front_matter(text):
        return False
    opening = _FIRST_LINE.match(text)
    if not (opening and EPISODE_LINE.fullmatch(opening["line"])) and not _TIMED_BULLET.search(text):
        return False
    known = (line for line in lines_of(text) if _known_heading(text, line))
    return len(list(itertools.islice(known, _MIN_PARTS))) == _MIN_PARTS


def parse(text: str) -> ParsedNote:
    """Parse a note."""
    lines = with_line_feeds(text)
    page = Page(NAME, lines)
    header, *parts = _parts(lines)
    read_header(page, header.lines)
    for part in parts:
        page.open(part)
        READERS[part.name](page, part)
        page.close(part)
    note = page.finish()
    note.text = text
    return note


def _known_heading(text: str, line: Line) -> re.Match[str] | None:
    if line.indent or line.bullet or line.end - line.at > vocabulary.LONGEST_HEADING:
        return None
    match = _HEADING.fullmatch(text, line.at, line.end)
    return match if match and vocabulary.part_of(match["heading"]) else None


def _parts(text: str) -> list[Part]:
    """Return the header and the parts, each from its heading on; together they contain every line."""
    lines = lines_of(text)
    parts = [Part("header", None, None, [])]
    for number, line in enumerate(lines):
        if match := _known_heading(text, line):
            parts.append(Part(vocabulary.part_of(match["heading"]) or "", line, match, []))
        elif len(parts) > 1 and (match := _unknown_heading(text, lines, number)):
            parts.append(Part("unknown", line, match, []))
        else:
            parts[-1].lines.append(line)
    return parts


def _unknown_heading(text: str, lines: list[Line], number: int) -> re.Match[str] | None:
    """Match a short unindented line that is no sentence and has a count, a `#` or bullets under it."""
    line = lines[number]
    short = 0 < line.end - line.at <= _LONGEST_UNKNOWN_HEADING
    if not short or line.indent or line.bullet or _KEYED.search(text, line.at, line.end):
        return None
    match = _HEADING.fullmatch(text, line.at, line.end)
    if match is None or not match["heading"]:
        return None
    if match["count"] or text[line.at] == "#":
        return match
    below = number + 1
    while below < len(lines) and lines[below].blank:
        below += 1
    ends_sentence = text.endswith(_SENTENCE_END, line.at, line.end)
    return match if below < len(lines) and lines[below].bullet and not ends_sentence else None
