"""Messages that are stored and read later, by somebody else, in another language.

A stored message is an English template (`gettext_noop`) and its parameters. A parameter that is itself a word of the
interface is stored as what it stands for, and becomes a word when the message is read:

    a_field(Quote, "text")            the label of a field
    a_model(Quote)                    the name of a kind of thing
    a_status(episode)                 the name of a status
    a_sentence(template, params)      another message
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext, override

from episodes.bases import reworded_messages

_MODEL, _FIELD, _STATUS, _SENTENCE, _PARAMS = "model", "field", "status", "sentence", "params"


def a_model(model: Any) -> dict[str, str]:
    return {_MODEL: model._meta.label_lower}


def a_field(model: Any, name: str) -> dict[str, str]:
    return {_MODEL: model._meta.label_lower, _FIELD: name}


def a_status(row: Any) -> dict[str, str]:
    return {_MODEL: row._meta.label_lower, _STATUS: str(row.status)}


def a_sentence(template: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {_SENTENCE: template, _PARAMS: dict(params or {})}


def text_of(template: str, params: Mapping[str, Any]) -> str:
    """Return the message in the active language.

    Raises KeyError, LookupError, TypeError or ValueError where template and parameters do not belong together.
    """
    template = reworded_messages.current(template)
    if not params:
        return gettext(template)
    return gettext(template) % {name: _word(value) for name, value in params.items()}


def english(template: str, params: Mapping[str, Any]) -> str:
    """Return the message in English, as it is stored for searches and printed by commands."""
    with override("en"):
        return text_of(template, params)


def _word(value: Any) -> Any:
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
    """Return the label of a model's field; its bare name where there is no such field."""
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    if getattr(field, "auto_created", False) and field.related_model is not None:
        return str(field.related_model._meta.verbose_name_plural)
    return str(getattr(field, "verbose_name", name))
