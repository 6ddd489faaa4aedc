"""Carry findings between an episode and its working copy: settled states, and open findings on publication."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from episodes.models import Episode, Finding

# (content type, key) of a row in the source → key of its counterpart in the target.
Keys = dict[tuple[int, int], int]


def key_map(model: type[models.Model], pairs: Iterable[tuple[int, int]]) -> Keys:
    """Return the Keys of one model from pairs (key in the source, key in the target)."""
    kind = ContentType.objects.get_for_model(model).pk
    return {(kind, here): there for here, there in pairs}


def copy_settled_states(source: Episode, target: Episode, rows: Keys) -> None:
    """Resolve or waive the open findings of `target` whose counterparts in `source` were resolved or waived.

    Fingerprints contain the row's key and so differ between the two; they are matched by code, row, field and message.
    """
    settled = {_identity(f, rows): f.state for f in source.findings.exclude(state=Finding.State.OPEN)}
    repeated = [finding for finding in target.findings.open() if _identity(finding) in settled] if settled else []
    for finding in repeated:
        finding.state = settled[_identity(finding)]
    Finding.objects.bulk_update(repeated, ["state"])


def move_open_findings(source: Episode, target: Episode, rows: Keys) -> None:
    """Move open findings of imports and people from `source` to `target`, each to the counterpart of its row."""
    known = set(target.findings.values_list("fingerprint", flat=True))
    findings = list(source.findings.open().exclude(origin=Finding.Origin.CHECK).exclude(fingerprint__in=known))
    for finding in findings:
        finding.episode = target
        finding.target_id = _key(finding, rows)
    Finding.objects.bulk_update(findings, ["episode", "target_id"])


def _identity(finding: Finding, rows: Keys | None = None) -> tuple[Any, ...]:
    key = _key(finding, rows or {})
    return finding.code, finding.target_type_id, key, finding.field, finding.message


def _key(finding: Finding, rows: Keys) -> int | None:
    """Return the key of the finding's row in the target; rows not in the table keep their key."""
    if finding.target_type_id is None or finding.target_id is None:
        return finding.target_id
    return rows.get((finding.target_type_id, finding.target_id), finding.target_id)
