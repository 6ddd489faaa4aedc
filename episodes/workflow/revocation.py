"""What falls when something changes: an approval, a verification, an episode's evergreen."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from episodes.bases.reviewable import Status
from episodes.bases.users import User
from episodes.models import Episode
from episodes.workflow import decisions


def revoke_approval(episode: Episode, by: User) -> None:
    """What was approved is no longer what is there; who changed it goes on with it."""
    if episode.status == Episode.Status.APPROVED:
        claim = {"claimed_by": by, "claimed_at": timezone.now()} if by.has_perm("episodes.review_episode") else {}
        decisions.write_status(episode, "status", Episode.Status.IN_REVIEW, by, "", {"approved_version": None, **claim})


def revoke_evergreen(episode: Episode, by: User) -> None:
    """Something in it is not verified any more."""
    if episode.status == Episode.Status.EVERGREEN:
        decisions.write_status(episode, "status", Episode.Status.PUBLISHED, by, "", {"recheck_on": None})


def revoke_verification(row: Any, prefix: str, by: User, changes: dict[str, Any]) -> None:
    """Other words stand where somebody had verified: from evergreen back to accepted."""
    unverified = {"verified_by": None, "verified_at": None, "self_verified": False}
    changes = {f"{prefix}{name}": value for name, value in unverified.items()} | changes
    decisions.write_status(row, f"{prefix}status", Status.ACCEPTED, by, "", changes)
