"""Accept, reject and verify single rows: sections, items, speakers, entities, and the summary, a column of Episode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes import derived
from episodes.bases import code_labels
from episodes.bases.reviewable import RejectCode, Reviewable, Status
from episodes.bases.users import User
from episodes.models import Decision, Episode, Mention, Section
from episodes.models.items import SpokenItem
from episodes.workflow import (
    claims,
    decisions,
    guards,
    revocation,
)
from episodes.workflow.decisions import Refused
from people.models import Entity, Speaker

# Least time between a user's acceptance and their own verification, with GREENROOM_SELF_VERIFY: not on the same day.
SELF_VERIFY_DELAY = timedelta(hours=24)


@dataclass(frozen=True)
class Summary:
    """An episode's summary as a target of `transition()`, like a section."""

    episode: Episode

    def __str__(self) -> str:
        return str(_("summary"))


# Allowed sources by target status.
_SOURCES: dict[str, tuple[str, ...]] = {
    Status.ACCEPTED: (Status.DRAFT, Status.REJECTED, Status.EVERGREEN),
    Status.REJECTED: (Status.DRAFT, Status.ACCEPTED, Status.EVERGREEN),
    Status.DRAFT: (Status.ACCEPTED, Status.REJECTED),
    Status.EVERGREEN: (Status.ACCEPTED,),
}


def decide_item(item: Reviewable, to: str, by: User, reason: str) -> Decision:
    """Set the status of a section, an item, a speaker or an entity. reason: a RejectCode for a rejection.

    In a public episode visitors see the result at once. Returns the Decision; raises Refused or Stale.
    """
    episode = getattr(item, "episode", None)
    source = item.status
    check(item, "", to, by, reason, episode)
    if to == Status.ACCEPTED and isinstance(item, SpokenItem) and item.speaker_id is None and _is_out(episode):
        raise Refused(_("The speaker is unknown. In a published episode, set the speaker first."))
    if episode is not None:
        decisions.lock_episode(episode)
    decision = decisions.write_status(item, "status", to, by, reason, review_columns(item, "", to, by, reason))
    if episode is not None:
        after_decision(episode, by, source, to)
        if isinstance(item, Section) and Status.REJECTED in (source, to) and _is_out(episode):
            # Explanations of terms and numbered ids depend on all shown sections, so the others' HTML changes too.
            derived.store_html(episode)
        derived.store_passages(episode, [str(item._meta.model_name)])
    if isinstance(item, Mention) and episode is not None:
        derived.public_change(episode, relations=True, same_names=True)
    if isinstance(item, Speaker | Entity):
        derived.touch_public(derived.episodes_naming(item))
    return decision


def decide_summary(episode: Episode, to: str, by: User, reason: str) -> Decision:
    """Set the status of an episode's summary, like `decide_item`. Returns the Decision; raises Refused or Stale."""
    source = episode.summary_status
    check(episode, "summary_", to, by, reason, episode)
    changes = {**review_columns(episode, "summary_", to, by, reason), "changed_at": timezone.now()}
    decision = decisions.write_status(episode, "summary_status", to, by, reason, changes)
    derived.public_change(episode, same_names=True)
    after_decision(episode, by, source, to)
    derived.store_passages(episode, ["summary"])
    return decision


def _is_out(episode: Episode | None) -> bool:
    return episode is not None and episode.status in Episode.PUBLIC_STATUSES


# --- preconditions


def check(row: Any, prefix: str, to: str, by: User, reason: str, episode: Episode | None) -> None:
    """Check source, permission, reason, claim and second person. Raises Refused.

    prefix: of the review columns, "summary_" in an Episode, else "". episode: None for speakers and entities.
    """
    source = getattr(row, f"{prefix}status")
    if source not in _SOURCES.get(to, ()):
        names = {"source": code_labels.status(Section, source), "target": code_labels.status(Section, to)}
        raise Refused(_("The status cannot change from “%(source)s” to “%(target)s”.") % names)
    # A verification may be taken back by a verifier or by a reviewer; only a reviewer rejects.
    verifies = Status.EVERGREEN in (source, to) and to != Status.REJECTED
    allowed = by.has_perm("episodes.verify_episode") if verifies else by.has_perm("episodes.review_episode")
    if not allowed and not (source == Status.EVERGREEN and by.has_perm("episodes.review_episode")):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})
    if to == Status.REJECTED and reason not in RejectCode.values:
        codes = _(", ").join(str(label) for label in RejectCode.labels)
        raise Refused(_("A rejection needs one of these reasons: %(codes)s.") % {"codes": codes})
    if episode is not None and (reasons := list(_not_decidable(episode, by))):
        raise Refused(*reasons)
    if to == Status.EVERGREEN and (reasons := list(_own_acceptance(row, prefix, by))):
        raise Refused(*reasons)


def _not_decidable(episode: Episode, by: User) -> Iterator[str]:
    """Yield one reason per unmet precondition of decisions in an episode.

    Public: none. Approved: no other user's claim, since the decision revokes the approval. Else: one's own claim.
    """
    if episode.status in Episode.PUBLIC_STATUSES:
        return
    if episode.status == Episode.Status.WITHDRAWN:
        yield _("The episode is withdrawn. Send it back to draft first.")
    elif episode.status == Episode.Status.APPROVED:
        yield from claims.held_by_another(episode, by)
    else:
        yield from claims.not_held(episode, by)


def _own_acceptance(row: Any, prefix: str, by: User) -> Iterator[str]:
    """Yield a reason if `by` accepted the row, unless the site allows it and enough time has passed."""
    accepted_by, accepted_at = getattr(row, f"{prefix}accepted_by_id"), getattr(row, f"{prefix}accepted_at")
    if accepted_by != by.pk:
        return
    if not settings.GREENROOM_SELF_VERIFY:
        yield _("It must be double-checked by someone other than the person who accepted it.")
    elif accepted_at is not None and timezone.now() - accepted_at < SELF_VERIFY_DELAY:
        yield _("You accepted this less than 24 hours ago. Double-check it tomorrow.")


# --- writes


def review_columns(row: Any, prefix: str, to: str, by: User, reason: str) -> dict[str, Any]:
    """Return the review columns that change with the status: accepter, verifier, reason of rejection."""
    alone = {"verified_by": None, "verified_at": None, "self_verified": False}
    code = {"reject_code": reason if to == Status.REJECTED else ""}
    if to == Status.EVERGREEN:
        own = getattr(row, f"{prefix}accepted_by_id") == by.pk
        changes = {"verified_by": by, "verified_at": timezone.now(), "self_verified": own}
    elif to == Status.ACCEPTED and getattr(row, f"{prefix}status") == Status.EVERGREEN:
        changes = alone
    elif to == Status.ACCEPTED:
        changes = {"accepted_by": by, "accepted_at": timezone.now(), **alone}
    else:
        changes = {"accepted_by": None, "accepted_at": None, **alone}
    return {f"{prefix}{name}": value for name, value in {**changes, **code}.items()}


def after_decision(episode: Episode, by: User, source: str, to: str) -> None:
    """Revoke approval and evergreen status where a decision invalidates them, and extend the claim.

    A verification invalidates neither. An evergreen episode stays so if the row was not verified and all shown rows
    still are.
    """
    if to != Status.EVERGREEN:
        revocation.revoke_approval(episode, by)
        was_evergreen = episode.status == Episode.Status.EVERGREEN
        if was_evergreen and (source == Status.EVERGREEN or any(guards.unverified(episode))):
            revocation.revoke_evergreen(episode, by)
    claims.refresh(episode, by)
