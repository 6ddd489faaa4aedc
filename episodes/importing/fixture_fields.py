"""Validate the columns of one raw fixture row as a form would: choices, lengths, ranges, addresses, JSON, file names.

`loaddata` validates nothing, and pages would fail later on values that no form lets through.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation

from episodes.bases.constraints import (
    allowed_values,
    is_valid_value,
    max_value,
    number_fields,
)
from episodes.bases.uploads import CONTENT_TYPES
from episodes.notes.parsed import from_stored

# 2**53 - 1 is the largest integer that JavaScript represents exactly, and leaves the sequences of both databases room.
LARGEST_KEY = 2**53 - 1
# Conversion to the site's time zone or to a timestamp overflows near datetime.MINYEAR and MAXYEAR.
FIRST_YEAR, LAST_YEAR = 1900, 2999
SCHEMES = ("http", "https")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*(?=:)", re.IGNORECASE)
_SLUG = re.compile(r"[-a-zA-Z0-9_]+")
# Characters that a browser ignores before and inside an address (URL Standard, basic URL parser).
_SKIPPED = re.compile(r"\A[\x00-\x20]+|[\t\r\n]")
_CONVERSION = re.compile(r"%(?!%|\(\w+\)[sd])")


def field_errors(instance: Any) -> Iterator[tuple[str, str]]:
    """Yield (field name, error with its remedy) for each invalid column of an unsaved row."""
    yield from _key_errors(instance)
    for field in instance._meta.concrete_fields:
        if field.primary_key or field.is_relation:
            continue
        # Only the first error: later checks expect a value of the right type.
        error = next(_value_errors(instance, field, getattr(instance, field.attname)), None)
        if error:
            yield field.name, error


def _key_errors(instance: Any) -> Iterator[tuple[str, str]]:
    for field in instance._meta.concrete_fields:
        key = getattr(instance, field.attname) if field.primary_key or field.is_relation else None
        if key is not None and not (isinstance(key, int) and 1 <= key <= LARGEST_KEY):
            yield field.name, f"{key!r} is no key; give a whole number from 1 to {LARGEST_KEY}"


def _value_errors(instance: Any, field: Any, value: Any) -> Iterator[str]:
    if value is None and not field.null:
        # full_clean() skips fields with editable=False.
        yield "it cannot be null; give a value"
    if field.choices and not is_valid_value(field, value):
        yield f"{value!r} is no choice; give one of {', '.join(map(repr, allowed_values(field)))}"
    if field in number_fields(instance) and not is_valid_value(field, value):
        yield f"{value!r} is out of range; give a whole number from 0 to {max_value(field)}"
    if isinstance(field, models.DateTimeField):
        yield from _moment_errors(value)
    elif isinstance(field, models.FileField):
        yield from file_errors(str(value or ""), field.max_length)
    elif isinstance(field, models.SlugField):
        yield from _slug_errors(value)
    elif isinstance(field, models.JSONField):
        yield from _json_errors(instance, field.name, value)
    elif isinstance(value, str):
        yield from _text_errors(value)
    yield from _further_errors(instance, field.name, value)
    yield from _django_errors(instance, field, value)


def _django_errors(instance: Any, field: Any, value: Any) -> Iterator[str]:
    """Yield the error of the field's own validators; blank values are allowed as in a form."""
    if field.blank and value in field.empty_values:
        return
    with translation.override("en"):
        try:
            field.clean(value, instance)
        except ValidationError as error:
            yield f"{' '.join(error.messages)} Correct it in the file"


def _moment_errors(value: Any) -> Iterator[str]:
    if isinstance(value, datetime) and not FIRST_YEAR <= value.year <= LAST_YEAR:
        yield f"{value.isoformat()} is no moment of this site; give one between {FIRST_YEAR} and {LAST_YEAR}"


def _slug_errors(value: Any) -> Iterator[str]:
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        yield f"{value!r} is no slug: no page can have it; give letters, digits, hyphens and underscores"


