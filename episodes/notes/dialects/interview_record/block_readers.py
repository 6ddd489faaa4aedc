"""Readers of the parts of an interview record."""

from __future__ import annotations

import re
from collections.abc import Callable

from episodes.notes import timecodes
from episodes.notes.dialects.inline_lists import Range, spans_of, split_names
from episodes.notes.dialects.interview_record import vocabulary
from episodes.notes.dialects.interview_record.key_points import read_review
from episodes.notes.dialects.interview_record.record_reader import (
    Block,
    RecordReader,
    is_rule,
    trimmed,
)
from episodes.notes.dialects.note_lines import Line, lines_of
from episodes.notes.roles import is_generic, role_of

_LEAD = re.compile(r"(?:[ \t]*\r?\n)*[ \t]*\*\*(?P<lead>[^*\n]+(?:\*[^*\n]+)*)\*\*[ \t]*\r?(?:\n[ \t]*\r?(?=\n)|\n?\Z)")
_FENCE = re.compile(
    r"^[ ]{0,3}(?P<fence>`{3,}+|~{3,}+)[^\n]*\n(?P<code>.*?)^[ ]{0,3}(?P=fence)[`~]*[ \t]*\r?$", re.M | re.S
)
_KEY = r"\**(?:{})\**[ \t]*[:：]\**[ \t]*+"
_TARGET = r"(?:\[(?P<label>[^\n]*?)\]\((?P<url>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)[^()\n]*\)|(?P<bare>https?://\S+)).*"
_SOURCE = re.compile(_KEY.format(vocabulary.SOURCE) + _TARGET, re.IGNORECASE)
_CHANNEL = re.compile(_KEY.format(vocabulary.CHANNEL) + rf"(?:{_TARGET}|(?P<name>[^\[\n]+))", re.IGNORECASE)
_DATE = re.compile(_KEY.format(vocabulary.DATE) + r"(?P<date>\d{4}-\d\d-\d\d)", re.IGNORECASE)
_DURATION = re.compile(_KEY.format(vocabulary.DURATION) + r"(?P<clock>[\d:]{4,9})", re.IGNORECASE)
# `**受访者：Name (description)**` or `- 受访者：Name`; `**受访者**：…` may be a turn.
_PERSON = re.compile(r"\*\*(?P<role>[^*:：()（）\n]{1,20})[:：](?P<names>[^*\n]+)\*\*")
_LISTED_PERSON = re.compile(r"\**(?P<role>[^*:：()（）\n]{1,20})\**[:：]\**(?P<names>[^*\n。！？!?]{1,80})")
_NAME = re.compile(r"(?P<name>[^(（]*[^(（\s])(?:[ \t]*[(（](?P<note>.*)[)）])?")
_TURN = re.compile(r"\*\*[^*\n]{1,60}?(?:[:：][ \t]?\*\*|\*\*[ \t]?[:：])|<span class=")


def _title(reader: RecordReader, block: Block) -> None:
    if block.heading and reader.is_title("title"):
        reader.flush()
        reader.segment(block.heading.at, block.heading.stop, 0, "title", "line")
    _facts(reader, block)


def _record(reader: RecordReader, block: Block) -> None:
    reader.label(block, "record")
    _facts(reader, block)


def _facts(reader: RecordReader, block: Block) -> None:
    """Read links and participants line by line; from the first turn on the text is transcript."""
    for line in lines_of(reader.text, block.begin, block.end):
        if not line.indent and not line.bullet and _TURN.match(reader.text, line.at, line.end):
            section = reader.section("transcript", line.begin, block.end)
            reader.text_segment(section, line.begin, block.end)
            return
        if is_rule(reader.text, line.begin, line.end):
            continue
        if line.blank or not (_link(reader, line) or _people(reader, line)):
            reader.add_unclaimed([line])
    reader.flush()


def _link(reader: RecordReader, line: Line) -> bool:
    if match := _SOURCE.fullmatch(reader.text, line.at, line.end):
        return _source(reader, line, match)
    if match := _CHANNEL.fullmatch(reader.text, line.at, line.end):
        return _channel(reader, line, match)
    if (match := _DATE.fullmatch(reader.text, line.at, line.end)) and "aired_on" not in reader.note.episode.values:
        reader.flush()
        reader.segment(*match.span("date"), 0, "aired_on", "yaml")
        return True
    match = _DURATION.fullmatch(reader.text, line.at, line.end)
    return match is not None and _duration(reader, match)


