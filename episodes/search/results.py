"""What a search returns, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from episodes.models import Episode

# Part of a snippet: its text, and whether it is what was searched. Text, not HTML: templates escape it.
Part = tuple[str, bool]


@dataclass(frozen=True)
class FoundPassage:
    """A passage of a hit in context. anchor: of its place on the episode's page, "" for the top."""

    kind: str
    anchor: str
    parts: list[Part]
    heading: str = ""


@dataclass(frozen=True)
class Hit:
    """An episode that was found. title: in parts; passages: at most two, the best first."""

    episode: Episode
    title: list[Part]
    passages: list[FoundPassage] = field(default_factory=list)


@dataclass(frozen=True)
class Choice:
    """A value of a facet. name: of the filter; value: for the filter; label: for people."""

    name: str
    value: str
    label: str
    count: int
    chosen: bool = False


@dataclass(frozen=True)
class Joined:
    """A name in the query that was searched with its other names. row: whose names they are."""

    typed: str
    names: tuple[str, ...]
    row: Any


@dataclass(frozen=True)
class Near:
    """What is offered instead of nothing: other queries that find something, and names like the one searched."""

    queries: list[str] = field(default_factory=list)
    names: list[Any] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.queries or self.names)


@dataclass
class Results:
    """Results of a search. total: of episodes. hits: of this page.

    facets: choices by name of the filter. aliases: names that were joined. people, topics, quotes and predictions: on
    the first page only. near: None unless nothing was found.
    """

    query: Any
    page: int = 1
    pages: int = 1
    total: int = 0
    hits: list[Hit] = field(default_factory=list)
    facets: dict[str, list[Choice]] = field(default_factory=dict)
    aliases: list[Joined] = field(default_factory=list)
    people: list[Any] = field(default_factory=list)
    topics: list[Any] = field(default_factory=list)
    quotes: list[Any] = field(default_factory=list)
    predictions: list[Any] = field(default_factory=list)
    near: Near | None = None
