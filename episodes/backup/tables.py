"""Which tables and columns belong into a backup: all of every installed model, less the two lists below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.functions import Cast

from episodes.backup import BackupError
from episodes.backup.values import Column, NaturalKeys

# Whole tables, by model, with the reason. Whatever is not named here is backed up, so that no new model is forgotten.
LEFT_OUT = {
    "contenttypes.ContentType": "made by migrate; rows that point to one name its app and model",
    "auth.Permission": "made by migrate; rows that point to one name its app, model and codename",
    "sessions.Session": "who is logged in at the moment; people log in again",
    "episodes.RequestCount": "how often somebody asked in the last hour; it counts anew",
    "axes.AccessAttempt": "failed logins of the last minutes, with addresses",
    "axes.AccessAttemptExpiration": "when those are forgotten",
    "axes.AccessFailureLog": "failed logins, with addresses; the log has them",
    "axes.AccessLog": "logins, with addresses; the log has them",
}
# Columns that are made again from others, with the value they have until then. Glosses and findings are not derived:
# they remember what editors waived, and which sections were rejected when they were made.
DERIVED = {
    # Drawn again by `render_again`. HTML of a file must not reach visitors unsanitised.
    "episodes.Section": {"html": ""},
}
# The only models with rows in a site that has just been migrated.
MADE_BY_MIGRATE = {"contenttypes.ContentType", "auth.Permission", "auth.Group", "auth.Group_permissions"}

# Rows fetched at once. A note has up to eight megabytes, and its parsed form as many again.
CHUNK = 20


@dataclass(frozen=True)
class Table:
    """One table of the backup and its columns."""

    model: type[models.Model]

    @property
    def label(self) -> str:
        return self.model._meta.label

    @cached_property
    def columns(self) -> list[Column]:
        """The columns that are written: not what the database or the site makes from others."""
        derived = DERIVED.get(self.label, {})
        fields = [field for field in self.model._meta.local_concrete_fields if not getattr(field, "generated", False)]
        return [Column(field) for field in fields if field.attname not in derived]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def derived(self) -> dict[str, Any]:
        """The columns that are made again, by their name in the database, with the value they have until then."""
        derived = DERIVED.get(self.label, {})
        fields = self.model._meta.local_concrete_fields
        return {str(field.column): derived[field.attname] for field in fields if field.attname in derived}

    @property
    def key(self) -> int:
        """The position of the primary key among the columns."""
        return next(place for place, column in enumerate(self.columns) if column.field.primary_key)

    @property
    def counted(self) -> bool:
        """Whether the database hands out the keys of new rows."""
        return isinstance(self.model._meta.pk, models.AutoField) and not self.model._meta.pk.remote_field

    def rows(self, using: str, known: NaturalKeys) -> Iterator[list[Any]]:
        """Yield each row as a list of JSON values, in the order of the keys, few at a time.

        Raises BackupError for a value that its column cannot have.
        """
        # JSON is taken as the text that is stored: read and written again, keys and numbers might look different.
        wanted = [
            Cast(column.name, models.TextField()) if column.is_json else models.F(column.name)
            for column in self.columns
        ]
        found = self.model._base_manager.using(using).order_by("pk").values_list(*wanted)
        for row in found.iterator(chunk_size=CHUNK):
            yield [self._written(column, value, row, known) for column, value in zip(self.columns, row, strict=True)]

    def _written(self, column: Column, value: Any, row: tuple[Any, ...], known: NaturalKeys) -> Any:
        try:
            return column.write(value, known)
        except (TypeError, ValueError, AttributeError, LookupError):
            shown = repr(value)[:80]
            raise BackupError(f"{self.label} {row[self.key]}: {column.name} cannot be {shown}.") from None


def all_models() -> list[type[models.Model]]:
    """Return every installed model that has a table, with those that Django makes for many-to-many fields."""
    return [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]


def tables() -> list[Table]:
    """Return the tables of a backup."""
    return [Table(model) for model in all_models() if model._meta.label not in LEFT_OUT]
