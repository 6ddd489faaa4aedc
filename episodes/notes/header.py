"""Headers of notes in YAML, TOML or JSON: position, keys, and the span of every value. Pure Python.

Spans are offsets in the note. YAML between fences that begin in the first line raises NoteError with line and remedy if
it cannot be read; an odd value never does. Blank lines, comments and invisible characters may precede a header. Text
that looks like a header and cannot be read is listed in `Top.unread`, and belongs to no section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from episodes.notes import (
    json_text,
    toml_text,
    unread_headers,
    yaml_text,
)
from episodes.notes.comments import comments
from episodes.notes.line_ends import with_line_feeds
from episodes.notes.parsed import NoteError
from episodes.notes.unread_headers import Unread

_INVISIBLE = "\ufeff\u200b-\u200f\u2060\u00ad"
_OPENING = re.compile(rf"[{_INVISIBLE}]*(-{{3,}})[ \t{_INVISIBLE}\u00a0\u3000]*(\r?\n|\Z)")
# After the first line it must prove to be a header: there, dashes may be a rule and braces anything.
_LATER = re.compile(rf"[ \t{_INVISIBLE}]*(-{{3,}}|\+{{3,}})[ \t{_INVISIBLE}\u00a0\u3000]*(\r?\n|\Z)")
_BLANK = re.compile(rf"[\s{_INVISIBLE}]*")
_LINE_COMMENT = re.compile(r"(?:#|//)[^\n]*\n")
_REST_BLANK = re.compile(r"[ \t]*(?:\r?\n|\Z)")
_KEY = re.compile(r"[ \t]*([\w\"'-][^:#]{0,40}?)[ \t]*:(?:\s|$)")
# Line of the note in which the YAML begins: the opening fence is line 1.
_FIRST_LINE = 2
# Several headers in a row occur; thousands are an attack.
_MAX_UNREAD = 20


class Fences(NamedTuple):
    """Span of a header: its source is text[begin:end], its closing fence text[end:body]."""

    begin: int
    end: int
    body: int
    newline: str
    format: str = "yaml"


class Entry(NamedTuple):
    """One key of the header. text[begin:end] is its value; for a block list from the colon on."""

    key: str
    node: Node
    begin: int
    end: int
    has_colon: bool


class Member(NamedTuple):
    """One item of a list; text[begin:end] is its value."""

    node: Node
    begin: int
    end: int


class Header(NamedTuple):
    """A header that was read. `indent` and `flow` tell how its YAML is laid out."""

    fences: Fences
    source: str
    entries: list[Entry]
    indent: str
    flow: bool

    def span(self, node: Node) -> tuple[int, int]:
        """Return (begin, end) of a node in the note."""
        # JSON nodes have offsets in the note, those of other formats in the source between the fences.
        begin = 0 if self.fences.format == "json" else self.fences.begin
        return begin + node.start_mark.index, begin + _end_of(node, self.source)


class Top(NamedTuple):
    """Start of a note: its header or None, blocks that look like headers, and the offset of the body."""

    fences: Fences | None
    unread: tuple[Unread, ...]
    body: int


def opens_with_dashes(text: str) -> bool:
    """Return whether the first line is a fence or rule of dashes."""
    return _OPENING.match(with_line_feeds(text)) is not None


def is_fenced(text: str) -> bool:
    """Return whether a note begins with a header, readable or not."""
    if opens_with_dashes(text):
        return True
    start = top(text)
    return start.fences is not None or bool(start.unread)


@lru_cache(maxsize=4)
def top(text: str) -> Top:
    """Return the positions of header and body. Raises NoteError if fences in the first line are never closed."""
    text = with_line_feeds(text)
    span = _strict(text) or _lenient(text)
    begin = body = span.body if span else (1 if text.startswith("\ufeff") else 0)
    unread: list[Unread] = []
    while len(unread) < _MAX_UNREAD and (block := unread_headers.at_top(text, body)):
        unread.append(block)
        body = block.end
    return Top(span, tuple(unread), body if unread else begin)


def fences(text: str) -> Fences | None:
    """Return the header's span, or None. Raises NoteError if its closing fence is missing."""
    return top(text).fences


