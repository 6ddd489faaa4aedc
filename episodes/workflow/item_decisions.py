"""What is decided one by one: sections, items, speakers, entities, and the summary, which is a column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes import derived
from episodes.bases import labels
from episodes.bases.reviewable import RejectCode, Reviewable, Status
from episodes.bases.users import User
from episodes.models import Decision, Episode, Section
from episodes.models.items import SpokenItem
from episodes.workflow import (
    claims,
    decisions,
    guards,
    revocation,
)
from episodes.workflow.decisions import Refused
from people.models import Entity, Speaker

# With GREENROOM_SELF_VERIFY a person may verify what they accepted themselves, after a night's sleep.
SELF_VERIFY_DELAY = timedelta(hours=24)


@dataclass(frozen=True)
class Summary:
    """An episode's summary as something to decide upon, like a section."""

    episode: Episode

    def __str__(self) -> str:
        return str(_("summary"))


_MOVES: dict[str, tuple[str, ...]] = {
    Status.ACCEPTED: (Status.DRAFT, Status.REJECTED, Status.EVERGREEN),
    Status.REJECTED: (Status.DRAFT, Status.ACCEPTED, Status.EVERGREEN),
    Status.DRAFT: (Status.ACCEPTED, Status.REJECTED),
    Status.EVERGREEN: (Status.ACCEPTED,),
}


def decide_item(item: Reviewable, to: str, by: User, reason: str) -> Decision:
    episode = getattr(item, "episode", None)
    source = item.status
    check(item, "", to, by, reason, episode)
    if to == Status.ACCEPTED and isinstance(item, SpokenItem) and item.speaker_id is None and _is_out(episode):
        raise Refused(_("It is not known who says this. In a published episode that comes first."))
    if episode is not None:
        decisions.lock_episode(episode)
    decision = decisions.write_status(item, "status", to, by, reason, review_columns(item, "", to, by, reason))
    if episode is not None:
        after_decision(episode, by, source, to)
        if isinstance(item, Section) and Status.REJECTED in (source, to) and _is_out(episode):
            # Terms that the page explains once, and ids it counts, stand elsewhere without this section or with it.
            derived.store_html(episode)
    if isinstance(item, Speaker | Entity):
        derived.touch_public(derived.episodes_naming(item))
    return decision


def decide_summary(episode: Episode, to: str, by: User, reason: str) -> Decision:
    source = episode.summary_status
    check(episode, "summary_", to, by, reason, episode)
    changes = {**review_columns(episode, "summary_", to, by, reason), "changed_at": timezone.now()}
    decision = decisions.write_status(episode, "summary_status", to, by, reason, changes)
    after_decision(episode, by, source, to)
    return decision


def _is_out(episode: Episode | None) -> bool:
    return episode is not None and episode.status in Episode.PUBLIC_STATUSES


# --- what is refused


def check(row: Any, prefix: str, to: str, by: User, reason: str, episode: Episode | None) -> None:
    """Raises Refused. `prefix` of the review's columns in the row."""
    source = getattr(row, f"{prefix}status")
    if source not in _MOVES.get(to, ()):
        said = {"source": labels.status(Section, source), "target": labels.status(Section, to)}
        raise Refused(_("What is %(source)s cannot become %(target)s.") % said)
    # What a verifier does, a verifier takes back.
    verifies = Status.EVERGREEN in (source, to) and to != Status.REJECTED
    allowed = by.has_perm("episodes.verify_episode") if verifies else by.has_perm("episodes.review_episode")
    if not allowed and not (source == Status.EVERGREEN and by.has_perm("episodes.review_episode")):
        raise Refused(_("%(name)s may not do this.") % {"name": by.get_username()})
    if to == Status.REJECTED and reason not in RejectCode.values:
        codes = _(", ").join(str(label) for label in RejectCode.labels)
        raise Refused(_("A rejection needs one of these reasons: %(codes)s.") % {"codes": codes})
    if episode is not None and (reasons := list(_not_whose(episode, by))):
        raise Refused(*reasons)
    if to == Status.EVERGREEN and (reasons := list(_not_second(row, prefix, by))):
        raise Refused(*reasons)


def _not_whose(episode: Episode, by: User) -> Iterator[str]:
    """Items are decided by who holds the claim; in a public episode by any editor. An approval falls by a decision."""
    if episode.status in Episode.PUBLIC_STATUSES:
        return
    if episode.status == Episode.Status.WITHDRAWN:
        yield _("The episode is withdrawn. Send it back to draft first.")
    elif episode.status == Episode.Status.APPROVED:
        yield from claims.held_by_another(episode, by)
    else:
        yield from claims.not_held(episode, by)


def _not_second(row: Any, prefix: str, by: User) -> Iterator[str]:
    """Verified by somebody other than its accepter; alone only where the site allows it, and not on the same day."""
    accepted_by, accepted_at = getattr(row, f"{prefix}accepted_by_id"), getattr(row, f"{prefix}accepted_at")
    if accepted_by != by.pk:
        return
    if not settings.GREENROOM_SELF_VERIFY:
        yield _("It is verified by somebody other than who accepted it.")
    elif accepted_at is not None and timezone.now() - accepted_at < SELF_VERIFY_DELAY:
        yield _("You accepted this less than 24 hours ago. Verify it tomorrow.")


# --- what is written


def review_columns(row: Any, prefix: str, to: str, by: User, reason: str) -> dict[str, Any]:
    """The columns beside the status: who accepted, who verified, why it was rejected."""
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
    """A decision takes an approval back; in a public episode visitors see it at once, and evergreen needs all of it.

    To verify changes nothing of what was approved. An episode stays evergreen when what nobody had verified goes.
    """
    if to != Status.EVERGREEN:
        revocation.revoke_approval(episode, by)
        was_evergreen = episode.status == Episode.Status.EVERGREEN
        if was_evergreen and (source == Status.EVERGREEN or any(guards.unverified(episode))):
            revocation.revoke_evergreen(episode, by)
    claims.refresh(episode, by)
