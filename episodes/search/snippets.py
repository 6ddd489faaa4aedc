"""Pieces of a text around what was searched, with the words marked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate

from episodes.search.query import Term
from episodes.search.results import Part
from episodes.search.tokens import normalise, pattern

# Characters of a snippet, and before its first mark.
LENGTH = 160
_BEFORE = 50
_BREAK = re.compile(r"[。！？；，.!?;,\n\s]")


def patterns(terms: Iterable[Term]) -> list[re.Pattern[str]]:
    """Return one pattern for each term."""
    found = []
    for term in terms:
        expressions = (pattern(words).pattern for words in term.phrases)
        found.append(re.compile("|".join(sorted(expressions, key=len, reverse=True))))
    return found


def spans(text: str, wanted: Iterable[re.Pattern[str]]) -> list[tuple[int, int]]:
    """Return where any of the patterns occurs in a text as it is written, in order and without overlaps."""
    compared = normalise(text)
    found = sorted(match.span() for each in wanted for match in each.finditer(compared) if match[0])
    if not found:
        return []
    if len(compared) != len(text):
        at = _places(text, compared)
        found = [(at[begin], at[end - 1] + 1) for begin, end in found]
    merged: list[tuple[int, int]] = []
    for begin, end in found:
        if not merged or begin >= merged[-1][1]:
            merged.append((begin, min(end, len(text))))
    return merged


@lru_cache(maxsize=20_000)
def _length(character: str) -> int:
    return len(normalise(character))


def _places(text: str, compared: str) -> list[int]:
    """Return the place in a text of each character of its normalised form."""
    lengths = [_length(character) for character in text]
    places = [place for place, length in enumerate(lengths) for _ in range(length)]
    # Characters that are normalised together, such as a letter and its accent, shift the rest by little.
    shift = len(compared) - list(accumulate(lengths, initial=0))[-1]
    return places + [len(text) - 1] * max(shift, 0) + [len(text) - 1]


def marked(text: str, wanted: Iterable[re.Pattern[str]]) -> list[Part]:
    """Return a whole text in parts."""
    return _parts(text, spans(text, wanted), 0, len(text))


def snippet(text: str, wanted: list[re.Pattern[str]]) -> tuple[list[Part], int]:
    """Return a piece of the text around the first place where most of the patterns occur, and that place.

    Without any it is the beginning of the text, and the place is -1.
    """
    found = spans(text, wanted)
    first = _densest(found)
    begin = max(found[first][0] - _BEFORE, 0) if found else 0
    if begin:
        # Begin after a word or sentence, where there is one before the mark.
        break_at = _BREAK.search(text, begin, found[first][0])
        begin = break_at.end() if break_at else begin
    end = min(begin + LENGTH, len(text))
    parts = _parts(text, found, begin, end)
    if begin:
        parts.insert(0, ("…", False))
    if end < len(text):
        parts.append(("…", False))
    return parts, found[first][0] if found else -1


def _densest(found: list[tuple[int, int]]) -> int:
    """Return the index of the mark that has most marks after it within a snippet."""
    best, most = 0, 0
    for index, (begin, _end) in enumerate(found[:200]):
        count = sum(other < begin + LENGTH - _BEFORE for other, _ in found[index : index + 8])
        if count > most:
            best, most = index, count
    return best


def _parts(text: str, found: list[tuple[int, int]], begin: int, end: int) -> list[Part]:
    parts: list[Part] = []
    at = begin
    for start, stop in found:
        if start < begin or start >= end:
            continue
        parts += [(_line(text[at:start]), False), (_line(text[start:stop]), True)]
        at = stop
    parts.append((_line(text[at : max(end, at)]), False))
    return [(words, is_mark) for words, is_mark in parts if words]


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