def _strict(text: str) -> Fences | None:
    """Return fences that begin in the first line."""
    opening = _OPENING.match(text)
    if not opening:
        return None
    span = _yaml_fences(text, opening)
    if span is None:
        raise NoteError(
            f"the front matter is opened with {opening[1]} and never closed",
            remedy=f"Put a line with {opening[1]} after the last key",
        )
    return span


def _yaml_fences(text: str, opening: re.Match[str], indent: str = "") -> Fences | None:
    ends = rf"^{indent}(?:{opening[1]}|---)[ \t{_INVISIBLE}\u00a0]*\r?$"
    closing = re.compile(ends, re.MULTILINE).search(text, opening.end())
    dots = re.compile(rf"^{indent}\.\.\.[ \t]*\r?$", re.MULTILINE).search(text, opening.end())
    # Three dots end a YAML document, unless the closing fence follows with nothing but blanks between.
    if dots and (not closing or (dots.end() < closing.start() and text[dots.end() : closing.start()].strip())):
        closing = dots
    if not closing:
        return None
    return Fences(opening.end(), closing.start(), min(closing.end() + 1, len(text)), opening[2] or "\n")


def _lenient(text: str) -> Fences | None:
    """Return a readable header of any format after blank lines and comments, or None."""
    closed, at, has_line_comments = dict(comments(text)), 0, False
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        line_comment = _LINE_COMMENT.match(text, at)
        if at in closed:
            at = closed[at]
        elif line_comment:
            at, has_line_comments = line_comment.end(), True
        else:
            break
    line = text.rfind("\n", 0, at) + 1
    begin = line if not text[line:at].strip(" \t") else at
    if text[at : at + 1] == "{" and not has_line_comments:
        return _json(text, at)
    opening = _LATER.match(text, begin) or _LATER.match(text, at)
    if not opening:
        return None
    span = _toml(text, opening) if opening[1][0] == "+" else _yaml(text, opening)
    # A line comment may be the heading of a text with a rule under it.
    if span and has_line_comments and not unread_headers.are_keys(text[span.begin : span.end].splitlines()):
        return None
    return span


def _yaml(text: str, opening: re.Match[str]) -> Fences | None:
    span = _yaml_fences(text, opening, "[ \t]*" if opening.start(1) > opening.start() else "")
    if span is None:
        return None
    source = yaml_text.readable(text[span.begin : span.end])
    try:
        root = _compose(source)
    except NoteError:
        return None
    keys = [key.value for key, _ in root.value if isinstance(key, ScalarNode)] if isinstance(root, MappingNode) else []
    # Prose between two rules may contain a colon; keys of a header are short, of few words.
    return span if keys and all(len(key) <= 60 and len(key.split()) <= 3 for key in keys) else None


def _toml(text: str, opening: re.Match[str]) -> Fences | None:
    closing = re.compile(r"^[ \t]*\+{3,}[ \t]*\r?$", re.MULTILINE).search(text, opening.end())
    if not closing:
        return None
    span = Fences(opening.end(), closing.start(), min(closing.end() + 1, len(text)), opening[2] or "\n", "toml")
    try:
        return span if toml_text.pairs(text[span.begin : span.end]) else None
    except ValueError:
        return None


def _json(text: str, at: int) -> Fences | None:
    try:
        root, end = json_text.compose(text, at)
    except (ValueError, RecursionError):
        return None
    rest = _REST_BLANK.match(text, end)
    if not root.value or not rest:
        return None
    newline = "\r\n" if "\r\n" in text[at:end] else "\n"
    return Fences(at, end, rest.end(), newline, "json")


def read(text: str) -> Header | None:
    """Return the header of a note, or None. Raises NoteError if it cannot be read."""
    text = with_line_feeds(text)
    span = fences(text)
    if span is None:
        return None
    if span.format == "json":
        root, _ = json_text.compose(text, span.begin)
        source = text[span.begin : span.end]
        return Header(span, source, [_json_entry(key.value, value) for key, value in root.value], "", True)
    if span.format == "toml":
        source = text[span.begin : span.end]
        entries = [_toml_entry(span.begin, *pair) for pair in toml_text.pairs(source)]
        return Header(span, source, entries, "", False)
    return _read_yaml(text, span)


def _json_entry(name: str, node: Node) -> Entry:
    return Entry(name, node, node.start_mark.index, node.end_mark.index, True)


