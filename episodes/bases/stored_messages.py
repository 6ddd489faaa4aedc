"""Messages that are stored and shown later, to another user and possibly in another language.

A stored message is an English template (`gettext_noop`) and its parameters. A parameter that is itself a label of the
interface is stored as a reference, and translated when the message is shown:

    field_ref(Quote, "text")          the label of a field
    model_ref(Quote)                  the verbose name of a model
    status_ref(episode)               the label of a row's status
    message_ref(template, params)     another message
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext, override

from episodes.bases import reworded_messages

_MODEL, _FIELD, _STATUS, _SENTENCE, _PARAMS = "model", "field", "status", "sentence", "params"


def model_ref(model: Any) -> dict[str, str]:
    """Return a parameter that is shown as the model's verbose name."""
    return {_MODEL: model._meta.label_lower}


def field_ref(model: Any, name: str) -> dict[str, str]:
    """Return a parameter that is shown as the label of a model's field."""
    return {_MODEL: model._meta.label_lower, _FIELD: name}


def status_ref(row: Any) -> dict[str, str]:
    """Return a parameter that is shown as the label of the row's current status."""
    return {_MODEL: row._meta.label_lower, _STATUS: str(row.status)}


def message_ref(template: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a parameter that is shown as another message."""
    return {_SENTENCE: template, _PARAMS: dict(params or {})}


def text_of(template: str, params: Mapping[str, Any]) -> str:
    """Return the message in the active language.

    Raises AttributeError, LookupError, TypeError or ValueError if template and parameters do not match.
    """
    template = reworded_messages.current(template)
    if not params:
        return gettext(template)
    return gettext(template) % {name: _label(value) for name, value in params.items()}


def english(template: str, params: Mapping[str, Any]) -> str:
    """Return the message in English, as it is stored for searches and printed by commands."""
    with override("en"):
        return text_of(template, params)


def _label(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if _SENTENCE in value:
        return text_of(value[_SENTENCE], value.get(_PARAMS) or {})
    model = apps.get_model(value[_MODEL])
    if _FIELD in value:
        return field_label(model, value[_FIELD])
    if _STATUS in value:
        field: Any = model._meta.get_field("status")
        return str(dict(field.flatchoices).get(value[_STATUS], value[_STATUS]))
    return str(model._meta.verbose_name)


def field_label(model: Any, name: str) -> str:
    """Return the label of a model's field; the bare name if there is no such field."""
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    if getattr(field, "auto_created", False) and field.related_model is not None:
        return str(field.related_model._meta.verbose_name_plural)
    return str(getattr(field, "verbose_name", name))
