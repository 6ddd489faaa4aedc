"""Names in a query joined with the other names of the same person or topic: 川普 = 特朗普 = Trump."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from episodes.search import names
from episodes.search.names import name_key, rows_of
from episodes.search.query import Query, Term
from episodes.search.results import Joined
from episodes.search.tokens import phrase
from people.models import Entity, Speaker

# Words of a name.
_MOST_WORDS = 4


def joined(query: Query, public: bool) -> tuple[Query, list[Joined]]:
    """Return the query with other names as alternatives, and which names they are. Quoted words stay as typed."""
    terms: list[Term] = []
    found: list[Joined] = []
    for span, owner in _named(query.terms, public):
        if owner is None:
            terms += span
            continue
        row, all_names = owner
        typed = " ".join(term.text for term in span)
        own = span[0].phrases if len(span) == 1 else ()
        others = [other for name in all_names if (other := phrase(name)) is not None and other not in own]
        parts = span if len(span) > 1 else ()
        terms.append(Term(typed, (*own, *dict.fromkeys(others)), parts=tuple(parts)))
        same = name_key(typed)
        found.append(Joined(typed, tuple(name for name in all_names if name_key(name) != same), row))
    return replace(query, terms=tuple(terms)), found


def _named(terms: tuple[Term, ...], public: bool) -> Iterator[tuple[list[Term], Any]]:
    """Yield terms in order, those that are a name together with its owner, the longest name first."""
    at = 0
    while at < len(terms):
        for length in range(min(_MOST_WORDS, len(terms) - at), 0, -1):
            span = list(terms[at : at + length])
            if any(term.quoted for term in span):
                continue
            owner = owner_of(" ".join(term.text for term in span), public)
            if owner is not None:
                yield span, owner
                at += length
                break
        else:
            yield [terms[at]], None
            at += 1


def owner_of(name: str, public: bool = True) -> tuple[Any, tuple[str, ...]] | None:
    """Return whom a name means and all names of it, if there are others and nobody else has it. One query or none."""
    known = names.known_names()
    owners = known.owners.get(name_key(name))
    if not owners:
        return None
    rows = [row for kind, key in owners for row in rows_of(kind, [key], public)]
    # A person and the topic of the same person are one.
    if len(rows) == 2 and _are_same(*rows):
        rows.sort(key=lambda row: isinstance(row, Entity))
    elif len(rows) != 1:
        return None
    found = [name for row in rows for name in known.names.get((row._meta.model_name, row.pk), [str(row)])]
    return rows[0], tuple(dict.fromkeys(found))


def _are_same(one: Any, other: Any) -> bool:
    speaker, entity = (one, other) if isinstance(one, Speaker) else (other, one)
    return isinstance(speaker, Speaker) and isinstance(entity, Entity) and speaker.entity_id == entity.pk
