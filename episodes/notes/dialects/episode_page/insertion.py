"""Insertion of records into an episode page, in the page's own style."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from episodes.notes import timecodes, value_codecs
from episodes.notes.dialects.episode_page import vocabulary
from episodes.notes.dialects.inline_lists import split_names, split_props
from episodes.notes.dialects.insertion_lines import Place, below_heading, line_at
from episodes.notes.dialects.note_lines import BULLETS, newline_of
from episodes.notes.parsed import SEPARATOR, ParsedNote, Record, Segment

Values = dict[str, Any]

_PARTS = {
    "chapter": "chapters",
    "quote": "quotes",
    "prediction": "predictions",
    "energy_up": "energy",
    "energy_down": "energy",
    "gesture": "gestures",
    "tell": "tells",
    "texture": "texture",
    "takeaway": "takeaways",
    "setting": "visual",
    "production": "visual",
    "prop": "visual",
}
_ICONS = {"energy_up": "📈 ", "energy_down": "📉 "}
_BULLET = re.compile(rf"[ \t]*[{BULLETS}][ \t]+")
_INNER_BULLET = re.compile(rf"\n([ \t]+[{BULLETS}][ \t]+)")
_CONTINUATION = re.compile(rf"\n([ \t]+)(?![{BULLETS}][ \t])\S")
_BLANK_LINES = re.compile(r"\n((?:[ \t]*\r?\n)+)\Z")


@dataclass(frozen=True, slots=True)
class Layout:
    """Layout of the items of one part."""

    bullet: str = "  • "
    inner: str = "    • "
    indent: str = "    "
    newline: str = "\n"
    gap: str = ""  # blank lines between items


def insert(note: ParsedNote, kind: str, group: str, values: Values) -> Place | None:
    """Return offset and text that add a record.

    None if the page has no such part, or its layout cannot hold the value.

    group: for a mention the name of its list (人物), for an observation its kind unless `values` has one.
    """
    if kind == "mention":
        return _mention(note, group or values.get("listed_as", ""), values.get("name", ""))
    name = values.get("kind", group) if kind == "observation" else kind
    label = _label(note, _PARTS.get(name, ""))
    if label is None:
        return None
    if name == "prop":
        return _prop(note, label, values.get("detail", ""))
    if name in ("setting", "production"):
        return _key_line(note, label, name, values.get("detail", ""))
    return _item(note, kind, name, label, values)


def _label(note: ParsedNote, part: str) -> Record | None:
    """Return the heading of a part; the last one if it occurs twice."""
    labels = [record for _, record in note.of_kind("label") if part and record.given.get("part") == part]
    return labels[-1] if labels else None


def _siblings(note: ParsedNote, kind: str, name: str, label: Record) -> list[Record]:
    same = set(_ICONS) if name in _ICONS else {name}
    records = [record for _, record in note.of_kind(kind) if record.begin >= label.end]
    return [record for record in records if kind != "observation" or record.given["kind"] in same]


def _item(note: ParsedNote, kind: str, name: str, label: Record, values: Values) -> Place:
    siblings = _siblings(note, kind, name, label)
    layout = _layout(note.text, siblings)
    words_of = _WRITERS[name if kind == "observation" else kind]
    item = words_of({"kind": name, **values}, layout) + layout.newline
    before = _last_not_later(siblings, values.get("start"))
    if before is not None:
        last = before is siblings[-1]
        return line_at(note.text, before.end, layout.gap + item if last else item + layout.gap, layout.newline)
    if siblings:
        return siblings[0].begin, item + layout.gap
    return below_heading(note.text, label, item, layout.newline)


def _last_not_later(siblings: list[Record], start: int | None) -> Record | None:
    """Return the last item that begins not later than `start`; without times to compare, the last one."""
    timed = [record for record in siblings if record.get("start") is not None]
    if start is None or not timed:
        return siblings[-1] if siblings else None
    earlier = [record for record in timed if record.get("start") <= start]
    return earlier[-1] if earlier else None


def _layout(text: str, siblings: list[Record]) -> Layout:
    newline = newline_of(text)
    if not siblings:
        return Layout(newline=newline)
    whole = [text[record.begin : record.end] for record in siblings]
    bullet = _BULLET.match(whole[0])
    inner = next(filter(None, (_INNER_BULLET.search(item) for item in whole)), None)
    indent = next(filter(None, (_CONTINUATION.search(item) for item in whole)), None)
    gap = _BLANK_LINES.search(whole[0])
    return Layout(
        bullet[0] if bullet else "  • ",
        inner[1] if inner else "    • ",
        indent[1] if indent else "    ",
        newline,
        gap[1] if gap else "",
    )


# --- text of one item


def _time(values: Values) -> str:
    return "" if values.get("start") is None else timecodes.format(values["start"])


def _with_time(values: Values, separator: str, rest: str) -> str:
    return separator.join(part for part in (_time(values), rest) if part)


def _inner(layout: Layout, value: str | None) -> str:
    return f"{layout.newline}{layout.inner}{_lines(value)}" if value else ""


def _lines(value: str | None) -> str:
    return value_codecs.write("indented", "", value or "")


def _one(value: str | None) -> str:
    return value_codecs.write("line", "", value or "")


def _chapter(values: Values, layout: Layout) -> str:
    head = _with_time(values, " · ", _one(values.get("title")))
    return layout.bullet + head + _inner(layout, values.get("summary"))


def _quote(values: Values, layout: Layout) -> str:
    blank = layout.newline * 2
    text = f"{blank}{layout.indent}{_lines(values['text'])}" if values.get("text") else ""
    context = _inner(layout, values.get("context"))
    head = _with_time(values, " — ", _one(values.get("label")))
    return f"{layout.bullet}{head}:{text}{layout.newline + context if context else ''}"


def _prediction(values: Values, layout: Layout) -> str:
    horizon = f"({_one(values['horizon'])})" if values.get("horizon") else ""
    label = f"— {_one(values['label'])}" if values.get("label") else ""
    head = " ".join(part for part in (_time(values), horizon, label) if part)
    return f"{layout.bullet}{head}: {_lines(values.get('words'))}"


def _energy(values: Values, layout: Layout) -> str:
    head = _ICONS[values["kind"]] + _with_time(values, " — ", _lines(values.get("cue")))
    return layout.bullet + head.rstrip(" ") + _inner(layout, values.get("detail"))


def _gesture(values: Values, layout: Layout) -> str:
    cue = f"“{_lines(values['cue'])}”" if values.get("cue") else ""
    reading = f" · {_lines(values['reading'])}" if values.get("reading") else ""
    below = _lines(values.get("detail")) + reading
    return layout.bullet + _with_time(values, " — ", cue) + (_inner(layout, below.strip()) if below else "")


def _tell(values: Values, layout: Layout) -> str:
    cue = f": {_lines(values['cue'])}" if values.get("cue") else ""
    head = _with_time(values, " — ", _lines(values.get("detail")) + cue)
    return layout.bullet + head + _inner(layout, values.get("reading"))


def _texture(values: Values, layout: Layout) -> str:
    return layout.bullet + _lines(values.get("detail"))


def _takeaway(values: Values, layout: Layout) -> str:
    return layout.bullet + _lines(values.get("text"))


_WRITERS: dict[str, Callable[[Values, Layout], str]] = {
    "chapter": _chapter,
    "quote": _quote,
    "prediction": _prediction,
    "energy_up": _energy,
    "energy_down": _energy,
    "gesture": _gesture,
    "tell": _tell,
    "texture": _texture,
    "takeaway": _takeaway,
}


# --- lists on one line


def _mention(note: ParsedNote, listed_as: str, name: str) -> Place | None:
    """Return the place at the end of the list; a missing list is begun below the heading of the entities."""
    name = _one(name)
    if split_names(name, 0, len(name)) != [(0, len(name))]:
        return None  # a comma in the name would split it
    for group in note.groups:
        if group.kind == "mention" and group.name == listed_as:
            return _after_members(note.text, group.begin, group.end, name)
    label = _label(note, "entities")
    if label is None or vocabulary.entity_kind(listed_as) == "other":
        return None
    lists = [group for group in note.groups if group.kind == "mention" and group.begin >= label.end]
    newline = newline_of(note.text)
    line = f"{listed_as} (1): {name}{newline}"
    if not lists:
        return below_heading(note.text, label, line, newline)
    return lists[-1].end, newline * 2 + line.removesuffix(newline)


def _after_members(text: str, begin: int, end: int, member: str) -> Place:
    members = text[begin:end].rstrip(" \t\r\n,，、")
    if not members:
        spaced = begin == 0 or text[begin - 1] in " \t"
        return begin, member if spaced else f" {member}"
    return begin + len(members), f", {member}"


def _prop(note: ParsedNote, label: Record, detail: str) -> Place | None:
    """Return the place in the last line of props, after or before the others, if all then read correctly."""
    detail = _one(detail)
    props = [
        segment for segment in note.segments if segment.record != SEPARATOR and _is_prop(note.records[segment.record])
    ]
    if props:
        line = _last_line(note.text, props)
        before = [note.raw(segment) for segment in line]
        if _splits_into([*before, detail]):
            return line[-1].end, f", {detail}"
        if _splits_into([detail, *before]):
            return line[0].begin, f"{detail}, "
    return _key_line(note, label, "prop", detail) if _splits_into([detail]) else None


def _splits_into(members: list[str]) -> bool:
    joined = ", ".join(members)
    return [joined[slice(*span)] for span in split_props(joined, 0, len(joined))] == members


def _is_prop(record: Record) -> bool:
    return record.kind == "observation" and record.given.get("kind") == "prop"


def _last_line(text: str, segments: list[Segment]) -> list[Segment]:
    line = [segments[-1]]
    for segment in reversed(segments[:-1]):
        if "\n" in text[segment.end : line[0].begin]:
            break
        line.insert(0, segment)
    return line


_KEYS = {"setting": "录制设定: ", "production": "production: ", "prop": "  • props: "}


def _key_line(note: ParsedNote, label: Record, kind: str, detail: str) -> Place:
    """Return the place of a new line after the content of the visual part."""
    newline = newline_of(note.text)
    line = _KEYS[kind] + _lines(detail) + newline
    existing = [record for name in _KEYS for record in _siblings(note, "observation", name, label)]
    if not existing:
        return below_heading(note.text, label, line, newline)
    end = max(record.end for record in existing)
    line_end = note.text.find("\n", end - 1) + 1 if note.text[end - 1] != "\n" else end
    return line_at(note.text, line_end or len(note.text), newline + line, newline)


# --- fields of the episode


def set_missing(note: ParsedNote, field: str, value: Any) -> Place | None:
    """Return the place of a missing title, duration, date, number or URL; None for other fields."""
    written = {
        "title": lambda: _one(value),
        "duration": lambda: f"时长: {value_codecs.write('minutes', '0 min', value)}",
        "aired_on": lambda: f"日期: {value}",
        "source_url": lambda: f"▶ {_one(value)}",
        "number": lambda: f"Episode {value}",
    }.get(field)
    if written is None or field in note.episode.values or value in (None, ""):
        return None
    newline = newline_of(note.text)
    if field == "number":
        return 0, f"{written()}{newline}{newline}"
    return line_at(note.text, _header_end(note), f"{newline}{written()}{newline}", newline)


def _header_end(note: ParsedNote) -> int:
    """Return the offset after the line of the header's last segment, or the top of the note."""
    parts = [record.begin for _, record in note.of_kind("label") if record.given["part"] in _PARTS.values()]
    parts += [record.begin for _, record in note.of_kind("section")]
    stop = min(parts, default=len(note.text))
    ends = [
        segment.end
        for segment in note.segments
        if segment.record != SEPARATOR and segment.end <= stop and segment.field != "text"
    ]
    if not ends:
        return 0
    return note.text.find("\n", ends[-1]) + 1 or len(note.text)
