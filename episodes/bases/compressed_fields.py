"""Model fields of long text and JSON that are stored compressed.

The database holds the first bytes as they are and the rest with zlib, so that `startswith` works in queries; an empty
value is empty. Other comparisons of content would compare compressed bytes and are refused.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from django.db import models
from django.db.models.lookups import Lookup

# Bytes stored uncompressed.
HEAD = 16
# Of zlib. On notes: level 3 2.2 times smaller at 64 MB/s, level 6 2.3 times at 33 MB/s.
LEVEL = 3


def packed(text: str, level: int = LEVEL) -> bytes:
    """Return a text as it is stored."""
    # A lone surrogate may occur in JSON.
    data = text.encode("utf-8", "surrogatepass")
    return data if len(data) <= HEAD else data[:HEAD] + zlib.compress(data[HEAD:], level)


def unpacked(stored: bytes | memoryview) -> str:
    """Return the text that was stored."""
    data = bytes(stored)
    whole = data if len(data) <= HEAD else data[:HEAD] + zlib.decompress(data[HEAD:])
    return whole.decode("utf-8", "surrogatepass")


class _Compressed(models.Field):
    """What both fields share: the type of the column, the lookups."""

    lookups: tuple[str, ...] = ("isnull",)

    def __init__(self, *args: Any, level: int = LEVEL, **kwargs: Any) -> None:
        self.level = level
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Add the level, if it is not the usual one."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs if self.level == LEVEL else {**kwargs, "level": self.level}

    def db_type(self, connection: Any) -> str | None:
        """Return the type of a BinaryField."""
        return models.BinaryField().db_type(connection)

    def cast_db_type(self, connection: Any) -> str | None:
        """Return the type of a BinaryField."""
        return self.db_type(connection)

    def db_check(self, connection: Any) -> str | None:
        """Return None: the database cannot check what it cannot read."""
        return None

    def get_lookup(self, lookup_name: str) -> Any:
        """Return the lookup if it works on what is stored."""
        return super().get_lookup(lookup_name) if lookup_name in self.lookups else None

    def get_transform(self, lookup_name: str) -> Any:
        """Return None: a query cannot look into the value."""
        return None

    def _stored(self, text: str, connection: Any) -> Any:
        return connection.Database.Binary(packed(text, self.level))


class CompressedTextField(_Compressed, models.TextField):
    """Text that is stored compressed."""

    lookups = ("exact", "in", "isnull", "startswith")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Compress a text; expressions are left to the database."""
        return self._stored(value, connection) if isinstance(value, str) else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        """Return the text."""
        return None if value is None else unpacked(value)


class CompressedJSONField(_Compressed, models.JSONField):
    """JSON that is stored compressed, with its keys in order."""

    def as_text(self, value: Any) -> str:
        """Return a value as the JSON that is stored."""
        return json.dumps(value, cls=self.encoder, ensure_ascii=False, separators=(",", ":"))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Compress a value; None and expressions are left to the database."""
        if value is None or hasattr(value, "as_sql"):
            return value
        return self._stored(self.as_text(value), connection)

    def parameter(self, text: str, connection: Any) -> Any:
        """Return the parameter that stores JSON."""
        return self._stored(text, connection)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the value."""
        return None if value is None else json.loads(unpacked(value), cls=self.decoder)


@CompressedTextField.register_lookup
class _StartsWith(Lookup):
    """`startswith` for at most HEAD bytes."""

    lookup_name = "startswith"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        begin = str(self.rhs).encode()
        if len(begin) > HEAD:
            raise ValueError(f"A compressed text is compared by at most {HEAD} bytes.")
        column, params = self.process_lhs(compiler, connection)
        # SQLite's SUBSTR of an empty value is NULL.
        parameters = map(connection.Database.Binary, (b"", begin))
        return f"COALESCE(SUBSTR({column}, 1, {len(begin)}), %s) = %s", [*params, *parameters]
