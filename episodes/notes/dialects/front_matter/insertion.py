"""Insertion of values into a note with a header, in the note's own style.

Inserted text is read back by `front_matter.parse`; None if the note has no place for a value.
"""

from __future__ import annotations

from typing import Any

from episodes.notes import (
    header,
    timecodes,
    value_codecs,
    yaml_text,
)
from episodes.notes.dialects.insertion_lines import line_at
from episodes.notes.parsed import Group, ParsedNote, Record
from episodes.notes.prose.outline import closed, outline

TEXTS = {
    "title": "title",
    "summary": "summary",
    "insight": "insight",
    "source": "source_url",
    "area": "area",
    "category": "category",
    "series": "series",
    "date": "aired_on",
    "slug": "slug",
}
# Read as fields if the value is a time code, plain digits or empty; any other value goes to `extra`.
NUMBERS = ("duration", "number")
PROJECTS = "project"
TAGS = "tags"
NAMES = ("speaker", "guest")
MENTIONS = {
    "people": "person",
    "companies_orgs": "organisation",
    "companies": "organisation",
    "products_models": "product",
    "media_books": "work",
}
KNOWN = {*TEXTS, PROJECTS, TAGS, *NAMES, *MENTIONS}
_FIELDS = {field: key for key, field in TEXTS.items()} | {"projects": PROJECTS} | {name: name for name in NUMBERS}
_GROUPS = {**dict.fromkeys(MENTIONS, "mention"), TAGS: "tag", **dict.fromkeys(NAMES, "appearance")}

Values = dict[str, Any]
Place = tuple[int, str]


def insert(note: ParsedNote, kind: str, group: str, values: Values) -> Place | None:
    """Return offset and text that add a record.

    None if the whole list has to be rewritten with the group's codec, or if the group is unknown.

    group: the key of the list; may be empty for a tag, and for an appearance with a role.
    """
    if kind == "section":
        return _section(note, values)
    name = str(values.get("label" if kind == "appearance" else "name") or "")
    group = group or {"tag": TAGS, "appearance": values.get("role", "")}.get(kind, "")
    if not name.strip() or _GROUPS.get(group) != kind:
        return None
    existing = next((candidate for candidate in note.groups if candidate.name == group), None)
    if existing is not None:
        return _member(note, existing, name)
    if group in NAMES:
        return _key(note, group, name, f"{group}: {_label(group, name)}")
    return _key(note, group, [name], f"{group}:", f"- {yaml_text.scalar(name)}")


def set_missing(note: ParsedNote, field: str, value: Any) -> Place | None:
    """Return offset and text of a new key for an episode field; None if the dialect has no key for it."""
    key = _FIELDS.get(field)
    if key is None or value is None or field in note.episode.values:
        return None
    if key == "duration":
        value = timecodes.format(value)
    written = yaml_text.write_list("[]", value) if key == PROJECTS else yaml_text.scalar(value)
    return _key(note, key, value, f"{key}: {written}")


def _label(group: str, name: str) -> str:
    """Return a name as a value. A name with a comma is a list of one in `guest`, where commas separate names."""
    return value_codecs.write("yaml_label", "null", name) if group == "guest" else yaml_text.scalar(name)


def _key(note: ParsedNote, key: str, value: Any, *lines: str) -> Place | None:
    """Return offset and text of a new key; a note without header gets one. None if the key cannot be added.

    lines: the key in YAML, of which `value` is the value.
    """
    top = header.read(note.text)
    if top is None:
        if header.top(note.text).unread:
            # A second header above an unreadable one would not help.
            return None
        begin = 1 if note.text.startswith("\ufeff") else 0
        return begin, _newline(note.text).join(["---", *lines, "---", "", ""])
    if any(entry.key.lower() == key for entry in top.entries):
        return None
    if top.fences.format == "json":
        return _json_key(note.text, top, key, value)
    if top.fences.format == "toml":
        return _toml_key(note.text, top, key, value)
    if top.flow or "\n..." in "\n" + top.source:
        return None
    return top.fences.end, "".join(top.indent + line + top.fences.newline for line in lines)


def _written(top: header.Header, key: str, value: Any) -> str:
    kind = "_label" if key == "guest" and not isinstance(value, list) else "_any"
    return value_codecs.write(top.fences.format + kind, '""', value)


def _json_key(text: str, top: header.Header, key: str, value: Any) -> Place:
    """Return the place after the last key, separated from it as the first key is from the bracket."""
    first, last = top.entries[0], top.entries[-1]
    begin = text.rfind(f'"{first.key}"', top.fences.begin, first.begin)
    apart = text[top.fences.begin + 1 : begin]
    return last.end, f',{apart if apart.isspace() else " "}"{key}": {_written(top, key, value)}'


def _toml_key(text: str, top: header.Header, key: str, value: Any) -> Place:
    """Return the place of a line before the first table."""
    ends = [entry.end for entry in top.entries if entry.has_colon]
    offset = text.find("\n", max(ends)) + 1 if ends else top.fences.begin
    return offset, f"{key} = {_written(top, key, value)}{top.fences.newline}"


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _member(note: ParsedNote, group: Group, name: str) -> Place | None:
    """Return the place of a line after the last one of a block list, or of a name after an empty key."""
    last: Record | None = None
    for record in note.records:
        if record.kind == group.kind and group.begin <= record.begin <= group.end:
            last = record
    if group.codec:
        empty = group.name in NAMES and not note.text[group.begin : group.end]
        return (group.begin, " " + _label(group.name, name)) if empty else None
    if last is None:
        return None
    line = note.text[last.begin : last.end]
    newline = "\r\n" if line.endswith("\r\n") else "\n"
    dash = line.index("-") + 1
    blanks = line[dash : len(line) - len(line[dash:].lstrip(" \t"))] or " "
    return last.end, line[:dash] + blanks + yaml_text.scalar(name) + newline


def _section(note: ParsedNote, values: Values) -> Place | None:
    """Return the place at the end of the note; a section without heading goes before the first heading."""
    heading = " ".join(str(values.get("heading") or "").split())
    text, newline = note.text, _newline(note.text)
    if not heading:
        return _opening(note, str(values.get("text") or "").strip("\r\n"), newline)
    blank = newline if text.endswith("\n") else newline * 2
    if not text.strip("\ufeff\r\n") or text.endswith(newline * 2):
        blank = ""
    marks = "#" * min(6, max(1, int(values.get("level") or 3)))
    body = str(values.get("text") or "").strip("\r\n")
    return len(text), f"{blank}{marks} {closed(heading, marks)}{newline}{newline}" + (body + newline if body else "")


def _opening(note: ParsedNote, body: str, newline: str) -> Place | None:
    """Return the place before the first heading; None if there is such a section already, or no text."""
    if not body or any(not record.get("heading") for _, record in note.of_kind("section")):
        return None
    begin = outline(note.text).begin
    return line_at(note.text, begin, f"{newline if begin > 1 else ''}{body}{newline}{newline}", newline)
