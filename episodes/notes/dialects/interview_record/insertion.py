"""Insertion of records into an interview record."""

from __future__ import annotations

import re
from typing import Any

from episodes.notes import timecodes, value_codecs
from episodes.notes.dialects.inline_lists import split_names
from episodes.notes.dialects.insertion_lines import Place, below_heading, line_at
from episodes.notes.dialects.interview_record.key_points import unit_of
from episodes.notes.dialects.note_lines import BULLETS, newline_of
from episodes.notes.parsed import ParsedNote, Record
from episodes.notes.prose.outline import closed

_BULLET = re.compile(rf"([ \t]*)([{BULLETS}][ \t]+)")
_WORDS_OF_ROLES = {"guest": "受访者", "host": "采访者", "narrator": "旁白", "speaker": "发言人"}
_DEFAULT_BULLET = "-   "


def insert(note: ParsedNote, kind: str, group: str, values: dict[str, Any]) -> Place | None:
    """Return offset and text that add a key point or a participant; None for anything else."""
    if kind == "takeaway":
        return _takeaway(note, values)
    if kind == "appearance":
        return _appearance(note, values)
    return None


def _label(note: ParsedNote, part: str, heading: str | None = None) -> Record | None:
    labels = [record for _, record in note.of_kind("label") if record.given.get("part") == part]
    return next((record for record in labels if heading is None or record.get("heading") == heading), None)


def _takeaway(note: ParsedNote, values: dict[str, Any]) -> Place | None:
    """Return the place at the end of the group, or by order; an unknown heading opens a new group."""
    review = _label(note, "review")
    if review is None:
        return None
    heading, newline = values.get("heading") or "", newline_of(note.text)
    point = _point(note, values) + newline
    points = [record for _, record in note.of_kind("takeaway")]
    before = _before([record for record in points if record.get("heading") == heading], values.get("order"))
    if before is not None:
        return line_at(note.text, before.end, point, newline)
    opened = _label(note, "group", heading) if heading else review
    if opened is not None:
        return below_heading(note.text, opened, point, newline)
    ends = [record.end for record in points] + [record.end for _, record in note.of_kind("label")]
    return line_at(note.text, max(ends), f"{newline}**{heading}**{newline}{newline}{point}", newline)


def _before(siblings: list[Record], order: int | None) -> Record | None:
    earlier = [record for record in siblings if order is None or record.given["order"] < order]
    return (earlier or siblings)[-1] if siblings else None


def _point(note: ParsedNote, values: dict[str, Any]) -> str:
    """Return a bullet in the note's own style, indented by its depth."""
    bullets = [_BULLET.match(note.text, record.begin) for _, record in note.of_kind("takeaway")]
    matches = [bullet for bullet in bullets if bullet]
    unit = unit_of(len(bullet[1].expandtabs(4)) for bullet in matches)
    mark = matches[0][2] if matches else _DEFAULT_BULLET
    return (
        " " * (unit * (values.get("depth") or 0)) + mark + value_codecs.write("indented", "", values.get("text") or "")
    )


def _appearance(note: ParsedNote, values: dict[str, Any]) -> Place | None:
    """Return the place of a line `**受访者：Name**` after the others, or below the transcript's title."""
    label = value_codecs.write("line", "", values.get("label") or "")
    word = _WORDS_OF_ROLES.get(values.get("role", ""))
    if word is None or re.search(r"[(（*]", label) or split_names(label, 0, len(label)) != [(0, len(label))]:
        return None
    newline = newline_of(note.text)
    line = f"**{word}：{label}**{newline}"
    people = [record for _, record in note.of_kind("appearance") if _is_participant(record)]
    if people:
        end = people[-1].end
        line_end = end if note.text[end - 1] == "\n" else note.text.find("\n", end) + 1
        return line_at(note.text, line_end or len(note.text), line, newline)
    title = _title_line(note)
    return below_heading(note.text, title, line, newline) if title else None


def _is_participant(record: Record) -> bool:
    return record.given.get("role") != "channel" and not record.given.get("by_turns")


def _title_line(note: ParsedNote) -> Record | None:
    """Return the line of the transcript's title; None if the title comes from a briefing or a link."""
    segment = next((segment for segment in note.segments if segment.record == 0 and segment.field == "title"), None)
    if segment is None:
        return None
    in_section = any(record.begin <= segment.begin < record.end for _, record in note.of_kind("section"))
    line = note.text.rfind("\n", 0, segment.begin) + 1
    if in_section or not note.text[line:].lstrip(" ").startswith("#"):
        return None
    return Record("label", line, note.text.find("\n", segment.end) + 1 or len(note.text))


def set_missing(note: ParsedNote, field: str, value: Any) -> Place | None:
    """Return the place of a missing title, summary, source, date or duration; None for other fields."""
    written = timecodes.format(value) if field == "duration" else value_codecs.write("line", "", value or "")
    if field in note.episode.values or not written:
        return None
    newline = newline_of(note.text)
    record = _label(note, "record")
    if field == "title":
        return _before_transcript(note), f"# {closed(written, '#')}{newline}{newline}"
    if field == "summary":
        return _summary(note, written, newline)
    if field == "source_url" and record:
        return below_heading(note.text, record, f"- 视频链接：{written}{newline}", newline)
    if field == "duration" and record:
        return below_heading(note.text, record, f"- 时长：{written}{newline}", newline)
    if field == "aired_on" and record and re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        return below_heading(note.text, record, f"- 发布日期：{written}{newline}", newline)
    return None


def _before_transcript(note: ParsedNote) -> int:
    sections = (record for _, record in note.of_kind("section") if record.given["kind"] == "transcript")
    return next((record.begin for record in sections), 0)


def _summary(note: ParsedNote, summary: str, newline: str) -> Place | None:
    """Return the place of a bold first paragraph in the briefing."""
    briefs = ((i, record) for i, record in note.of_kind("section") if record.given["kind"] == "brief")
    index, section = next(briefs, (None, None))
    if section is None or "**" in summary:
        return None
    text = next((segment for segment in note.segments if segment.record == index and segment.field == "text"), None)
    if text:
        return text.begin, f"**{summary}**{newline}{newline}"
    heading = Record("label", section.begin, note.text.find("\n", section.begin) + 1 or len(note.text))
    return below_heading(note.text, heading, f"**{summary}**{newline}", newline)
