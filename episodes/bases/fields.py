"""Model and form fields for notes: JSON that keeps its key order, time codes, long text that keeps every character."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext_lazy as _

from episodes.notes import timecodes


def as_json(value: Any) -> Any:
    """Return a column's value as JSON stores it: dates and datetimes as ISO 8601, a file by its name."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return (value.name or "") if isinstance(value, FieldFile) else value


class OrderedJSONField(models.JSONField):
    """JSON that keeps the order of its keys: PostgreSQL's `jsonb` sorts them, its `json` does not."""

    def db_type(self, connection: Any) -> str | None:
        """Return `json` for PostgreSQL."""
        return "json" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Adapt the value as json instead of jsonb for PostgreSQL."""
        adapted = super().get_db_prep_value(value, connection, prepared)
        if connection.vendor != "postgresql":
            return adapted
        from psycopg.types.json import Json, Jsonb

        # Going through jsonb would lose the order again.
        return Json(adapted.obj, adapted.dumps) if isinstance(adapted, Jsonb) else adapted

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Decode the value, except where psycopg has done so."""
        # Django keeps psycopg from decoding jsonb, but not json: that value arrives decoded.
        return value if connection.vendor == "postgresql" else super().from_db_value(value, expression, connection)


class TimecodeFormField(forms.CharField):
    """A time as `HH:MM:SS` or `MM:SS`; the cleaned value is whole seconds, None if empty."""

    def __init__(self, **kwargs: Any) -> None:
        for number_only in ("min_value", "max_value"):
            kwargs.pop(number_only, None)
        super().__init__(**kwargs)
        self.widget.attrs.update(size=9, placeholder="HH:MM:SS", inputmode="numeric")

    def prepare_value(self, value: Any) -> Any:
        """Return seconds as a time code."""
        return timecodes.format(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]  # the cleaned value is seconds
        """Return whole seconds. Raises ValidationError if the text is no time code."""
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        seconds = timecodes.parse(str(value))
        if seconds is None:
            raise ValidationError(_("Enter the time as HH:MM:SS, for example 01:02:03."), code="invalid")
        return seconds

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare seconds, not spellings."""
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class SecondsField(models.PositiveIntegerField):
    """Whole seconds in the database, edited as `HH:MM:SS`."""

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        """Use TimecodeFormField."""
        return super().formfield(**{"form_class": TimecodeFormField, **kwargs})


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


class LongTextFormField(forms.CharField):
    """A textarea that keeps white space.

    Browsers send every line end as CRLF; that alone does not count as a change.
    """

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        kwargs["strip"] = False
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Return the text with line feeds as line ends."""
        return _newlines(super().to_python(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the texts regardless of line ends."""
        return _newlines(initial or "") != _newlines(data or "")


class LongTextField(models.TextField):
    """Text taken from notes. Forms use LongTextFormField; `episodes.desk.forms` restores the stored line ends."""

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        """Use LongTextFormField."""
        return super().formfield(**{"form_class": LongTextFormField, **kwargs})
