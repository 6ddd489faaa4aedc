"""The dialects of notes, and the choice between them: from the text, never from the file's name."""

from __future__ import annotations

from types import ModuleType

from episodes.notes.dialects import episode_page, front_matter, interview_record
from episodes.notes.line_ends import with_line_feeds
from episodes.notes.parsed import ParsedNote

# In the order of detection. The last one also reads what no other wants.
DIALECTS: tuple[ModuleType, ...] = (episode_page, interview_record, front_matter)
_BY_NAME = {dialect.NAME: dialect for dialect in DIALECTS}


def by_name(name: str) -> ModuleType:
    """The module of a stored name. Raises LookupError for a name that is none."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise LookupError(f"no dialect is called {name!r}; there are {', '.join(_BY_NAME)}") from None


def detect(text: str) -> ModuleType:
    """The first dialect that recognises the text, else front matter, which reads plain Markdown too."""
    lines = with_line_feeds(text)
    return next((dialect for dialect in DIALECTS if dialect.detect(lines)), front_matter)


def parse(text: str) -> ParsedNote:
    """Read a note in the dialect it is written in. Raises NoteError for a file that cannot be read."""
    return detect(text).parse(text)


def parser_version(name: str) -> int:
    """Raised whenever the dialect would read the same text differently."""
    return by_name(name).VERSION
