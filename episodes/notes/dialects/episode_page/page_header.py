"""Header of an episode page: number and guest, host and duration, title, language switch."""

from __future__ import annotations

import re

from episodes.notes.dialects.episode_page import vocabulary
from episodes.notes.dialects.episode_page.page_reader import Page
from episodes.notes.dialects.note_lines import Line, blocks_of, require_match
from episodes.notes.parsed import gettext_noop as _

EPISODE_LINE = re.compile(
    r"\ufeff?(?:#{1,6}[ \t]+)?(?:Episode|Ep\.?|单集|單集|第)[ \t]*[#＃]?(?P<number>\d{1,6})[ \t]*+[期集]?"
    r"(?:[ \t]*[—–|·:：-]+[ \t]*(?P<guest>.*))?",
    re.IGNORECASE,
)
_SWITCH = re.compile(
    r"(?:Switch language|切换语言|切換語言|语言切换)[ \t]*(?:→|->|=>|[:：])[ \t]*(?P<language>.*)", re.IGNORECASE
)
_META = re.compile(
    rf"(?:{vocabulary.HOST}|{vocabulary.GUEST}|{vocabulary.DURATION}|{vocabulary.DATE})[ \t]*[:：]|▶|https?://\S+$",
    re.IGNORECASE,
)
# The look-behind prevents a long run of spaces from being tried from each of its positions.
_SEPARATOR = re.compile(r"(?<![ \t])[ \t]+[·|•][ \t]+|$")
_HOST = re.compile(rf"(?:{vocabulary.HOST})[ \t]*[:：][ \t]*(?P<label>.*)", re.IGNORECASE)
_GUEST = re.compile(rf"(?:{vocabulary.GUEST})[ \t]*[:：][ \t]*(?P<label>.*)", re.IGNORECASE)
_MINUTES = re.compile(
    rf"(?:{vocabulary.DURATION})[ \t]*[:：][ \t]*(?P<minutes>\d{{1,6}}[ \t]*(?:min\w*|分钟|分鐘|分|m)?)", re.IGNORECASE
)
# Anything but minutes is read as a clock time; if unreadable, the raw text is stored beside a null.
_CLOCK = re.compile(rf"(?:{vocabulary.DURATION})[ \t]*[:：][ \t]*(?P<clock>.*)", re.IGNORECASE)
_DATE = re.compile(rf"(?:{vocabulary.DATE})[ \t]*[:：][ \t]*(?P<date>\d{{4}}-\d\d-\d\d)", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s()<>\]]+", re.IGNORECASE)
_WATCH_MARKS = "▶\ufe0f [](（)）:：\t"
_MARKS = re.compile(r"\ufeff?(?:#{1,6}[ \t]+)?")
_NAMES = re.compile(r"[^、,，]+")


def read_header(page: Page, lines: list[Line]) -> None:
    """Read the lines above the first part; the first line with no other meaning is the title."""
    for block in blocks_of(lines):
        line = block.head
        if line.bullet or line.indent or not _read_line(page, line):
            page.add_unclaimed([line])
        page.add_unclaimed(block.rest)
    page.flush()


def _read_line(page: Page, line: Line) -> bool:
    values = page.note.episode.values
    if (match := EPISODE_LINE.fullmatch(page.text, line.at, line.end)) and "number" not in values:
        page.flush()
        page.segment(*match.span("number"), 0, "number", "integer")
        _appearances(page, match, "guest", "guest")
    elif match := _SWITCH.fullmatch(page.text, line.at, line.end):
        page.flush()
        _switch(page, line, match)
    elif _META.match(page.text, line.at, line.end):
        page.flush()
        _meta(page, line)
    elif "title" not in values:
        page.flush()
        page.segment(require_match(_MARKS.match(page.text, line.at, line.end)).end(), line.end, 0, "title", "line")
    else:
        return False
    return True


def _switch(page: Page, line: Line, match: re.Match[str]) -> None:
    record = page.builder.record("label", line.begin, line.stop, part="language_switch")
    page.segment(*match.span("language"), record, "language", "line")
    page.note.extra["language_switch"] = match["language"]


def _appearances(page: Page, match: re.Match[str], group: str, role: str) -> None:
    """Add one appearance for each name; names are separated by commas, never by & or x."""
    if match[group] is None:
        return
    for name in _NAMES.finditer(page.text, *match.span(group)):
        bare = name[0].strip()
        if bare:
            begin = name.start() + name[0].index(bare)
            record = page.builder.record("appearance", begin, begin + len(bare), role=role)
            page.segment(begin, begin + len(bare), record, "label", "line")


def _meta(page: Page, line: Line) -> None:
    begin = line.at
    for separator in _SEPARATOR.finditer(page.text, begin, line.end):
        _meta_part(page, begin, separator.start())
        begin = separator.end()


def _meta_part(page: Page, begin: int, end: int) -> None:
    """Read `host: …`, `duration: …`, `date: …`, the watch label or a URL; keep anything else as a label record."""
    text, values = page.text, page.note.episode.values
    if begin == end:
        return
    if match := _HOST.fullmatch(text, begin, end):
        _appearances(page, match, "label", "host")
    elif match := _GUEST.fullmatch(text, begin, end):
        _appearances(page, match, "label", "guest")
    elif (match := _MINUTES.fullmatch(text, begin, end)) and "duration" not in values:
        page.segment(*match.span("minutes"), 0, "duration", "minutes")
    elif (match := _CLOCK.fullmatch(text, begin, end)) and "duration" not in values:
        _clock(page, *match.span("clock"))
    elif (match := _DATE.fullmatch(text, begin, end)) and "aired_on" not in values:
        page.segment(*match.span("date"), 0, "aired_on", "yaml")
    elif text[begin] == "▶" or _URL.match(text, begin, end):
        _watch(page, begin, end)
    else:
        _unknown(page, begin, end)


def _watch(page: Page, begin: int, end: int) -> None:
    """Read `▶ Watch on YouTube`, with or without its URL."""
    url = _URL.search(page.text, begin, end)
    raw = page.text[begin : url.start() if url else end]
    words_begin = begin + len(raw) - len(raw.lstrip(_WATCH_MARKS))
    label = raw.strip(_WATCH_MARKS)
    if label:
        record = page.builder.record("label", begin, end, part="watch")
        page.segment(words_begin, words_begin + len(label), record, "watch", "line")
    if url and "source_url" not in page.note.episode.values:
        page.segment(*url.span(), 0, "source_url", "line")


def _unknown(page: Page, begin: int, end: int) -> None:
    record = page.builder.record("label", begin, end, part="header")
    page.segment(begin, end, record, "words", "line")


def _clock(page: Page, begin: int, end: int) -> None:
    page.segment(begin, end, 0, "duration", "time")
    if page.note.episode.values["duration"] is None:
        message = _("%(raw)s cannot be read as a duration")
        page.builder.remark("duration-unreadable", "warning", message, 0, "duration", raw=repr(page.text[begin:end]))
