"""Convert the values of a row to JSON and back, identically on SQLite and PostgreSQL."""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import uuid
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Cast

from episodes.bases.compressed_fields import CompressedJSONField, CompressedTextField
from episodes.bases.fields import OrderedJSONField


class Codec(NamedTuple):
    """Functions that write a type of value as JSON and read it. Both raise TypeError or ValueError for other types."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _only(*types: type) -> Callable[[Any], Any]:
    def same(value: Any) -> Any:
        # Not isinstance(), for which True is an int.
        if type(value) not in types:
            raise TypeError(value)
        return value

    return same


def _as_is(*types: type) -> Codec:
    return Codec(_only(*types), _only(*types))


def _from_text(read: Callable[[str], Any]) -> Callable[[Any], Any]:
    text = _only(str)
    return lambda value: read(text(value))


def _moment(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _float(value: Any) -> float:
    # JSON has neither infinity nor NaN: they are written as strings.
    return float(value) if value in ("inf", "-inf", "nan") else _only(float)(value)


def _write_float(value: Any) -> float | str:
    return value if _only(float)(value) - value == 0 else str(value)


_MICROSECOND = datetime.timedelta(microseconds=1)
INTEGER = _as_is(int)
TEXT = _as_is(str)
_INTEGERS = ("Integer", "BigInteger", "SmallInteger", "Auto", "BigAuto", "SmallAuto")
_POSITIVE = ("PositiveInteger", "PositiveBigInteger", "PositiveSmallInteger")
_TEXTS = ("Char", "Text", "Slug", "File", "FilePath", "GenericIPAddress", "IPAddress")
# By Field.get_internal_type().
CODECS = {
    **{f"{name}Field": INTEGER for name in (*_INTEGERS, *_POSITIVE)},
    **{f"{name}Field": TEXT for name in _TEXTS},
    # As the text that the database stores; see Table.rows().
    "JSONField": TEXT,
    "BooleanField": _as_is(bool),
    "FloatField": Codec(_write_float, _float),
    "DecimalField": Codec(lambda value: str(_only(decimal.Decimal)(value)), _from_text(decimal.Decimal)),
    "DateField": Codec(lambda value: _only(datetime.date)(value).isoformat(), _from_text(datetime.date.fromisoformat)),
    "TimeField": Codec(lambda value: _only(datetime.time)(value).isoformat(), _from_text(datetime.time.fromisoformat)),
    "DateTimeField": Codec(lambda value: _only(datetime.datetime)(value).isoformat(), _from_text(_moment)),
    "DurationField": Codec(
        lambda value: _only(datetime.timedelta)(value) // _MICROSECOND,
        lambda value: _only(int)(value) * _MICROSECOND,
    ),
    "UUIDField": Codec(lambda value: str(_only(uuid.UUID)(value)), _from_text(uuid.UUID)),
    "BinaryField": Codec(
        lambda value: base64.b64encode(bytes(value)).decode(),
        _from_text(lambda text: base64.b64decode(text, validate=True)),
    ),
}


class NaturalKeys:
    """Natural keys of content types and permissions, whose primary keys differ from site to site. Three queries.

    permissions: name by (codename, app, model).
    """

    def __init__(self, using: str) -> None:
        kinds = ContentType.objects.using(using).values_list("pk", "app_label", "model")
        permissions = Permission.objects.using(using).order_by("pk")
        self.permissions = {
            (codename, app, model): name
            for codename, app, model, name in permissions.values_list(
                "codename", "content_type__app_label", "content_type__model", "name"
            )
        }
        keys = permissions.values_list("pk", "codename", "content_type__app_label", "content_type__model")
        self._names: dict[type[models.Model], dict[int, tuple[str, ...]]] = {
            ContentType: {key: tuple(name) for key, *name in kinds},
            Permission: {key: tuple(name) for key, *name in keys},
        }
        self._keys = {model: {name: key for key, name in names.items()} for model, names in self._names.items()}

    @property
    def content_types(self) -> list[tuple[str, ...]]:
        """All content types as (app, model), sorted."""
        return sorted(self._keys[ContentType])

    def name(self, model: type[models.Model], key: int) -> list[str]:
        """Return the natural key of a primary key. Raises LookupError if there is no such row."""
        return list(self._names[model][key])

    def key(self, model: type[models.Model], name: Any) -> int:
        """Return the primary key of a natural key. Raises LookupError for an unknown one, TypeError for no list."""
        return self._keys[model][tuple(_only(list)(name))]


class Column:
    """A column of a table. name: its attname."""

    def __init__(self, field: models.Field) -> None:
        self.field, self.name = field, field.attname

    @cached_property
    def ends_in(self) -> models.Field:
        """The field that defines the type of the values: for a foreign key its target, recursively."""
        field = self.field
        while field.remote_field:
            field = field.target_field  # type: ignore[attr-defined]  # foreign keys have it
        return field

    @cached_property
    def named(self) -> type[models.Model] | None:
        """The related model if values are written as natural keys, else None."""
        model = self.field.related_model if self.field.remote_field else None
        return model if model in (ContentType, Permission) else None  # type: ignore[return-value]

    @cached_property
    def is_json(self) -> bool:
        """Whether it is a JSONField."""
        return isinstance(self.field, models.JSONField)

    @property
    def as_text(self) -> models.expressions.Expression:
        """The stored text of a JSON column as an expression."""
        if isinstance(self.field, CompressedJSONField):
            return models.ExpressionWrapper(models.F(self.name), output_field=CompressedTextField())
        return Cast(self.name, models.TextField())

    @cached_property
    def codec(self) -> Codec:
        """The codec of its type. Raises KeyError for a type that is not in CODECS."""
        return CODECS[self.ends_in.get_internal_type()]

    def write(self, value: Any, known: NaturalKeys) -> Any:
        """Return a value from the database as JSON. Raises TypeError, ValueError or LookupError."""
        if value is None:
            return None
        return known.name(self.named, value) if self.named else self.codec.write(value)

    def read(self, value: Any) -> Any:
        """Return the value that was passed to `write`; a natural key is returned as such.

        Raises TypeError or ValueError.
        """
        if value is None:
            return None
        if self.named:
            return [TEXT.read(part) for part in _only(list)(value)]
        return self.codec.read(value)

    def parameter(self, value: Any, known: NaturalKeys, connection: Any, source: str) -> Any:
        """Return the parameter for an INSERT from a value that `read` returned.

        source: vendor of the database that JSON text comes from.
        """
        if value is None:
            return None
        if self.named:
            return known.key(self.named, value)
        if isinstance(self.field, CompressedJSONField):
            return self.field.parameter(value, connection)
        if self.is_json:
            return self._json(value, connection, source)
        return self.field.get_db_prep_save(value, connection)

    def _json(self, text: str, connection: Any, source: str) -> str:
        if source == connection.vendor or connection.vendor != "sqlite" or isinstance(self.field, OrderedJSONField):
            return text
        # The text of jsonb differs from Django's. SQLite compares JSON as text, so it must be as Django writes it.
        try:
            return json.dumps(json.loads(text), cls=self.field.encoder, allow_nan=False)  # type: ignore[attr-defined]
        except ValueError:  # a number too large for Python
            return text

    def placeholder(self, connection: Any) -> str:
        """Return the placeholder of the value in SQL."""
        # Sent as text and cast: psycopg would send jsonb, which sorts the keys.
        if self.is_json and connection.vendor == "postgresql":
            return f"%s::{self.field.db_type(connection)}"
        return "%s"
