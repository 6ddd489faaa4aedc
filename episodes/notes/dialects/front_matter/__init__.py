"""Dialect 1: a header in YAML, TOML or JSON, then Markdown; also plain Markdown without a header.

Keys with a field become records, all others go to `extra` unchanged. The body is cut into sections at its headings; a
first heading of level 1 is the title if no key gives one.
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml
from yaml.nodes import Node, ScalarNode, SequenceNode

from episodes.notes import (
    header,
    prose,
    timecodes,
    unread_headers,
    value_codecs,
    yaml_text,
)
from episodes.notes.dialects.front_matter.insertion import KNOWN, MENTIONS, NAMES, NUMBERS, PROJECTS, TAGS, TEXTS
from episodes.notes.dialects.front_matter.insertion import insert as insert
from episodes.notes.dialects.front_matter.insertion import set_missing as set_missing
from episodes.notes.header import Entry, Header
from episodes.notes.line_ends import with_line_feeds
from episodes.notes.parsed import Builder, Group, ParsedNote
from episodes.notes.parsed import gettext_noop as _
from episodes.notes.prose.outline import Heading, outline
from episodes.notes.tag_names import tags_in
from episodes.notes.unread_headers import Unread

NAME = "front_matter"
VERSION = 2
# True if `# x #` is the heading x, as in Markdown: the exporter must then protect a `#` at the end.
MARKDOWN_HEADINGS = True

# Characters from which a value is reported as long; 2,000 for all other keys.
LONGEST = {"title": 500, "summary": 20_000}
_HEADING_ABOVE = re.compile(r"^# +(\S[^\n]*?)[ \t]*\r?$", re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?=$|[T ])")


def detect(text: str) -> bool:
    """Return whether the text begins with a header. Text without one is read too, if no other dialect matches."""
    return header.is_fenced(text)


def parse(text: str) -> ParsedNote:
    """Parse a note. Raises NoteError for an unreadable header, never for an odd value."""
    lines = with_line_feeds(text)
    build = Builder(NAME, lines)
    if top := header.read(lines):
        _Reader(build, top).read()
    _report_unread(build, header.top(lines).unread)
    _read_body(build)
    note = build.finish()
    for segment in note.segments:
        if segment.field == "text":
            note.annotations += prose.annotate(lines, segment.begin, segment.end)
    note.text = text
    return note


def _report_unread(build: Builder, blocks: Iterable[Unread]) -> None:
    for block in blocks:
        message = _(
            "What looks like a header was not read: “%(line)s”. Nothing it asks for is obeyed, and none of it is "
            "shown. Write it as `key: value` between two lines of `---` at the beginning of the note."
        )
        build.remark("header-not-read", "error", message, 0, line=block.line)


class _Reader:
    """Reads the header into records and segments, key by key in the note's order."""

    def __init__(self, build: Builder, top: Header) -> None:
        self.build, self.top, self.note = build, top, build.note
        self.spelled = {entry.key for entry in top.entries}
        self.seen: set[str] = set()
        self.extra: int | None = None

    def read(self) -> None:
        """Read all keys."""
        self._heading_above()
        if yaml_text.UNREADABLE.search(self.note.text, self.top.fences.begin, self.top.fences.end):
            message = _("The front matter holds control characters; they are read as the replacement character.")
            self.build.remark("text-control-characters", "warning", message, 0)
        for entry in self.top.entries:
            self._entry(entry)

    def _heading_above(self) -> None:
        """Read a heading above the header as the title, if no key gives one."""
        above = _HEADING_ABOVE.search(self.note.text, 0, self.top.fences.begin)
        if above and not any(key.lower() == "title" for key in self.spelled):
            self.build.segment(*above.span(1), 0, "title", "line", above[1])
            self.seen.add("title")

    def _codec(self, name: str) -> str:
        """Return the codec of this header's format that corresponds to a YAML codec."""
        return self.top.fences.format + name.removeprefix("yaml")

    def _entry(self, entry: Entry) -> None:
        key = self._field(entry.key)
        self.seen.add(key)
        if key in TEXTS:
            self._text(entry, key)
        elif key == PROJECTS:
            self._projects(entry)
        elif key in NAMES:
            self._names(entry, key)
        elif key == TAGS:
            self._tags(entry)
        elif key in MENTIONS:
            self._members(entry, key, "mention", "name", listed_as=key, entity_kind=MENTIONS[key])
        elif key in NUMBERS and entry.has_colon and _is_number(key, entry.node):
            self._segment(entry.node, entry.begin, entry.end, 0, key, "yaml")
        else:
            self._extra(entry, key)

    def _field(self, key: str) -> str:
        """Return the known key for a key, else its name in `extra`. Of two equal keys the first counts."""
        lower = key.lower()
        if lower in KNOWN and lower not in self.seen and (key == lower or lower not in self.spelled):
            return lower
        name, number = key, 2
        while name in self.seen or (name in KNOWN and name in self.spelled):
            name, number = f"{key} ({number})", number + 1
        if name != key:
            message = _("`%(key)s` occurs more than once; the first one counts.")
            self.build.remark("key-repeated", "warning", message, 0, name, key=key)
        return name

    def _text(self, entry: Entry, key: str) -> None:
        name = TEXTS[key]
        if not isinstance(entry.node, ScalarNode):
            self.build.remark("value-not-text", "warning", _not_text(entry.node), 0, name, key=key)
        value = self._segment(entry.node, entry.begin, entry.end, 0, name, "yaml", entry.has_colon)
        if value:
            self._check(key, name, value)

    def _check(self, key: str, name: str, value: str) -> None:
        if name == "aired_on" and not _is_date(value):
            message = _("`%(key)s` is no date: %(words)s")
            self.build.remark("date-unreadable", "warning", message, 0, name, key=key, words=_short(value))
        if name == "title" and re.search(r"[\r\n]", value):
            message = _("The title has a line break: %(words)s")
            self.build.remark("title-line-break", "info", message, 0, name, words=_short(value))
        if len(value) > LONGEST.get(key, 2_000):
            message = _("`%(key)s` has %(count)d characters: %(words)s")
            self.build.remark("value-long", "warning", message, 0, name, key=key, count=len(value), words=_short(value))

    def _projects(self, entry: Entry) -> None:
        self._list_remarks(entry, "projects")
        self._segment(entry.node, entry.begin, entry.end, 0, "projects", "yaml_list", entry.has_colon)

    def _names(self, entry: Entry, key: str) -> None:
        """Read `speaker` as a single label, `guest` as names between commas."""
        value = yaml_text.value_of(entry.node)
        pieces = self._pieces(entry, value) if key == "guest" and isinstance(value, str) and entry.has_colon else []
        if [self.note.text[begin:end] for begin, end in pieces] in ([], [value]):
            codec = "yaml_names" if key == "guest" and (pieces or not value) else "yaml_list"
            self._members(entry, key, "appearance", "label", codec, role=key)
            return
        self.note.groups.append(Group(key, "appearance", entry.begin, entry.end, self._codec("yaml_names")))
        for begin, end in pieces:
            record = self.build.record("appearance", begin, end, role=key)
            self.build.segment(begin, end, record, "label", "name", self.note.text[begin:end])

    def _pieces(self, entry: Entry, value: str) -> list[tuple[int, int]]:
        """Return the spans of the names in a scalar; empty if quoting or folding hides them in the note."""
        at = self.note.text.find(value, entry.begin, entry.end)
        if at < 0 or not value.strip():
            return []
        return [(at + match.start(), at + match.end()) for match in value_codecs.NAMES.finditer(value)]

    def _tags(self, entry: Entry) -> None:
        """Read a list of tags, or one string of several tags, each with its span."""
        value = yaml_text.value_of(entry.node)
        pieces = tags_in(value) if isinstance(value, str) and value.strip() != "[]" else []
        places = self._places(entry, pieces) if len(pieces) > 1 and entry.has_colon else []
        if not places:
            self._members(entry, TAGS, "tag", "name")
            return
        message = _("`%(key)s` is one string where a list is expected. It was read as %(count)d tags: %(words)s")
        params = {"key": TAGS, "count": len(pieces), "words": _short(value)}
        self.build.remark("list-is-string", "warning", message, 0, TAGS, **params)
        self.note.groups.append(Group(TAGS, "tag", entry.begin, entry.end, self._codec("yaml_names")))
        for begin, end in places:
            record = self.build.record("tag", begin, end)
            self.build.segment(begin, end, record, "name", "name", self.note.text[begin:end])

    def _places(self, entry: Entry, pieces: list[str]) -> list[tuple[int, int]]:
        """Return the spans of these texts in the entry, in order; empty if quoting or folding hides one of them."""
        spans, at = [], entry.begin
        for piece in pieces:
            begin = self.note.text.find(piece, at, entry.end)
            if begin < 0:
                return []
            at = begin + len(piece)
            spans.append((begin, at))
        return spans

    def _members(self, entry: Entry, key: str, kind: str, name: str, codec: str = "yaml_list", **given: Any) -> None:
        """Add one record for each item of a list, and the Group by which the list can be changed."""
        if kind != "appearance" or isinstance(entry.node, SequenceNode):
            self._list_remarks(entry, key)
        members = header.members(self.top, entry) if entry.has_colon else ()
        items = [member for member in members if self._has_content(member.node, entry.node)]
        lines = [header.member_line(self.note.text, member.begin, member.end) for member in items]
        block = isinstance(entry.node, SequenceNode) and not entry.node.flow_style and all(lines)
        if entry.has_colon:
            written = "" if block and items else self._codec(codec)
            self.note.groups.append(Group(key, kind, entry.begin, entry.end, written))
        alone = key == "guest" and not isinstance(entry.node, SequenceNode)
        for member, line in zip(items, lines, strict=True):
            begin, end = (block and line) or (member.begin, member.end)
            record = self.build.record(kind, begin, end, **given)
            self._segment(member.node, member.begin, member.end, record, name, "yaml_label" if alone else "yaml")

    def _has_content(self, member: Node, value: Node) -> bool:
        """Return whether an item is neither empty nor the string `[]`, which stands for an empty list."""
        text = (yaml_text.text_of(member, self.top.source) or "").strip()
        return bool(text) and (member is not value or text != "[]")

    def _list_remarks(self, entry: Entry, key: str) -> None:
        node = entry.node
        if isinstance(node, SequenceNode):
            odd = [child for child in node.value if not isinstance(child, ScalarNode)]
            if any(not (yaml_text.text_of(child, self.top.source) or "").strip() for child in node.value):
                self.build.remark("list-empty-item", "info", _("`%(key)s` has an empty item."), 0, key, key=key)
            for child in odd:
                self.build.remark("value-not-text", "warning", _not_text(child, within=True), 0, key, key=key)
        elif yaml_text.is_null(node):
            message = _("`%(key)s` is null where a list is expected.")
            self.build.remark("list-is-null", "info", message, 0, key, key=key)
        elif isinstance(node, ScalarNode):
            text = yaml_text.scalar_text(node)
            severity = "info" if text.strip() in ("", "[]") else "warning"
            message = _("`%(key)s` is one string where a list is expected: %(words)s")
            self.build.remark("list-is-string", severity, message, 0, key, key=key, words=_short(text))
        else:
            message = _("`%(key)s` is a mapping where a list is expected.")
            self.build.remark("value-not-text", "warning", message, 0, key, key=key)

    def _extra(self, entry: Entry, key: str) -> None:
        self.note.extra[key] = yaml_text.value_of(entry.node)
        if not entry.has_colon:
            return
        if self.extra is None:
            self.extra = self.build.record("extra", entry.begin, entry.end)
        self.note.records[self.extra].end = entry.end
        self.note.extra[key] = self._segment(entry.node, entry.begin, entry.end, self.extra, key, "yaml_any")

    def _segment(self, node: Node, begin: int, end: int, record: int, name: str, codec: str, place: bool = True) -> Any:
        """Add the segment of a value and return the value as its text reads alone, as the codec laws demand."""
        value = yaml_text.value_of(node)
        raw = self.note.text[begin:end]
        if not place:
            return value
        codec, is_list = self._codec(codec), codec == "yaml_list"
        if raw == "[]":
            value = [] if is_list else value_codecs.read(codec, raw)
        elif is_list or not _reads_alone(node, raw):
            try:
                standalone = value_codecs.read(codec, raw)
            except yaml.YAMLError:
                return value
            if isinstance(node, ScalarNode) and not is_list and standalone != value:
                message = _("`%(key)s` reads otherwise by itself than in its place: %(words)s")
                self.build.remark("value-unclear", "warning", message, record, name, key=name, words=_short(raw))
            value = standalone
        self.build.segment(begin, end, record, name, codec, value)
        return value