def _toml_entry(offset: int, name: str, node: Node, place: tuple[int, int] | None) -> Entry:
    begin, end = place or (0, 0)
    return Entry(name, node, offset + begin, offset + end, place is not None)


def _read_yaml(text: str, span: Fences) -> Header:
    source = yaml_text.readable(text[span.begin : span.end])
    root = _compose(source)
    if root is None:
        return Header(span, source, [], "", False)
    if not isinstance(root, MappingNode):
        raise NoteError(
            "the front matter is not a list of keys and values",
            line=root.start_mark.line + _FIRST_LINE,
            remedy="Write it as `key: value`, one key a line, or leave the fences out",
        )
    entries = [_entry(span.begin, source, key, value) for key, value in root.value]
    return Header(span, source, entries, " " * root.start_mark.column, bool(root.flow_style))


def _compose(source: str) -> Node | None:
    try:
        line = yaml_text.has_alias(source)
        if line is None:
            return yaml_text.compose(source)
    except yaml.YAMLError as error:
        raise _refusal(error, source) from None
    raise NoteError(
        "the front matter holds an anchor or alias (& or *), which could unfold without end",
        line=line + _FIRST_LINE,
        remedy=f"Write the value out, or {_quoting(source, line)}",
    )


def _refusal(error: yaml.YAMLError, source: str) -> NoteError:
    problem = getattr(error, "problem", None) or "it cannot be read"
    mark = getattr(error, "problem_mark", None)
    if "end of stream" in problem:
        # The open quote or bracket, not the end of the header.
        mark = getattr(error, "context_mark", None) or mark
    line = mark.line if mark else 0
    if "nested deeper" in problem:
        remedy = "Keep such data out of the front matter"
    elif re.match(r" *\t", source.split("\n")[min(line, source.count("\n"))]):
        remedy = "Indent with spaces instead of tabs"
    else:
        remedy = _quoting(source, line).capitalize()
    return NoteError(f"the front matter is not valid YAML: {problem}", line=line + _FIRST_LINE, remedy=remedy)


def _quoting(source: str, line: int) -> str:
    """Return the usual remedy: quote the value of the key in this line, or of the last key above."""
    for text in reversed(source.split("\n")[max(0, line - 50) : line + 1]):
        if key := _KEY.match(text):
            name = key[1].strip("\"'")
            return f"put the value of `{name}` in quotes, or close the quote or bracket that is open"
    return "put the text in quotes, and check the indentation"


def _entry(offset: int, source: str, key: Node, value: Node) -> Entry:
    name = yaml_text.scalar_text(key) if isinstance(key, ScalarNode) else yaml_text.text_of(key, source) or ""
    begin = value.start_mark.index
    colon = source.find(":", yaml_text.end_of(key), begin)
    if colon >= 0 and isinstance(value, CollectionNode) and not value.flow_style:
        begin = colon + 1  # includes the line break, so the first item keeps its indentation
    return Entry(name, value, offset + begin, offset + _end_of(value, source), colon >= 0)


def _end_of(node: Node, source: str) -> int:
    end = yaml_text.end_of(node)
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        # A block scalar includes the line break before the next key: leave it out unless it changes the value.
        begin = node.start_mark.index
        short = source[begin:end].rstrip("\r\n")
        if yaml_text.read_scalar(short) == yaml_text.scalar_text(node):
            end = begin + len(short)
    return end


def members(header: Header, entry: Entry) -> Iterator[Member]:
    """Yield the members of a list; a single value is its own member."""
    nodes = entry.node.value if isinstance(entry.node, SequenceNode) else [entry.node]
    for node in nodes:
        yield Member(node, *header.span(node))


def member_line(text: str, begin: int, end: int) -> tuple[int, int] | None:
    """Return the span of the whole line(s) of a block list's item `- x`; None if it shares them with other text."""
    line = text.rfind("\n", 0, begin) + 1
    after = re.compile(r"[ \t]*(?:#[^\r\n]*)?\r?\n").match(text, end)
    if after is None and text[end - 1 : end] == "\n":
        return (line, end) if re.fullmatch(r" *-[ \t]+", text[line:begin]) else None
    if after is None or not re.fullmatch(r" *-[ \t]+", text[line:begin]):
        return None
    return line, after.end()
