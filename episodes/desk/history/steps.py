"""Display of one Decision: target, status change, reason, and the text before and after."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import override

from episodes.bases import code_labels, stored_messages, text_diff
from episodes.models import Decision, Episode, Finding, Mention, Section
from episodes.workflow import snapshot_diff
from episodes.workflow.snapshot_diff import FieldChange
from people.models import Entity, Speaker

NAME = 80


@dataclass
class Step:
    """`thing`: kind and name, "" for the object whose history it is; `about`: the same as a query parameter."""

    what: str
    status: str
    kind: str = ""
    thing: str = ""
    address: str = ""
    about: str = ""
    gone: bool = False
    in_copy: bool = False
    reason: str = ""
    changes: list[FieldChange] = field(default_factory=list)


def targets() -> list[models.QuerySet]:
    """Return querysets of all models Decisions can be about, with what __str__ needs and no long columns."""
    return [
        Episode.objects.only("title", "slug", "revises"),
        Section.objects.only("heading", "kind"),
        Mention.objects.select_related("entity").only("entity__name"),
        Finding.objects.defer("repair"),
        Speaker.objects.only("name"),
        Entity.objects.only("name"),
    ]


def steps_of(decisions: Sequence[Decision], own: tuple[str, set[int]]) -> dict[int, Step]:
    """Return {key of the Decision: step}. One query per kind of target and one per kind of name."""
    models.prefetch_related_objects(list(decisions), GenericPrefetch("target", targets()))
    names, originals = _names(decisions), _originals(decisions)
    return {decision.pk: _step(decision, own, names, originals) for decision in decisions}


def _originals(decisions: Iterable[Decision]) -> dict[tuple[int, int], Any]:
    """Return the originals of deleted rows of working copies. One query per kind."""
    gone: dict[int, set[int]] = {}
    for decision in decisions:
        if decision.target is None and decision.original_id is not None:
            gone.setdefault(decision.target_type_id, set()).add(decision.original_id)
    found = {}
    for kind, keys in gone.items():
        model: Any = ContentType.objects.get_for_id(kind).model_class()
        short = {rows.model: rows for rows in targets()}
        rows = short.get(model, model._default_manager.all())
        found |= {(kind, key): row for key, row in rows.in_bulk(keys).items()}
    return found


def model_of(decision: Decision) -> Any:
    """Return the model class of the Decision's target."""
    return ContentType.objects.get_for_id(decision.target_type_id).model_class()


def _step(decision: Decision, own: tuple[str, set[int]], names: dict, originals: dict) -> Step:
    model = model_of(decision)
    kind = str(model._meta.model_name)
    step = Step(
        what=_what(decision),
        status=decision.to_status,
        reason=_reason(decision),
        in_copy=decision.original_id is not None,
        changes=list(_compared(decision, model, names)),
    )
    if kind != own[0] or not own[1] & {decision.target_id, decision.original_id} or decision.field == "summary":
        key = (decision.target_type_id, decision.original_id)
        target = decision.target if decision.target is not None else originals.get(key)
        step.kind = _("summary") if decision.field == "summary" else str(model._meta.verbose_name)
        step.thing = "" if decision.field == "summary" else Truncator(target or f"#{decision.target_id}").chars(NAME)
        step.gone = target is None
        step.about = f"{kind}-{decision.original_id or decision.target_id}"
        step.address = _address(model, target.pk) if target is not None else ""
    return step


def _what(decision: Decision) -> str:
    if decision.field in ("criteria", "outcome") and decision.changes:
        return stored_messages.field_label(model_of(decision), decision.field)
    return code_labels.change_of(decision)


def _reason(decision: Decision) -> str:
    reason = code_labels.reason_of(decision)
    # Reasons given by the workflow itself are not repeated.
    return "" if reason == _what(decision) else reason


def _address(model: Any, key: int) -> str:
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])
    except NoReverseMatch:
        return ""


# --- text before and after


def _compared(decision: Decision, model: Any, names: dict) -> Iterable[FieldChange]:
    # In the order of the form, because databases store JSON objects in different orders.
    places = {field.name: place for place, field in enumerate(model._meta.concrete_fields)}
    for name, sides in sorted(decision.changes.items(), key=lambda pair: (places.get(pair[0], len(places)), pair[0])):
        before, after = (snapshot_diff.readable_value(model, name, value, names) for value in sides)
        label = stored_messages.field_label(model, name)
        yield FieldChange(label, text_diff.collapse_unchanged(text_diff.diff(before, after)))


def _names(decisions: Iterable[Decision]) -> dict[tuple[Any, int], str]:
    """Return {(model, key): name} of the speakers and entities in the changes."""
    wanted: dict[Any, set[int]] = {}
    for decision in decisions:
        for name, sides in decision.changes.items():
            related = _related(model_of(decision), name)
            if related is not None:
                wanted.setdefault(related, set()).update(key for key in sides if isinstance(key, int))
    return {
        (model, key): str(row)
        for model, keys in wanted.items()
        for key, row in model._default_manager.in_bulk(keys).items()
    }


def _related(model: Any, name: str) -> Any:
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return found.related_model if isinstance(found, models.ForeignKey) else None


# --- log entries


def leftover_of(entry: LogEntry, decisions: Iterable[Decision]) -> str:
    """Return what a log entry says beyond the Decisions of its act, in the active language; "" for nothing."""
    if not entry.change_message.startswith("["):
        return entry.get_change_message() or str(entry)
    try:
        parts = json.loads(entry.change_message)
    except json.JSONDecodeError:
        return entry.change_message
    covered = _covered(decisions)
    left = [part for part in (_without(part, covered) for part in parts) if part]
    if not left:
        return ""
    return LogEntry(change_message=json.dumps(left), action_flag=entry.action_flag).get_change_message()


def _covered(decisions: Iterable[Decision]) -> set[tuple[str, str]]:
    """Return {(kind, field)} covered by Decisions, by the English names used in log entries."""
    found = set()
    with override("en"):
        for decision in decisions:
            model = model_of(decision)
            for name in decision.changes:
                label = stored_messages.field_label(model, name)
                found |= {(str(model._meta.verbose_name), each) for each in (name, label, label.capitalize())}
    return found


def _without(part: dict[str, Any], covered: set[tuple[str, str]]) -> dict[str, Any] | None:
    """Return part of a log entry without the covered fields; None if nothing is left."""
    changed = part.get("changed")
    if changed is None:
        return part
    kinds = {changed["name"]} if "name" in changed else {kind for kind, _name in covered}
    fields = [name for name in changed.get("fields", ()) if not any((kind, name) in covered for kind in kinds)]
    return {"changed": {**changed, "fields": fields}} if fields else None