def _reads_alone(node: Node, raw: str) -> bool:
    """Return whether these characters certainly read the same outside their context; saves a parser run."""
    if not isinstance(node, ScalarNode) or "\n" in raw or "\r" in raw:
        return False
    if node.style in ("'", '"'):
        return raw[:1] == node.style
    return raw == node.value and not raw.startswith(("---", "...")) and not raw.endswith(":")


def _read_body(build: Builder) -> None:
    """Add a section for each heading; text before the first one is a section without heading."""
    note = build.note
    frame = outline(note.text)
    headings: list[Heading | None] = [None, *frame.headings]
    ends = [heading.begin for heading in frame.headings] + [len(note.text)]
    orders = itertools.count()
    for heading, end in zip(headings, ends, strict=True):
        begin = heading.end if heading else frame.begin
        if heading and heading is frame.headings[0] and not note.text[frame.begin : heading.begin].strip():
            begin = _after_unread(build, begin, end)
        if heading and heading.level == 1 and heading is frame.headings[0] and "title" not in note.episode.values:
            build.segment(heading.at, heading.stop, 0, "title", "line", note.text[heading.at : heading.stop])
            heading = None
        _section(build, heading, begin, end, orders)


def _after_unread(build: Builder, begin: int, end: int) -> int:
    """Return the offset at which the text under the first heading begins, after an unread header there."""
    block = unread_headers.at_top(build.note.text, begin)
    if block is None or block.end > end:
        return begin
    _report_unread(build, [block])
    return block.end


