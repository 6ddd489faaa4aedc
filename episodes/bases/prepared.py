"""Querysets that are compiled once for each process: for small results, compiling costs more than running the query.

    _QUOTES = Prepared(lambda episode: Quote.objects.public().filter(episode=episode), episode=int)
    quotes = _QUOTES.rows(episode=5)

The queryset is built and compiled at the first use, with placeholders for its arguments, the time and the date.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from episodes.bases import page_dependencies

# Placeholders: values that no row and no query has. A date near _TODAY stands for one as near to the current day.
_NOW = datetime(9990, 6, 15, 12, 0, 0, 987654, tzinfo=UTC)
_TODAY = date(9993, 6, 15)
_MAX_DAYS = timedelta(days=400)
_FIRST_KEY = 8_000_000_000_000_000_000

_compiling: ContextVar[bool] = ContextVar("compiling", default=False)


def now() -> datetime:
    """Return the time; querysets that depend on it call this function, so that they can be prepared."""
    return _NOW if _compiling.get() else timezone.now()


def today() -> date:
    """Return the local date, on which the page being rendered depends; as `now`."""
    return _TODAY if _compiling.get() else page_dependencies.today()


@contextmanager
def _placeholders() -> Iterator[None]:
    token = _compiling.set(True)
    try:
        yield
    finally:
        _compiling.reset(token)


class Prepared:
    """A queryset whose SQL is compiled once.

    build       function from keyword arguments to the queryset; it must not look at their values
    arguments   {name: type}: `int` for a primary key, `str`, or a number n for at most n primary keys
    """

    def __init__(self, build: Callable[..., Any], **arguments: Any) -> None:
        self._build = build
        self._lengths = {name: kind for name, kind in arguments.items() if isinstance(kind, int)}
        self._places: dict[str, Any] = {}
        for number, (name, kind) in enumerate(arguments.items()):
            first = _FIRST_KEY + 1_000_000 * number
            if kind is str:
                self._places[name] = f"\ue000{number}\ue000"
            else:
                self._places[name] = [first + n for n in range(kind)] if name in self._lengths else first
        self._compiled: _Compiled | None = None

    def rows(self, **values: Any) -> list[Any]:
        """Return the rows for these arguments. One query, none for an empty list of keys."""
        if any(not values[name] for name in self._lengths):
            return []
        if self._compiled is None:
            with _placeholders():
                self._compiled = _Compiled(self._build(**self._places))
        return list(self._compiled.queryset(self._by_place(values)))

    def first(self, **values: Any) -> Any:
        """Return the first row, or None. The queryset itself should be limited to one."""
        return next(iter(self.rows(**values)), None)

    def _by_place(self, values: dict[str, Any]) -> dict[Any, Any]:
        by_place: dict[Any, Any] = {}
        for name, place in self._places.items():
            value = values[name]
            if isinstance(place, list):
                by_place.update(zip(place, _padded(value, len(place)), strict=True))
            else:
                by_place[place] = value
        return by_place


def _padded(keys: Sequence[int], length: int) -> list[int]:
    """Return the keys with the last one repeated; a repeated key in a list changes no result."""
    keys = list(keys)
    if len(keys) > length:
        raise ValueError(f"{len(keys)} keys for {length} places")
    return keys + keys[-1:] * (length - len(keys))


class _Compiled:
    """A queryset with a compiler for each connection that has been used."""

    def __init__(self, queryset: QuerySet) -> None:
        self._queryset = queryset
        self._compilers: dict[str, tuple[Any, str, tuple[Any, ...], Any]] = {}

    def queryset(self, by_place: dict[Any, Any]) -> QuerySet:
        """Return the queryset for these values of the placeholders; it must not be refined further."""
        using = self._queryset.db
        compiler, sql, parameters, converters = self._compilers.get(using) or self._compile(using)
        connection = connections[using]
        filled = tuple(_value(parameter, by_place, connection.ops) for parameter in parameters)
        compiler = copy.copy(compiler)
        # Connections belong to threads.
        compiler.connection = connection
        compiler.as_sql = lambda *_args, **_kwargs: (sql, filled)
        compiler.get_converters = lambda _expressions: converters
        rows = self._queryset._chain()  # type: ignore[attr-defined]
        rows.query.get_compiler = lambda *_args, **_kwargs: compiler
        return rows

    def _compile(self, using: str) -> tuple[Any, str, tuple[Any, ...], Any]:
        with _placeholders():
            compiler = self._queryset.query.clone().get_compiler(using)
            sql, parameters = compiler.as_sql()
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        compiled = self._compilers[using] = (compiler, sql, tuple(parameters), compiler.get_converters(columns))
        return compiled


def _value(parameter: Any, by_place: dict[Any, Any], operations: Any) -> Any:
    """Return the value for a parameter of the compiled query. Databases without dates take them as text."""
    if isinstance(parameter, str):
        if parameter.startswith("999"):
            return _moment(_parsed(parameter), operations, parameter)
        return by_place.get(parameter, parameter)
    if isinstance(parameter, date):
        return _moment(parameter, operations, parameter)
    return by_place.get(parameter, parameter) if isinstance(parameter, int) else parameter


def _parsed(text: str) -> date | None:
    try:
        return parse_datetime(text) if ":" in text else parse_date(text)
    except ValueError:
        return None


def _moment(value: date | None, operations: Any, parameter: Any) -> Any:
    if isinstance(value, datetime):
        return operations.adapt_datetimefield_value(timezone.now()) if value.year == _NOW.year else parameter
    if value is not None and abs(value - _TODAY) < _MAX_DAYS:
        return operations.adapt_datefield_value(page_dependencies.today() + (value - _TODAY))
    return parameter
