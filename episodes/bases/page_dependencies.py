"""Record what the page being rendered depends on, so that a stored copy is dropped when that changes.

    with record() as dependencies:
        response = view(request)

The site's views begin a record; `depends_on`, `depends_on_day` and `today` add to it and do nothing outside of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

EPISODE, SPEAKER, ENTITY, TAG, SERIES = "e", "s", "n", "t", "r"


def page_key(kind: str, name: str) -> str:
    """Return the key of a thing that pages show. kind: EPISODE, SPEAKER …; name: its slug, of a series its name."""
    return f"{kind}:{name}"


@dataclass
class Dependencies:
    """What one page depends on.

    keys        keys of the things shown; empty for a page that any public change may alter
    by_day      whether the page changes at midnight
    is_free     whether a free text decides what is shown, so that there may be any number of such pages
    storable    whether a copy may be stored at all
    parameters  names of query parameters that the page knows and whose values are valid
    """

    keys: set[str] = field(default_factory=set)
    by_day: bool = False
    is_free: bool = False
    storable: bool = True
    parameters: set[str] = field(default_factory=set)


_current: ContextVar[Dependencies | None] = ContextVar("page_dependencies", default=None)


@contextmanager
def record() -> Iterator[Dependencies]:
    """Record dependencies until the end of the block."""
    dependencies = Dependencies()
    token = _current.set(dependencies)
    try:
        yield dependencies
    finally:
        _current.reset(token)


def depends_on(*keys: str) -> None:
    """Limit the page to these keys: it holds until one of the things changes. See `page_key`."""
    if dependencies := _current.get():
        dependencies.keys.update(keys)


def depends_on_day() -> None:
    """Let the stored copy end at the next midnight of TIME_ZONE."""
    if dependencies := _current.get():
        dependencies.by_day = True


def today() -> date:
    """Return the current day in TIME_ZONE. The page being rendered depends on it."""
    depends_on_day()
    return timezone.localdate()


def known_parameters(*names: str) -> None:
    """Allow copies of the page with these query parameters, whose values the view has checked."""
    if dependencies := _current.get():
        dependencies.parameters.update(names)


def free_text() -> None:
    """Mark the page as decided by a free text, such as a search."""
    if dependencies := _current.get():
        dependencies.is_free = True


def not_stored() -> None:
    """Refuse a stored copy of the page."""
    if dependencies := _current.get():
        dependencies.storable = False
