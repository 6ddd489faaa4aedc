"""The transitions of an episode: sources, target, permissions, guard, changed columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from config.audit import record_on_commit
from episodes import derived
from episodes.bases import code_labels
from episodes.bases.users import User
from episodes.models import Decision, Episode, Finding
from episodes.workflow import claims, decisions, guards, snapshots
from episodes.workflow.decisions import Refused
from episodes.workflow.refusal_log import log_refusals

Guard = Callable[[Episode, Any, str, dict], Iterator[str]]
Changes = Callable[[Episode, Any, str, dict], dict[str, Any]]
S = Episode.Status
REVIEW, VERIFY, PUBLISH = "episodes.review_episode", "episodes.verify_episode", "episodes.publish_episode"
UNCLAIMED = {"claimed_by": None, "claimed_at": None}


@dataclass(frozen=True)
class Transition:
    """One row of TRANSITIONS. permissions: any one of them suffices. adopts: publishes without item review."""

    sources: tuple[str, ...]
    target: str
    permissions: tuple[str, ...]
    guard: Guard
    changes: Changes = lambda episode, by, reason, details: {}
    adopts: bool = False

    def allowed(self, by: User) -> bool:
        """Return whether the user has one of the permissions."""
        return any(by.has_perm(permission) for permission in self.permissions)


def _claimed(episode: Episode, by: User, reason: str, details: dict) -> dict[str, Any]:
    return {"claimed_by": by, "claimed_at": timezone.now()}


def _approved(episode: Episode, by: User, reason: str, details: dict) -> dict[str, Any]:
    return {"approved_version": episode.version, **UNCLAIMED}


def _published(episode: Episode, by: User, reason: str, details: dict) -> dict[str, Any]:
    now, moment = timezone.now(), details.get("published_at")
    return {"published_at": max(moment, now) if moment else now, "withdrawn_reason": "", "adopted": False}


def _adopted(episode: Episode, by: User, reason: str, details: dict) -> dict[str, Any]:
    moment: datetime = details.get("published_at") or timezone.now()
    return {"published_at": moment, "adopted": True, **UNCLAIMED}


def _withdrawn(episode: Episode, by: User, reason: str, details: dict) -> dict[str, Any]:
    # An episode withdrawn before its scheduled publication was never public, so it must not leave a tombstone (410).
    moment = episode.published_at if episode.is_public else None
    return {"withdrawn_reason": reason[:500], "published_at": moment, "recheck_on": None}


def _reopened(episode: Episode, by: User, reason: str, details: dict) -> dict[str, Any]:
    return {"published_at": None, "approved_version": None, "withdrawn_reason": "", "adopted": False, **UNCLAIMED}


def _evergreen(episode: Episode, by: User, reason: str, details: dict) -> dict[str, Any]:
    return {"recheck_on": details["recheck_on"]}


TRANSITIONS: tuple[Transition, ...] = (
    # Also from in_review: the claim may have lapsed or been released, or an approval revoked.
    Transition((S.DRAFT, S.CHANGES_REQUESTED, S.IN_REVIEW), S.IN_REVIEW, (REVIEW,), guards.claim, _claimed),
    Transition(
        (S.IN_REVIEW,),
        S.CHANGES_REQUESTED,
        (VERIFY, PUBLISH),
        guards.change_request,
        lambda episode, by, reason, details: UNCLAIMED,
    ),
    Transition((S.IN_REVIEW,), S.APPROVED, (REVIEW,), guards.approval, _approved),
    Transition((S.APPROVED,), S.PUBLISHED, (PUBLISH,), guards.publication, _published),
    Transition((S.DRAFT,), S.PUBLISHED, (PUBLISH,), guards.adoption, _adopted, adopts=True),
    Transition((S.PUBLISHED,), S.EVERGREEN, (VERIFY,), guards.evergreen, _evergreen),
    Transition((S.PUBLISHED, S.EVERGREEN), S.WITHDRAWN, (PUBLISH,), guards.reason_given, _withdrawn),
    Transition((S.WITHDRAWN,), S.DRAFT, (PUBLISH,), guards.reason_given, _reopened),
)
del S


def find_transition(source: str, target: str, adopts: bool = False) -> Transition | None:
    """Return the row of TRANSITIONS from source to target, or None if there is no such transition."""
    rows = (row for row in TRANSITIONS if source in row.sources and row.target == target and row.adopts == adopts)
    return next(rows, None)


def permitted(episode: Episode, to: str, by: User, reason: str, details: dict) -> Transition:
    """Return the row of TRANSITIONS that applies. Raises Refused if there is none, or permission or guard fail."""
    rule = find_transition(episode.status, to, bool(details.get("adopts")))
    if rule is None:
        raise Refused(
            _("An episode cannot change from “%(source)s” to “%(target)s”.")
            % {"source": episode.get_status_display(), "target": code_labels.status(Episode, to)}
        )
    if not rule.allowed(by):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
    if reasons := list(rule.guard(episode, by, reason, details)):
        raise Refused(*reasons)
    return rule


def is_claimable(episode: Episode) -> bool:
    """Return whether the episode can be claimed and is not held by anybody."""
    return claims.holder(episode) is None and find_transition(episode.status, Episode.Status.IN_REVIEW) is not None


def transition_episode(episode: Episode, to: str, by: User, reason: str, details: dict) -> Decision:
    """Apply a transition to an episode; see `transition()`, which adds the transaction.

    Saves requested changes as findings, a snapshot on publication and an entry in the audit log, and refreshes derived
    data. Returns the Decision. Raises Refused or Stale.
    """
    # Guards read the children, which must not be decided before the status is written.
    decisions.lock_episode(episode)
    rule = permitted(episode, to, by, reason, details)
    if episode.status in Episode.PUBLIC_STATUSES:
        snapshots.complete(episode)
    decision = decisions.write_status(episode, "status", to, by, reason, rule.changes(episode, by, reason, details))
    if to == Episode.Status.CHANGES_REQUESTED:
        Finding.objects.bulk_create(guards.as_findings(episode, details["findings"], by))
    derived.published_state(episode, was_public=decision.from_status in Episode.PUBLIC_STATUSES)
    event = "adopted" if rule.adopts else to
    record_on_commit(f"episode-{event}", by=by.get_username(), episode=episode.pk, **{"from": decision.from_status})
    if to == Episode.Status.PUBLISHED:
        snapshots.take_snapshot(episode, by, adopted=rule.adopts)
    return decision


def unmet_conditions(episode: Episode, by: User) -> list[str]:
    """Return the unmet preconditions of an approval, or of evergreen for a published episode; else nothing."""
    if episode.status == Episode.Status.IN_REVIEW:
        return list(guards.approval(episode, by, "", {}))
    return list(guards.unverified(episode)) if episode.status == Episode.Status.PUBLISHED else []


@log_refusals
def request_more(episode: Episode, by: User, wanted: list[dict]) -> None:
    """Add findings to an episode of which changes were already requested. wanted: as in `guards.as_findings`.

    Raises Refused for another status, without the permission and for incomplete entries.
    """
    if episode.status != Episode.Status.CHANGES_REQUESTED:
        raise Refused(_("No changes to this episode have been requested yet."))
    if not (by.has_perm(VERIFY) or by.has_perm(PUBLISH)):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
    if reasons := list(guards.change_request(episode, by, "", {"findings": wanted})):
        raise Refused(*reasons)
    Finding.objects.bulk_create(guards.as_findings(episode, wanted, by))
