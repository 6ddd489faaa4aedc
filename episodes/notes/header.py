"""The YAML header of a note: where it lies, its keys, and the span of every value. Pure Python.

Spans are offsets in the note. A file whose header cannot be read raises NoteError with the line and a remedy; an odd
value never does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from episodes.notes import yamltext
from episodes.notes.parsed import NoteError

_OPENING = re.compile(r"\ufeff?(-{3,})[ \t]*(\r?\n|\Z)")
_KEY = re.compile(r"[ \t]*([\w\"'-][^:#]{0,40}?)[ \t]*:(?:\s|$)")
_FIRST_LINE = 2


class Fences(NamedTuple):
    """The header is text[begin:end], the closing fence text[end:body]."""

    begin: int
    end: int
    body: int
    newline: str


class Entry(NamedTuple):
    """One key of the header; text[begin:end] is what stands for its value, after the colon for a block list."""

    key: str
    node: Node
    begin: int
    end: int
    has_colon: bool


class Member(NamedTuple):
    """One item of a list; text[begin:end] is what stands for it."""

    node: Node
    begin: int
    end: int


class Header(NamedTuple):
    fences: Fences
    source: str
    entries: list[Entry]
    indent: str
    flow: bool

    def span(self, node: Node) -> tuple[int, int]:
        """Where a node stands in the note."""
        return self.fences.begin + node.start_mark.index, self.fences.begin + _end_of(node, self.source)


def is_fenced(text: str) -> bool:
    return bool(_OPENING.match(text))


def fences(text: str) -> Fences | None:
    """None without an opening fence. Raises NoteError where the closing one is missing."""
    opening = _OPENING.match(text)
    if not opening:
        return None
    closing = re.compile(rf"^(?:{opening[1]}|---)[ \t]*\r?$", re.MULTILINE).search(text, opening.end())
    if not closing:
        raise NoteError(
            f"the front matter is opened with {opening[1]} and never closed",
            remedy=f"Put a line with {opening[1]} after the last key",
        )
    body = min(closing.end() + 1, len(text))
    return Fences(opening.end(), closing.start(), body, opening[2] or "\n")


def read(text: str) -> Header | None:
    """The header of a note, None where there is none. Raises NoteError."""
    found = fences(text)
    if found is None:
        return None
    source = yamltext.readable(text[found.begin : found.end])
    root = _compose(source)
    if root is None:
        return Header(found, source, [], "", False)
    if not isinstance(root, MappingNode):
        raise NoteError(
            "the front matter is not a list of keys and values",
            line=root.start_mark.line + _FIRST_LINE,
            remedy="Write it as `key: value`, one key a line, or leave the fences out",
        )
    entries = [_entry(found.begin, source, key, value) for key, value in root.value]
    return Header(found, source, entries, " " * root.start_mark.column, bool(root.flow_style))


def _compose(source: str) -> Node | None:
    try:
        line = yamltext.has_alias(source)
        if line is None:
            return yamltext.compose(source)
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
        # Where the open quote or bracket stands, not where the header ends.
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
    """The remedy for nearly everything: quotes around the value of the key in this line, or of the last one above."""
    for text in reversed(source.split("\n")[max(0, line - 50) : line + 1]):
        if key := _KEY.match(text):
            name = key[1].strip("\"'")
            return f"put the value of `{name}` in quotes, or close the quote or bracket that is open"
    return "put the text in quotes, and check the indentation"


def _entry(offset: int, source: str, key: Node, value: Node) -> Entry:
    name = yamltext.scalar_text(key) if isinstance(key, ScalarNode) else yamltext.text_of(key, source) or ""
    begin = value.start_mark.index
    colon = source.find(":", yamltext.end_of(key), begin)
    if colon >= 0 and isinstance(value, CollectionNode) and not value.flow_style:
        begin = colon + 1  # in with the line break, so that the first line keeps its indentation
    return Entry(name, value, offset + begin, offset + _end_of(value, source), colon >= 0)


def _end_of(node: Node, source: str) -> int:
    end = yamltext.end_of(node)
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        # A block scalar ends with the line break before the next key: leave it out wherever it says nothing.
        begin = node.start_mark.index
        short = source[begin:end].rstrip("\r\n")
        if yamltext.read_scalar(short) == yamltext.scalar_text(node):
            end = begin + len(short)
    return end


def members(header: Header, entry: Entry) -> Iterator[Member]:
    """The members of a list; a single value is its own member."""
    nodes = entry.node.value if isinstance(entry.node, SequenceNode) else [entry.node]
    for node in nodes:
        yield Member(node, *header.span(node))


def member_line(text: str, begin: int, end: int) -> tuple[int, int] | None:
    """The whole line(s) of a block list's member `- x`; None where it shares them with something else."""
    line = text.rfind("\n", 0, begin) + 1
    after = re.compile(r"[ \t]*(?:#[^\r\n]*)?\r?\n").match(text, end)
    if after is None and text[end - 1 : end] == "\n":
        return (line, end) if re.fullmatch(r" *-[ \t]+", text[line:begin]) else None
    if after is None or not re.fullmatch(r" *-[ \t]+", text[line:begin]):
        return None
    return line, after.end()
