"""Dialects of notes and their detection, from the text alone, never from the file's name."""

from __future__ import annotations

from types import ModuleType

from episodes.notes.dialects import episode_page, front_matter, interview_record
from episodes.notes.line_ends import with_line_feeds
from episodes.notes.parsed import ParsedNote

# In the order of detection. The last one accepts any text.
DIALECTS: tuple[ModuleType, ...] = (episode_page, interview_record, front_matter)
_BY_NAME = {dialect.NAME: dialect for dialect in DIALECTS}


def by_name(name: str) -> ModuleType:
    """Return the module of a dialect. Raises LookupError if there is no such dialect."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise LookupError(f"no dialect is called {name!r}; there are {', '.join(_BY_NAME)}") from None


def detect(text: str) -> ModuleType:
    """Return the first dialect that recognises the text, else front_matter, which also reads plain Markdown."""
    lines = with_line_feeds(text)
    return next((dialect for dialect in DIALECTS if dialect.detect(lines)), front_matter)


def parse(text: str) -> ParsedNote:
    """Parse a note in its dialect. Raises NoteError if it cannot be read."""
    return detect(text).parse(text)


def parser_version(name: str) -> int:
    """Return the version of a dialect's parser; it is raised whenever the same text would be read differently."""
    return by_name(name).VERSION
