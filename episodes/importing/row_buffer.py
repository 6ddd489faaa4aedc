"""New rows of many notes, inserted by one statement for each model.

A row gets its key when it is added, so that others can refer to it before either is stored. Compiling an INSERT for
each note would take a third of an import.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, models

from episodes.bases.bulk_statements import insert

# Keys fetched from a sequence of PostgreSQL at once.
KEYS = 200


class RowBuffer:
    """An `Insert` (see `name_index`) that inserts at once, and inside `keeping` keeps rows until `flush`.

    Everything between two flushes must happen in one transaction that writes, and nothing else may insert rows of the
    same models meanwhile: on SQLite the keys are those that would come next.
    """

    def __init__(self, using: str) -> None:
        self.using, self.connection = using, connections[using]
        self._rows: dict[type[models.Model], list[Any]] = {}
        self._keys: dict[type[models.Model], Iterator[int]] = {}
        self._keeps = False

    def __call__(self, model: type[models.Model], rows: list[Any]) -> None:
        """Add rows and set their keys."""
        if not self._keeps:
            self.flush()
            model._default_manager.using(self.using).bulk_create(rows)
            return
        kept = self._rows.setdefault(model, [])
        for row in rows:
            row.pk = self._next_key(model)
            row._state.adding, row._state.db = False, self.using
            kept.append(row)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Keep the rows that are added inside."""
        self._keeps = True
        try:
            yield
        finally:
            self._keeps = False

    def flush(self) -> None:
        """Insert all rows. One query for each model that has some."""
        rows, self._rows = self._rows, {}
        if self.connection.vendor == "sqlite":
            # Another process may insert rows once the transaction has ended.
            self._keys.clear()
        for model, group in rows.items():
            if group:
                insert(model, group, self.using)

    @property
    def sizes(self) -> dict[type[models.Model], int]:
        """Number of rows by model, for `cut`."""
        return {model: len(rows) for model, rows in self._rows.items()}

    def cut(self, sizes: dict[type[models.Model], int]) -> None:
        """Forget the rows that were added since `sizes`."""
        for model, rows in self._rows.items():
            del rows[sizes.get(model, 0) :]

    def _next_key(self, model: type[models.Model]) -> int:
        key = next(self._keys.get(model, iter(())), None)
        if key is None:
            self._keys[model] = self._new_keys(model)
            key = next(self._keys[model])
        return key

    def _new_keys(self, model: type[models.Model]) -> Iterator[int]:
        table, column = model._meta.db_table, model._meta.pk.column
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
                last = (cursor.fetchone() or (0,))[0]
                return iter(range(last + 1, 2**63))
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [self.connection.ops.quote_name(table), column, KEYS],
            )
            return iter([key for (key,) in cursor.fetchall()])
