"""A note as lines, for the dialects that are laid out by line and indentation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from episodes.notes import header

BULLETS = "•◦‣●▪*+-"
_LINE = re.compile(rf"([ \t\u3000]*)([{BULLETS}](?:[ \t]+|(?=\r?$)))?([^\n]*)\n?", re.MULTILINE)
# One file of the real collection opens with four dashes. A rule at the top is no front matter: a key must follow.
_FRONT_MATTER = re.compile(r"\ufeff?\s*-{3,4}[ \t]*\r?\n\s*(?:[\w\"'“][^\n:]{0,80}:|-{3})")


class Line(NamedTuple):
    """One line: text[begin:stop]; its words are text[at:end], between indentation or bullet and spaces at the end."""

    begin: int
    at: int
    end: int
    stop: int
    indent: int
    bullet: bool

    @property
    def blank(self) -> bool:
        return self.at == self.end and not self.bullet


def lines_of(text: str, begin: int = 0, end: int | None = None) -> list[Line]:
    """The lines of text[begin:end]; only a line feed (with or without carriage return) ends one."""
    end = len(text) if end is None else end
    return [_line(match) for match in _LINE.finditer(text, begin, end) if match.end() > match.start()]


def _line(match: re.Match[str]) -> Line:
    words_begin = match.start(3)
    words_end = words_begin + len(match[3].rstrip())
    indent = len(match[1].expandtabs(4))
    return Line(match.start(), words_begin, words_end, match.end(), indent, match[2] is not None)


def opens_with_front_matter(text: str) -> bool:
    """Return whether a header comes first, of any format, also one that cannot be read."""
    if _FRONT_MATTER.match(text):
        return True
    return not header.opens_with_dashes(text) and header.is_fenced(text)


def last_of(lines: Iterable[Line]) -> Line | None:
    """The last line that is not blank."""
    found = None
    for line in lines:
        if not line.blank:
            found = line
    return found


class Block(NamedTuple):
    """A line and what is indented under it, blank lines included."""

    head: Line
    rest: list[Line]

    @property
    def last(self) -> Line:
        return last_of(self.rest) or self.head


def blocks_of(lines: list[Line]) -> Iterator[Block]:
    """Group lines under the bullets of the outermost depth; an unindented line without bullet stands for itself."""
    base = min((line.indent for line in lines if line.bullet), default=0)
    block: Block | None = None
    for line in lines:
        opens = (line.bullet and line.indent <= base) or not (line.bullet or line.blank or line.indent)
        if opens or (block is None and not line.blank):
            if block:
                yield block
            block = Block(line, [])
        elif block:
            block.rest.append(line)
    if block:
        yield block


def newline_of(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def certain(match: re.Match[str] | None) -> re.Match[str]:
    """The match of a pattern that matches any text."""
    assert match is not None
    return match
