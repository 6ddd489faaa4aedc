"""Restore a snapshot into a working copy. The public page changes when that copy is published."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from episodes import derived
from episodes.bases.reviewable import Status
from episodes.bases.stored_messages import model_ref
from episodes.bases.users import User
from episodes.checks import Fault
from episodes.models import Episode, Finding, Snapshot
from episodes.workflow import decisions, snapshots
from episodes.workflow.decisions import Refused
from episodes.workflow.edits import edited, words_changed
from episodes.workflow.item_decisions import Summary
from episodes.workflow.refusal_log import log_refusals
from episodes.workflow.transitions import REVIEW
from episodes.workflow.working_copies import copy_of, revise
from episodes.workflow.working_copy_merge import (
    CRITERIA_COLUMNS,
    OUTCOME_COLUMNS,
    REVIEW_COLUMNS,
    UNIQUE_COLUMNS,
    free_unique_names,
)
from people.models import Alias, Entity, Speaker

# Columns that are not restored: identity and decisions. A snapshot restores text.
_KEPT = {"slug", "source_id", "published_at", "recheck_on", "adopted", "withdrawn_reason", "tags"}
_KEPT |= {f"summary_{name}" for name in REVIEW_COLUMNS}
_DECIDED = {*REVIEW_COLUMNS, *OUTCOME_COLUMNS, *CRITERIA_COLUMNS}


@log_refusals
def restore(snapshot: Snapshot, by: User) -> Episode:
    """Write the text and rows of a snapshot into the episode's working copy and return that.

    Rows that still exist keep their decisions; deleted ones are created again. Raises Refused without the permission
    to review and if there is a working copy with other changes.
    """
    if not by.has_perm(REVIEW):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
    with transaction.atomic(), decisions.one_act():
        copy = copy_of(snapshot.episode)
        if copy is not None and (copy.version != copy.made_from.get("version") or copy.notes.exists()):
            raise Refused(_("There is already a draft with other changes. Publish or discard it first."))
        copy = revise(snapshot.episode, by)
        edited(copy, by)
        faults = _Restored(copy, snapshot, by).write()
        derived.refresh(copy)
        findings = (fault.as_finding(copy, Finding.Origin.PERSON) for fault in faults)
        Finding.objects.bulk_create(findings, ignore_conflicts=True)
        # Stored in English and translated where it is shown (labels.REASONS).
        reason = f"snapshot #{snapshot.number} restored"
        decisions.new_decision(copy, copy.status, copy.status, by, reason).save(force_insert=True)
    return copy


class _Restored:
    """Writer of one snapshot into a working copy."""

    def __init__(self, copy: Episode, snapshot: Snapshot, by: User) -> None:
        self.copy, self.number, self.by = copy, snapshot.number, by
        self.content = snapshots.content_at(snapshot)
        self.faults: list[Fault] = []
        self._present: dict[type[models.Model], set[int]] = {}

    def write(self) -> list[Fault]:
        """Write fields, tags and rows. Returns faults for names that could not be resolved."""
        self._episode()
        self.copy.tags.set(self.content.get("tags", []))
        for model in snapshots.KINDS:
            self._rows(model, self.content.get(snapshots.kind_name(model), []))
        return self.faults

    def _episode(self) -> None:
        stored = self.content["episode"]
        names = [n for n in snapshots.columns_of(Episode, snapshots.EPISODE_BESIDE | _KEPT) if n in stored]
        if stored.get("cover") and not default_storage.exists(stored["cover"]):
            names.remove("cover")
        if stored.get("summary", self.copy.summary) != self.copy.summary:
            words_changed(Summary(self.copy), self.by)
        for name in names:
            setattr(self.copy, name, _value(Episode, name, stored[name]))
        self.copy.save(update_fields=names)

    # --- rows of one kind

    def _rows(self, model: Any, stored: list[dict[str, Any]]) -> None:
        rows = {row.revises_id or row.pk: row for row in model._default_manager.filter(episode=self.copy)}
        self._look_up(model, stored)
        new, changed, renamed, taken = [], [], [], set()
        # Existing rows first: a deleted row may equal one of them today, and is then not created again.
        for values in sorted(stored, key=lambda values: values["key"] not in rows):
            row = rows.get(values["key"])
            columns = self._columns(model, values, row)
            once = tuple(columns.get(name) for name in UNIQUE_COLUMNS.get(model, ((), ""))[0])
            if columns.get("entity_id", 0) is None or (once and once in taken):
                continue  # The entity cannot be resolved, or two names were merged since.
            taken.add(once)
            rows.pop(values["key"], None)
            if row is None:
                new.append(model(episode=self.copy, **columns))
            elif differ := [name for name, value in columns.items() if getattr(row, name) != value]:
                renamed += [row.pk] if model in UNIQUE_COLUMNS and set(differ) & set(UNIQUE_COLUMNS[model][0]) else []
                changed.append(_changed(row, columns))
        # Rejected rows are kept, so that an import does not propose them again.
        removed = [row.pk for row in rows.values() if getattr(row, "status", "") != Status.REJECTED]
        model._default_manager.filter(pk__in=removed).delete()
        self._write(model, new, changed, renamed)

    def _write(self, model: Any, new: list[Any], changed: list[Any], renamed: list[int]) -> None:
        free_unique_names(model, renamed)
        if changed:
            names = [f.name for f in model._meta.concrete_fields if f.name not in ("id", "episode", "revises", "html")]
            model._default_manager.bulk_update(changed, names, batch_size=100)
        model._default_manager.bulk_create(new)

    def _columns(self, model: Any, stored: dict[str, Any], row: Any) -> dict[str, Any]:
        """Return the columns of a row from the snapshot; for an existing row without its decisions."""
        fields = {f.attname: f.name for f in model._meta.concrete_fields}
        beside = _DECIDED if row is not None else set()
        columns = {n: _value(model, n, stored[n]) for n, name in fields.items() if n in stored and name not in beside}
        for name, key, named in (("speaker_id", "who", Speaker), ("entity_id", "what", Entity)):
            if columns.get(name) is not None and columns[name] not in self._present[named]:
                columns[name] = self._by_name(named, stored.get(key) or "", row)
        if columns.get("status") == Status.EVERGREEN:
            columns |= {"status": Status.ACCEPTED, "verified_by_id": None, "verified_at": None, "self_verified": False}
        return columns

    # --- speakers and entities

    def _look_up(self, model: Any, stored: list[dict[str, Any]]) -> None:
        """Remember which of the referenced speakers and entities still exist. One query each."""
        for name, named in (("speaker_id", Speaker), ("entity_id", Entity)):
            keys = {row[name] for row in stored if row.get(name) is not None}
            existing = named._default_manager.filter(pk__in=keys).values_list("pk", flat=True) if keys else ()
            self._present.setdefault(named, set()).update(existing)

    def _by_name(self, model: Any, name: str, row: Any) -> int | None:
        """Return the key of the only speaker or entity with this name; otherwise add a fault and return None."""
        field = str(model._meta.model_name)
        keys = set(model._default_manager.filter(name=name).values_list("pk", flat=True))
        keys |= set(Alias.objects.filter(name=name, **{f"{field}__isnull": False}).values_list(field, flat=True))
        if len(keys) == 1:
            return keys.pop()
        self._add_fault(name, row or self.copy, model, field)
        return None

    def _add_fault(self, name: str, target: Any, model: Any, field: str) -> None:
        message = gettext_noop(
            "Version %(number)d names “%(name)s” here: no %(kind)s, or more than one, has that name now."
        )
        params = {"number": self.number, "name": name, "kind": model_ref(model)}
        evidence = f"{self.number}/{name}"
        severity = Finding.Severity.WARNING
        self.faults.append(Fault("restored-open", severity, message, target, field, None, evidence, params))


def _changed(row: Any, columns: dict[str, Any]) -> Any:
    """Set changed columns: increment the version and turn a verified row into an accepted one."""
    for name, value in columns.items():
        setattr(row, name, value)
    if hasattr(row, "version"):
        row.version += 1
        if row.status == Status.EVERGREEN:
            row.status, row.verified_by, row.verified_at, row.self_verified = Status.ACCEPTED, None, None, False
    return row


def _value(model: type[models.Model], column: str, stored: Any) -> Any:
    field: Any = next(f for f in model._meta.concrete_fields if f.attname == column)
    return field.to_python(stored) if stored is not None else None
