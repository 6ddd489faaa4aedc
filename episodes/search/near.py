"""What is offered when nothing is found: other queries that find something, and names like the one searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from episodes.search import names
from episodes.search.query import Query, Term, parse
from episodes.search.results import Near
from episodes.search.tokens import is_cjk, normalise

# Queries tried, offered, and names offered.
_TRIED, _OFFERED, _NAMES = 12, 4, 5
# Letters that a name must have in common with the query, of 1.
_LIKENESS = 0.7


def near(query: Query, public: bool, finds: Callable[[Query], bool]) -> Near:
    """Return what is near a query that finds nothing. finds: whether a query finds anything."""
    queries: list[str] = []
    for tried, text in enumerate(dict.fromkeys(_weaker(query))):
        if tried == _TRIED or len(queries) == _OFFERED:
            break
        if finds(parse(text)):
            queries.append(text)
    return Near(queries, _names_like(query, public))


def _weaker(query: Query) -> Iterator[str]:
    """Yield queries that ask for less: one word fewer, then each word alone, then parts of a Chinese word."""
    typed = [term.typed() for term in query.terms]
    if len(typed) > 1 or query.excluded or query.tags or query.speakers or query.years:
        yield " ".join(typed)
        for place in range(len(typed)):
            yield " ".join(typed[:place] + typed[place + 1 :])
        yield from typed
    for term in query.terms:
        yield from _shorter(term)


def _shorter(term: Term) -> Iterator[str]:
    words = term.text
    if term.quoted and " " in words:
        yield words
    elif len(words) > 2 and is_cjk(words[0]):
        for length in range(len(words) - 1, 1, -1):
            yield words[:length]
            yield words[-length:]


def _names_like(query: Query, public: bool) -> list[names.Suggestion]:
    """Return people, topics and tags with a name like a word of the query: other letters, or one too many."""
    found: dict[tuple[str, int], names.Suggestion] = {}
    for text in [query.text, *(term.text for term in query.terms)]:
        for kind in ("speaker", "entity", "tag"):
            for suggestion in names.suggestions(kind, names.keys_close_to(kind, normalise(text), _LIKENESS), public):
                found.setdefault((kind, suggestion.row.pk), suggestion)
        if len(found) >= _NAMES:
            break
    return list(found.values())[:_NAMES]
