"""Compare two contents of an episode (see `snapshots.content_of`) by field, row and word."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _

from episodes.bases import text_diff
from episodes.bases.fields import SecondsField
from episodes.bases.text_diff import Piece
from episodes.models import Episode
from episodes.notes import timecodes
from episodes.workflow.snapshots import KINDS, kind_name

# Columns left out of a comparison: reviewers and times, which the status implies, and metadata that is no content.
_UNSEEN = {
    "accepted_by", "accepted_at", "verified_by", "verified_at", "self_verified", "criteria_by", "criteria_at",
    "resolved_by", "self_resolved", "slug", "source_id", "published_at", "recheck_on", "adopted", "withdrawn_reason",
    "summary_accepted_by", "summary_accepted_at", "summary_verified_by", "summary_verified_at", "summary_self_verified",
}  # fmt: skip
# Column whose value names a row in a comparison, by model.
_NAMES = {
    "appearance": "label", "section": "heading", "chapter": "title", "quote": "text", "prediction": "words",
    "observation": "detail", "takeaway": "text", "mention": "what",
}  # fmt: skip
_BY_NAME = {"speaker": "who", "entity": "what"}


@dataclass(frozen=True)
class FieldChange:
    """A field whose value differs."""

    label: str
    pieces: list[Piece]


@dataclass(frozen=True)
class RowChange:
    """A row that differs. how: "added", "removed" or "changed"."""

    kind: str
    how: str
    name: str
    fields: list[FieldChange]


@dataclass(frozen=True)
class Comparison:
    """Differing fields of the episode and differing rows; false if there is no difference."""

    fields: list[FieldChange]
    rows: list[RowChange]

    def __bool__(self) -> bool:
        return bool(self.fields or self.rows)


def compare(old: dict[str, Any], new: dict[str, Any]) -> Comparison:
    """Compare two contents as `snapshots.content_of` returns them: the episode's fields, its tags, rows by key."""
    fields = list(_fields(Episode, old.get("episode", {}), new.get("episode", {}), set()))
    before, after = (", ".join(content.get("tags", [])) for content in (old, new))
    if before != after:
        fields.append(FieldChange(_("tags"), text_diff.diff(before, after)))
    rows = [
        change
        for model in KINDS
        for change in _rows(model, old.get(kind_name(model), []), new.get(kind_name(model), []))
    ]
    return Comparison(fields, rows)


def _rows(model: type[models.Model], old: list[dict], new: list[dict]) -> Iterator[RowChange]:
    before, after = {row["key"]: row for row in old}, {row["key"]: row for row in new}
    # A row inserted at the top changes `order` of all others, which is no change of theirs.
    unseen = {"order"} if _in_order(before, after) == _in_order(after, before) else set()
    for key, row in after.items():
        was = before.get(key, {})
        if changed := list(_fields(model, was, row, unseen if was else set())):
            yield RowChange(_kind(model), "changed" if was else "added", _name(model, row), changed)
    for key, row in before.items():
        if key not in after:
            yield RowChange(_kind(model), "removed", _name(model, row), list(_fields(model, row, {}, set())))


def _in_order(rows: dict[int, dict], others: dict[int, dict]) -> list[int]:
    shared = [row for key, row in rows.items() if key in others]
    return [row["key"] for row in sorted(shared, key=lambda row: (row.get("order") or 0, row["key"]))]


def _kind(model: type[models.Model]) -> str:
    return str(model._meta.verbose_name)


def _name(model: type[models.Model], row: dict[str, Any]) -> str:
    name = " ".join(str(row.get(_NAMES[kind_name(model)]) or "").split()) or readable(model, "kind", row)
    return name if len(name) <= 80 else f"{name[:80]}…"


def _fields(model: type[models.Model], old: dict, new: dict, unseen: set[str]) -> Iterator[FieldChange]:
    for field in model._meta.concrete_fields:
        if field.name in _UNSEEN | unseen or not (field.attname in old or field.attname in new):
            continue
        if old.get(field.attname) == new.get(field.attname):
            continue
        before, after = readable(model, field.name, old), readable(model, field.name, new)
        if before == after and field.name in _BY_NAME:
            # Two speakers may share a name.
            before, after = (f"{name} (#{row.get(field.attname)})" for name, row in ((before, old), (after, new)))
        if before != after:
            yield FieldChange(str(field.verbose_name), text_diff.collapse_unchanged(text_diff.diff(before, after)))


def readable(model: type[models.Model], name: str, row: dict[str, Any]) -> str:
    """Return a stored value as text for a page.

    row: the value under its attname; for a speaker or an entity the name under `who` or `what`.
    """
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return ""
    value = row.get(_BY_NAME.get(name, field.attname))
    if isinstance(field, SecondsField) and isinstance(value, int):
        return timecodes.format(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=1)
    return str(dict(field.flatchoices).get(value, value)) if value is not None else ""


def readable_value(
    model: type[models.Model], name: str, value: Any, names: Mapping[tuple[Any, int], str] | None = None
) -> str:
    """Return a value from `Decision.changes` as text for a page.

    names: of speakers and entities by (model, key); without it each foreign key costs one query.
    """
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return str(value)
    if name == "tags" and isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(field, models.ForeignKey) and names is not None:
        return names.get((field.related_model, value), f"#{value}") if value else ""
    if isinstance(field, models.ForeignKey):
        return str(field.related_model._default_manager.filter(pk=value).first() or "–") if value else ""
    return readable(model, name, {field.attname: value})
