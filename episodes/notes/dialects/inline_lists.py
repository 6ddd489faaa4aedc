"""Lists on one line: `A, B (x, y), C`."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A comma inside balanced brackets or a number does not separate.
_COMMA = re.compile(
    r"\([^()]*(?:\([^()]*\)[^()]*)*\)|（[^（）]*）|\[[^\[\]]*\]|(?P<separator>,\s+|,(?!\d)|[，、]\s*)",
)
_AFTER_SENTENCE = re.compile(r"[.。!?！？…][’”\"'）)]*(?P<separator>[,，;；]\s*)")
_SENTENCE_END = re.compile(r"[.。!?！？…][’”\"'）)]*\Z")
_OUTER = " \t\r\n,，、"

Range = tuple[int, int]


def split_names(text: str, begin: int, end: int) -> list[Range]:
    """Return the spans of the names in `A, B (x, y), C`, without separators and empty names."""
    return list(_between(text, _COMMA, begin, end))


def split_props(text: str, begin: int, end: int) -> list[Range]:
    """Return the spans of props: sentences (`First., Second, with a comma.`) if one ends as such, else names."""
    end = begin + len(text[begin:end].rstrip(_OUTER))
    sentences = _AFTER_SENTENCE.search(text, begin, end) or _SENTENCE_END.search(text, max(begin, end - 8), end)
    return list(_between(text, _AFTER_SENTENCE if sentences else _COMMA, begin, end))


def spans_of(members: list[Range]) -> Iterator[tuple[int, int, Range]]:
    """Yield (begin, end, member): each member with the separator after it, so that spans never overlap."""
    for number, (begin, end) in enumerate(members):
        yield begin, members[number + 1][0] if number + 1 < len(members) else end, (begin, end)


def _between(text: str, separator: re.Pattern[str], begin: int, end: int) -> Iterator[Range]:
    at = begin
    for match in separator.finditer(text, begin, end):
        if match["separator"] is not None:
            yield from _bare(text, at, match.start("separator"))
            at = match.end()
    yield from _bare(text, at, end)


def _bare(text: str, begin: int, end: int) -> Iterator[Range]:
    raw = text[begin:end]
    stripped = raw.strip(_OUTER)
    if stripped:
        begin += len(raw) - len(raw.lstrip(_OUTER))
        yield begin, begin + len(stripped)
