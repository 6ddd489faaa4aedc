"""Subjects in memory for tests of one check; anything not given is as in a good note."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from episodes.checks import Fault, Subject
from episodes.checks.registry import Named
from episodes.models import Appearance, Chapter, Episode, Mention, Prediction, Quote, Section

GOOD = {
    "title": "On engines",
    "source_url": "https://www.youtube.com/watch?v=abcdefghijk",
    "source_id": "youtube:abcdefghijk",
    "summary": "Ada talks about engines.",
    "language": "zh-Hans",
}
Check = Callable[[Subject], Iterator[Fault]]


def look(check: Check, *rows: Any, mentions: list[Named] | None = None, **fields: Any) -> list[Fault]:
    """Return the faults of a check for an episode with these rows.

    Arguments: fields of Subject or of the episode.
    """
    own = {name: fields.pop(name) for name in ("known", "others", "credited") if name in fields}
    subject = Subject(Episode(pk=1, **{**GOOD, **fields}), mentions=mentions or [], **own)
    kinds = {
        Appearance: subject.appearances,
        Chapter: subject.chapters,
        Quote: subject.quotes,
        Prediction: subject.predictions,
        Section: subject.sections,
    }
    for key, row in enumerate(rows, 1):
        row.pk = key
        kinds[type(row)].append(row)
    return list(check(subject))


def codes(check: Check, *rows: Any, **fields: Any) -> list[str]:
    return [fault.code for fault in look(check, *rows, **fields)]


def text(words: str, **fields: Any) -> Section:
    return Section(text=words, **fields)


def named(name: str, kind: str = "person", *aliases: str) -> Named:
    return Named(Mention(pk=1), name, kind, aliases)
