"""What somebody typed, read as a query. No database.

    "large model" -agent 可解释性 speaker:川普 year:2024-2025

A space is AND, quotes hold words together, a hyphen before a word excludes it; `speaker:`, `tag:` and `year:` filter.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from episodes.search.tokens import Phrase, phrase

# Characters and terms that are read; the rest is ignored.
MAX_LENGTH = 200
MAX_TERMS = 12
FILTERS = {
    "speaker": "speaker", "讲者": "speaker", "tag": "tag", "标签": "tag", "year": "year", "年份": "year",
}  # fmt: skip

_QUOTES = str.maketrans("“”„‟″＂「」『』", '""""""""""')
_PIECE = re.compile(r'(?P<minus>-)?(?:(?P<key>\w+):)?(?:"(?P<quoted>[^"]*)"?|(?P<word>[^\s"]+))')
_YEARS = re.compile(r"(\d{4})(?:[-–~](\d{4}))?", re.ASCII)


@dataclass(frozen=True)
class Term:
    """One condition. text: as typed. phrases: any of them fulfils it, the typed one first, then other names.

    parts: the words of a name typed without quotes; all of them together fulfil it as well.
    """

    text: str
    phrases: tuple[Phrase, ...]
    quoted: bool = False
    parts: tuple[Term, ...] = ()

    def typed(self) -> str:
        """Return the term as it is typed."""
        return f'"{self.text}"' if self.quoted else self.text


@dataclass(frozen=True)
class Query:
    """A query. years: first and last, inclusive. speakers and tags: names, all of which must apply."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()
    speakers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    years: tuple[int, int] | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether it asks for nothing. Exclusions alone ask for nothing."""
        return not (self.terms or self.speakers or self.tags or self.years)


@dataclass
class _Reading:
    terms: list[Term] = field(default_factory=list)
    excluded: list[Term] = field(default_factory=list)
    filters: dict[str, list[str]] = field(default_factory=dict)


def parse(text: str) -> Query:
    """Return a query as it is meant. Never raises: what cannot be read is searched as words, or ignored."""
    typed = " ".join(text.replace("\x00", " ")[:MAX_LENGTH].split())
    reading = _Reading()
    # Normalised here only so that full-width signs are signs; case and script follow with the tokens.
    for piece in _PIECE.finditer(unicodedata.normalize("NFKC", typed.translate(_QUOTES))):
        _read(piece, reading)
    years = _years(reading.filters.get("year", []))
    return Query(
        typed,
        _distinct(reading.terms),
        _distinct(reading.excluded),
        tuple(reading.filters.get("speaker", [])),
        tuple(reading.filters.get("tag", [])),
        years,
    )


def _read(piece: re.Match[str], reading: _Reading) -> None:
    words, key = piece["quoted"] if piece["quoted"] is not None else piece["word"], piece["key"]
    name = FILTERS.get(key.casefold()) if key else None
    if name and words and (name != "year" or _YEARS.fullmatch(words)) and not piece["minus"]:
        reading.filters.setdefault(name, []).append(words)
        return
    if key:
        words = f"{key}:{words}"
    if (tokens := phrase(words)) is not None:
        term = Term(words, (tokens,), piece["quoted"] is not None)
        (reading.excluded if piece["minus"] else reading.terms).append(term)


def _distinct(terms: list[Term]) -> tuple[Term, ...]:
    return tuple({term.phrases: term for term in reversed(terms)}.values())[::-1][:MAX_TERMS]


def _years(values: list[str]) -> tuple[int, int] | None:
    spans = [(int(years[1]), int(years[2] or years[1])) for value in values if (years := _YEARS.fullmatch(value))]
    return (max(min(span) for span in spans), min(max(span) for span in spans)) if spans else None
