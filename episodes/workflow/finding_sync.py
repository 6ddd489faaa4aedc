"""Findings between an episode and its working copy: what was settled in one is settled in the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from episodes.models import Episode, Finding

# (content type, key) of a row here → the key of the row there.
Keys = dict[tuple[int, int], int]


def key_map(model: type[models.Model], pairs: Iterable[tuple[int, int]]) -> Keys:
    kind = ContentType.objects.get_for_model(model).pk
    return {(kind, here): there for here, there in pairs}


def copy_settled_states(source: Episode, target: Episode, rows: Keys) -> None:
    """Open findings of `target` that a person has resolved or waived in `source` already are not asked again.

    Their fingerprints differ, since the rows do: they are known by what they say of which row.
    """
    known = {_says(f, rows): f.state for f in source.findings.exclude(state=Finding.State.OPEN)}
    again = [finding for finding in target.findings.open() if _says(finding) in known] if known else []
    for finding in again:
        finding.state = known[_says(finding)]
    Finding.objects.bulk_update(again, ["state"])


def move_open_findings(source: Episode, target: Episode, rows: Keys) -> None:
    """Open findings of imports and people belong to `target` from now on, each about the row that is there."""
    there = set(target.findings.values_list("fingerprint", flat=True))
    found = source.findings.open().exclude(origin=Finding.Origin.CHECK).exclude(fingerprint__in=there)
    chosen = list(found)
    for finding in chosen:
        finding.episode = target
        finding.target_id = _key(finding, rows)
    Finding.objects.bulk_update(chosen, ["episode", "target_id"])


def _says(finding: Finding, rows: Keys | None = None) -> tuple[Any, ...]:
    key = _key(finding, rows or {})
    return finding.code, finding.target_type_id, key, finding.field, finding.message


def _key(finding: Finding, rows: Keys) -> int | None:
    """What is not in the table is there under its own key."""
    if finding.target_type_id is None or finding.target_id is None:
        return finding.target_id
    return rows.get((finding.target_type_id, finding.target_id), finding.target_id)