def _section(build: Builder, heading: Heading | None, begin: int, end: int, orders: Iterator[int]) -> None:
    """Add a section over text[begin:end]; only the line breaks around its text are left out."""
    text = build.note.text[begin:end]
    if heading is None and not text.strip():
        return
    at = begin + len(text) - len(text.lstrip("\r\n"))
    stop = max(at, begin + len(text.rstrip("\r\n")))
    given = {"kind": "body", "level": heading.level if heading else 0, "order": next(orders)}
    record = build.record("section", heading.begin if heading else begin, end, **given)
    if heading:
        build.segment(heading.at, heading.stop, record, "heading", "line", build.note.text[heading.at : heading.stop])
    else:
        build.note.records[record].given["heading"] = ""
    if text and not text.strip("\r\n"):
        at = stop = begin  # text inserted here is followed by a line break already
    if text:
        build.segment(at, stop, record, "text", "text", build.note.text[at:stop])
    else:
        build.note.records[record].given["text"] = ""


def _not_text(node: Node, within: bool = False) -> str:
    """Return the message on a list or mapping in place of text; within: as an item of a list."""
    if within and isinstance(node, SequenceNode):
        return _("`%(key)s` has a list where text is expected.")
    if within:
        return _("`%(key)s` has a mapping where text is expected.")
    if isinstance(node, SequenceNode):
        return _("`%(key)s` is a list where text is expected.")
    return _("`%(key)s` is a mapping where text is expected.")


def _is_number(key: str, node: Node) -> bool:
    """Return whether a value is a time code or a whole number, or null."""
    if yaml_text.is_null(node) or not isinstance(node, ScalarNode):
        return yaml_text.is_null(node)
    read = timecodes.parse if key == "duration" else yaml_text.read_number
    return read(yaml_text.scalar_text(node)) is not None


def _is_date(value: str) -> bool:
    if not _DATE.match(value):
        return False
    try:
        datetime.date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def _short(text: str) -> str:
    """Return the beginning of a value for a message, on one line."""
    line = " ".join(text[:200].split())
    return line if len(line) <= 60 else line[:60] + "…"
