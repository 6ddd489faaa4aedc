"""Write rows that the database would refuse, as in a database from before its constraints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models


@contextmanager
def without_checks(*tables: Any) -> Iterator[None]:
    """Suspend the CHECK constraints of these models, in this test's transaction or (SQLite) connection."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            try:
                yield
            finally:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in tables:
            for constraint in model._meta.constraints:
                if isinstance(constraint, models.CheckConstraint):
                    name = connection.ops.quote_name(constraint.name)
                    table = connection.ops.quote_name(model._meta.db_table)
                    cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
