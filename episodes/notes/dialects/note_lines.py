"""Lines and indented blocks of a note, for dialects laid out by line and indentation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from episodes.notes import header

BULLETS = "•◦‣●▪*+-"
_LINE = re.compile(rf"([ \t\u3000]*)([{BULLETS}](?:[ \t]+|(?=\r?$)))?([^\n]*)\n?", re.MULTILINE)
# A note may begin with a rule of dashes: it is front matter only if a key follows. Four dashes occur.
_FRONT_MATTER = re.compile(r"\ufeff?\s*-{3,4}[ \t]*\r?\n\s*(?:[\w\"'“][^\n:]{0,80}:|-{3})")


class Line(NamedTuple):
    """One line text[begin:stop]; its words are text[at:end], without indentation, bullet and trailing spaces."""

    begin: int
    at: int
    end: int
    stop: int
    indent: int
    bullet: bool

    @property
    def blank(self) -> bool:
        """True if the line has neither words nor a bullet."""
        return self.at == self.end and not self.bullet


def lines_of(text: str, begin: int = 0, end: int | None = None) -> list[Line]:
    """Return the lines of text[begin:end]; only a line feed (with or without carriage return) ends one."""
    end = len(text) if end is None else end
    return [_line(match) for match in _LINE.finditer(text, begin, end) if match.end() > match.start()]


def _line(match: re.Match[str]) -> Line:
    words_begin = match.start(3)
    words_end = words_begin + len(match[3].rstrip())
    indent = len(match[1].expandtabs(4))
    return Line(match.start(), words_begin, words_end, match.end(), indent, match[2] is not None)


def opens_with_front_matter(text: str) -> bool:
    """Return whether a header of any format comes first, readable or not."""
    if _FRONT_MATTER.match(text):
        return True
    return not header.opens_with_dashes(text) and header.is_fenced(text)


def last_of(lines: Iterable[Line]) -> Line | None:
    """Return the last line that is not blank."""
    last = None
    for line in lines:
        if not line.blank:
            last = line
    return last


class Block(NamedTuple):
    """A line and the lines indented under it, blank ones included."""

    head: Line
    rest: list[Line]

    @property
    def last(self) -> Line:
        """The last line that is not blank."""
        return last_of(self.rest) or self.head


def blocks_of(lines: list[Line]) -> Iterator[Block]:
    """Yield lines grouped under the outermost bullets; an unindented line without bullet is a block too."""
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
    """Return the line end that the text uses: CRLF or LF."""
    return "\r\n" if "\r\n" in text else "\n"


def require_match(match: re.Match[str] | None) -> re.Match[str]:
    """Return the match of a pattern that matches any text, typed as not None."""
    assert match is not None
    return match
