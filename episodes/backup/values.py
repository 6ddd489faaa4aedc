"""The values of a row as JSON, and back, the same for SQLite and PostgreSQL."""

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

from episodes.bases.fields import OrderedJSONField


class Codec(NamedTuple):
    """How one kind of value is written as JSON and read again. Both raise TypeError or ValueError for another kind."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _only(*types: type) -> Callable[[Any], Any]:
    def same(value: Any) -> Any:
        # Not isinstance: True is an int as well.
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
    # JSON has no infinity: it is written as text.
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
    # The text that the database has.
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
    """Content types and permissions by what names them, and back: their numbers differ from site to site."""

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
        return sorted(self._keys[ContentType])

    def name(self, model: type[models.Model], key: int) -> list[str]:
        return list(self._names[model][key])

    def key(self, model: type[models.Model], name: Any) -> int:
        """Raises LookupError for a name that is not known here, TypeError for what is no name."""
        return self._keys[model][tuple(_only(list)(name))]


class Column:
    """One column of a table."""

    def __init__(self, field: models.Field) -> None:
        self.field, self.name = field, field.attname

    @cached_property
    def ends_in(self) -> models.Field:
        """The field whose values it holds: of a foreign key the one it points to."""
        field = self.field
        while field.remote_field:
            field = field.target_field  # type: ignore[attr-defined]  # foreign keys have it
        return field

    @cached_property
    def named(self) -> type[models.Model] | None:
        """The model whose rows it points to by their natural key."""
        model = self.field.related_model if self.field.remote_field else None
        return model if model in (ContentType, Permission) else None  # type: ignore[return-value]

    @cached_property
    def is_json(self) -> bool:
        return isinstance(self.field, models.JSONField)

    @cached_property
    def codec(self) -> Codec:
        """Raises KeyError for a kind of field that nobody has taught to be written."""
        return CODECS[self.ends_in.get_internal_type()]

    def write(self, value: Any, known: NaturalKeys) -> Any:
        """The value as JSON."""
        if value is None:
            return None
        return known.name(self.named, value) if self.named else self.codec.write(value)

    def read(self, value: Any) -> Any:
        """The value that `write` was given; of a natural key the key as it is written.

        Raises TypeError or ValueError.
        """
        if value is None:
            return None
        if self.named:
            return [TEXT.read(part) for part in _only(list)(value)]
        return self.codec.read(value)

    def parameter(self, value: Any, known: NaturalKeys, connection: Any, source: str) -> Any:
        """The value for an INSERT.

        source: the vendor of the database that the text of JSON comes from.
        """
        if value is None:
            return None
        if self.named:
            return known.key(self.named, value)
        if self.is_json:
            return self._json(value, connection, source)
        return self.field.get_db_prep_save(value, connection)

    def _json(self, text: str, connection: Any, source: str) -> str:
        if source == connection.vendor or connection.vendor != "sqlite" or isinstance(self.field, OrderedJSONField):
            return text
        # PostgreSQL's jsonb has a form of its own. SQLite compares texts, so they must be as Django writes them.
        try:
            return json.dumps(json.loads(text), cls=self.field.encoder, allow_nan=False)  # type: ignore[attr-defined]
        except ValueError:  # a number too large for Python
            return text

    def placeholder(self, connection: Any) -> str:
        # Sent as text: psycopg would make jsonb of it, which sorts the keys.
        if self.is_json and connection.vendor == "postgresql":
            return f"%s::{self.field.db_type(connection)}"
        return "%s"