def _duration(reader: RecordReader, match: re.Match[str]) -> bool:
    if timecodes.parse(match["clock"]) is None or "duration" in reader.note.episode.values:
        return False
    reader.flush()
    reader.segment(*match.span("clock"), 0, "duration", "time")
    return True


def _source(reader: RecordReader, line: Line, match: re.Match[str]) -> bool:
    if "source_url" in reader.note.episode.values:
        return False
    reader.flush()
    if match["label"] and reader.is_title("link"):
        reader.segment(*match.span("label"), 0, "title", "line")
    elif match["label"]:
        label = reader.record("label", line.begin, line.stop, part="link")
        reader.segment(*match.span("label"), label, "label", "line")
    reader.segment(*match.span("bare" if match["bare"] else "url"), 0, "source_url", "line")
    return True


def _channel(reader: RecordReader, line: Line, match: re.Match[str]) -> bool:
    name = "label" if match["label"] else "name"
    if not match[name]:
        return False
    record = reader.record("appearance", line.begin, line.stop, role="channel")
    reader.segment(*match.span(name), record, "label", "line")
    if match["url"]:
        reader.segment(*match.span("url"), record, "url", "line")
    return True


def _people(reader: RecordReader, line: Line) -> bool:
    pattern = _LISTED_PERSON if line.bullet else _PERSON
    match = pattern.fullmatch(reader.text, line.at, line.end)
    if match is None or not is_generic(match["role"]):
        return False
    members = split_names(reader.text, *match.span("names"))
    matches = [(begin, end, _NAME.fullmatch(reader.text, *member)) for begin, end, member in spans_of(members)]
    for begin, end, name in matches:
        if name:
            _person(reader, match["role"], (line.begin, line.stop) if len(matches) == 1 else (begin, end), name)
    return any(name for *_, name in matches)


def _person(reader: RecordReader, role: str, span: Range, name: re.Match[str]) -> None:
    record = reader.record("appearance", *span, role=role_of(role))
    reader.segment(*name.span("name"), record, "label", "line")
    if name["note"]:
        reader.segment(*name.span("note"), record, "note", "line")


def _brief(reader: RecordReader, block: Block) -> None:
    """Read a briefing; a first paragraph all in bold is the summary."""
    section = reader.headed(block, "brief")
    begin = block.begin
    lead = _LEAD.match(reader.text, block.begin, block.end)
    if lead and "summary" not in reader.note.episode.values:
        reader.segment(*lead.span("lead"), 0, "summary", "line")
        begin = lead.end()
    reader.text_segment(section, begin, block.end)


def _outline(reader: RecordReader, block: Block) -> None:
    """Read the content of the first code fence verbatim; all of the text if no fence comes first."""
    section = reader.headed(block, "outline")
    fence = _FENCE.match(reader.text, *trimmed(reader.text, block.begin, block.end))
    if fence is None:
        reader.text_segment(section, block.begin, block.end)
        return
    begin, end = fence.span("code")
    code = reader.text[begin:end]
    begin += len(code) - len(code.lstrip("\r\n"))
    end = max(begin, end - (len(code) - len(code.rstrip("\r\n"))))
    if begin < end:
        reader.segment(begin, end, section, "text", "text")
    reader.write_body(fence.end(), block.end)


def _plain(kind: str) -> Callable[[RecordReader, Block], None]:
    def read(reader: RecordReader, block: Block) -> None:
        reader.text_segment(reader.headed(block, kind), block.begin, block.end)

    return read


READERS: dict[str, Callable[[RecordReader, Block], None]] = {
    "facts": _facts,
    "brief": _brief,
    "record": _record,
    "intro": _plain("intro"),
    "outline": _outline,
    "title": _title,
    "transcript": _plain("transcript"),
    "review": read_review,
    "group": read_review,
    "body": _plain("body"),
}
