"""Revoke approval, verification or evergreen status after an edit."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from episodes.bases.reviewable import Status
from episodes.bases.users import User
from episodes.models import Episode
from episodes.workflow import decisions


def revoke_approval(episode: Episode, by: User) -> None:
    """Return an approved episode to review, claimed by `by` if they may review. Raises Stale."""
    if episode.status == Episode.Status.APPROVED:
        claim = {"claimed_by": by, "claimed_at": timezone.now()} if by.has_perm("episodes.review_episode") else {}
        decisions.write_status(episode, "status", Episode.Status.IN_REVIEW, by, "", {"approved_version": None, **claim})


def revoke_evergreen(episode: Episode, by: User) -> None:
    """Return an evergreen episode to published, without its date for the next check. Raises Stale."""
    if episode.status == Episode.Status.EVERGREEN:
        decisions.write_status(episode, "status", Episode.Status.PUBLISHED, by, "", {"recheck_on": None})


def revoke_verification(row: Any, prefix: str, by: User, changes: dict[str, Any]) -> None:
    """Return a verified row to accepted after its text changed.

    prefix: of the review columns, "summary_" or "". changes: other columns to set. Raises Stale.
    """
    unverified = {"verified_by": None, "verified_at": None, "self_verified": False}
    changes = {f"{prefix}{name}": value for name, value in unverified.items()} | changes
    decisions.write_status(row, f"{prefix}status", Status.ACCEPTED, by, "", changes)
