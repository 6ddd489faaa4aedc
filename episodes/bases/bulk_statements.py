"""INSERT and UPDATE of many rows by one statement that is compiled once.

`bulk_create` and `bulk_update` build an expression for each value, which takes longer than the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections, models

# No injection in what follows: names come from the models and are quoted, values are parameters.


def insert(model: type[models.Model], rows: Sequence[Any], using: str) -> None:
    """Insert rows that have their keys. One query."""
    connection: Any = connections[using]
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.local_concrete_fields if not getattr(field, "generated", False)]
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(quote(field.column) for field in fields)}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(fields))})"
    )
    values = [[field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)


def update_each(model: type[models.Model], name: str, changes: Iterable[tuple[int, Any]], using: str) -> None:
    """Set one field of many rows. changes: (primary key, value). One query."""
    connection: Any = connections[using]
    quote = connection.ops.quote_name
    field: Any = model._meta.get_field(name)
    sql = (
        f"UPDATE {quote(model._meta.db_table)} SET {quote(field.column)} = %s "  # noqa: S608
        f"WHERE {quote(model._meta.pk.column)} = %s"
    )
    values = [(field.get_db_prep_save(value, connection), key) for key, value in changes]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(sql, values)