def _text_errors(value: str) -> Iterator[str]:
    if "\x00" in value:
        yield "it holds the character NUL, which PostgreSQL cannot store; take it out"
    if not _encodes(value):
        yield "it holds half of a surrogate pair, which is no character; take it out"


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def file_errors(name: str, longest: int | None = None) -> Iterator[str]:
    """Yield an error for a file name that leads out of MEDIA_ROOT or is no image that the site serves.

    longest: maximum length in characters.
    """
    if not name:
        return
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts and "\\" not in name and name.isprintable()
    if not inside or re.match(r"[a-zA-Z]:", name):
        yield f"{name!r} does not lie in MEDIA_ROOT; give a path below it, without .."
    elif path.suffix not in CONTENT_TYPES:
        yield f"{name!r} is no picture; give a file that ends in {', '.join(CONTENT_TYPES)}"
    elif longest is not None and len(name) > longest:
        yield f"its name is longer than {longest} characters; give a shorter one"


# --- JSON: the types that readers of a column expect


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _is_dict_or_nothing(value: Any) -> bool:
    return value is None or isinstance(value, dict)


# {(model, column): (test, description for the error)}
SHAPES: dict[tuple[str, str], tuple[Callable[[Any], bool], str]] = {
    ("episode", "projects"): (_is_texts, "a list of texts"),
    ("episode", "extra"): (_is_dict, "an object"),
    ("episode", "made_from"): (_is_dict, "an object"),
    ("note", "parsed"): (_is_dict, "an object"),
    ("finding", "params"): (_is_dict, "an object"),
    ("finding", "repair"): (_is_dict_or_nothing, "an object or null"),
    ("speaker", "links"): (_is_texts, "a list of addresses"),
    ("entity", "links"): (_is_texts, "a list of addresses"),
}


def _json_errors(instance: Any, name: str, value: Any) -> Iterator[str]:
    fits, wanted = SHAPES[instance._meta.model_name, name]
    if not fits(value):
        yield f"it is no {wanted.removeprefix('a ').removeprefix('an ')}; give {wanted}"
    try:
        for part in _parts(value):
            yield from _text_errors(part) if isinstance(part, str) else _number_errors(part)
    except RecursionError:
        yield "it is nested too deeply; flatten it"


def _parts(value: Any) -> Iterator[Any]:
    """Yield all keys and scalar values of JSON, recursively."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(inner)
    else:
        yield value


def _number_errors(value: Any) -> Iterator[str]:
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{value} is no number of JSON; give a finite one"


# --- columns with a meaning of their own


def address_errors(address: str) -> Iterator[str]:
    """Yield an error for an address with another scheme than http or https, e.g. `javascript:`."""
    scheme = _SCHEME.match(_SKIPPED.sub("", address))
    if scheme and scheme[0].lower() not in SCHEMES:
        yield f"{address[:80]!r} begins with {scheme[0]}:, which is no address of a page; give one with https://"


def _further_errors(instance: Any, name: str, value: Any) -> Iterator[str]:
    model = instance._meta.model_name
    if (model, name) == ("episode", "source_url"):
        yield from address_errors(value)
    elif name == "links":
        for address in value:
            yield from address_errors(address)
    elif (model, name) == ("finding", "template") and _CONVERSION.search(value):
        yield "its places are not filled by %(name)s or %(name)d; correct them"
    elif (model, name) == ("note", "parsed"):
        yield from _parsed_errors(instance)


def _parsed_errors(note: Any) -> Iterator[str]:
    """Yield an error unless `parsed` can be read and its spans lie inside the note's text."""
    if not note.parsed:
        return
    try:
        read = from_stored(note.dialect, note.text, note.parsed)
        places = [(leaf.begin, leaf.end) for leaf in read.segments] + [(row.begin, row.end) for row in read.records]
        fits = all(0 <= begin <= end <= len(note.text) for begin, end in places)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        yield "it names places that are not in the text; load the note's file instead"
