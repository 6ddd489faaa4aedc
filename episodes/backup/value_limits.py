"""Find values that the target database would refuse, before anything is written.

SQLite stores text of any length, also with NUL, and 64-bit integers in any column; PostgreSQL does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from django.db import models

from episodes.backup.values import Column

_SURROGATE = re.compile("[\ud800-\udfff]")
# JSON escapes of NUL or of a lone surrogate, which jsonb refuses.
_SUSPECT = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)


class Fitting:
    """Checks of values for one target database."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._strict = connection.vendor == "postgresql"

    def faults(self, column: Column, value: Any) -> Iterator[str]:
        """Yield the problems of a value as ends of a sentence that begins with its row and column."""
        if value is None or column.named:
            return
        if column.is_json:
            yield from self._json(column, value)
        elif isinstance(value, str):
            yield from self._text(column, value)
        elif type(value) is int:
            yield from self._integer(column, value)

    def _text(self, column: Column, text: str) -> Iterator[str]:
        if _SURROGATE.search(text):
            yield "holds half a character"
        if not self._strict:
            return
        if "\0" in text:
            yield "holds a NUL character"
        most = column.ends_in.max_length
        if most is not None and not isinstance(column.ends_in, models.TextField) and len(text) > most:
            yield f"has {len(text)} characters, and only {most} fit"

    def _integer(self, column: Column, number: int) -> Iterator[str]:
        if self._strict:
            low, high = self._connection.ops.integer_field_range(column.ends_in.get_internal_type())
            if not low <= number <= high:
                yield f"is {number}, which is beyond {low} to {high}"
        elif not -(2**63) <= number < 2**63:
            yield f"is {number}, which has more than 64 bits"

    def _json(self, column: Column, text: str) -> Iterator[str]:
        try:
            value = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError):
            yield "holds what is no JSON"
            return
        if not self._strict:
            return
        if "\0" in text:
            yield "holds a NUL character"
        elif column.field.db_type(self._connection) == "jsonb" and _SUSPECT.search(text):
            if any("\0" in string for string in _strings(value)):
                yield "holds a NUL character"
            if any(_SURROGATE.search(string) for string in _strings(value)):
                yield "holds half a character"


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _strings(value: Any) -> Iterator[str]:
    """Yield all strings in a JSON value, keys included."""
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            pending += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            pending += part
