"""Claims of episodes: one editor at a time, until a release or 24 hours without activity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes.bases import code_labels
from episodes.bases.users import User
from episodes.models import Decision, Episode
from episodes.workflow import decisions
from episodes.workflow.decisions import Refused
from episodes.workflow.refusal_log import log_refusals

# Without activity for this long a claim no longer holds: an editor who has left does not block others the next day.
CLAIM_LAPSES_AFTER = timedelta(hours=24)
# Least time between two writes of `claimed_at`: a decision every ten seconds should not cost a second UPDATE each.
_REFRESH_INTERVAL = timedelta(minutes=5)


def holder(episode: Episode) -> User | None:
    """Return the user whose claim holds now, or None: a claim lapses after 24 hours without activity."""
    if episode.claimed_by_id and episode.claimed_at and timezone.now() - episode.claimed_at < CLAIM_LAPSES_AFTER:
        return episode.claimed_by
    return None


def held_by_another(episode: Episode, by: User) -> Iterator[str]:
    """Yield a refusal if another user holds the episode."""
    held = holder(episode)
    if held is not None and held != by:
        yield _("%(name)s is reviewing this episode.") % {"name": held.get_username()}


def not_held(episode: Episode, by: User) -> Iterator[str]:
    """Yield a refusal if the user `by` does not hold the episode."""
    if holder(episode) is None:
        yield _("This episode is unassigned. Start the review first.")
    else:
        yield from held_by_another(episode, by)


def refresh(episode: Episode, by: User) -> None:
    """Extend the claim of `by` to 24 hours from now; do nothing if another user holds the episode."""
    now = timezone.now()
    if episode.claimed_by_id != by.pk or (episode.claimed_at and now - episode.claimed_at < _REFRESH_INTERVAL):
        return
    Episode.objects.filter(pk=episode.pk, claimed_by=by).update(claimed_at=now)
    episode.claimed_at = now


def works_alone() -> bool:
    """Return whether the site has fewer than two active staff users. One query."""
    return get_user_model()._default_manager.filter(is_staff=True, is_active=True)[:2].count() < 2


def verification_unavailable() -> bool:
    """Return whether no user can verify: there is one staff user, and GREENROOM_SELF_VERIFY is off."""
    return not settings.GREENROOM_SELF_VERIFY and works_alone()


# Sources of the transition to in_review in `transitions.TRANSITIONS`, which imports this module.
_CLAIMED_FROM = (Episode.Status.DRAFT, Episode.Status.CHANGES_REQUESTED, Episode.Status.IN_REVIEW)


@log_refusals
def release(episode: Episode, by: User, reason: str = "") -> Decision:
    """Release the claim: one's own, or anybody's with the permission to publish.

    If nothing was decided or changed since the review began, the episode returns to its status before the claim, so
    that `adopt`, which takes drafts only, can still take it. Raises Refused if there is no claim or it is another's.
    """
    held = holder(episode)
    if held is None or episode.status != Episode.Status.IN_REVIEW:
        raise Refused(_("This episode is unassigned."))
    if held != by and not by.has_perm("episodes.publish_episode"):
        raise Refused(_("%(name)s is reviewing this episode.") % {"name": held.get_username()})
    with transaction.atomic(), decisions.one_act():
        # A decision between status_before() and the write would be lost.
        decisions.lock_episode(episode)
        return release_untouched(episode, status_before(episode), by, reason)


def release_untouched(episode: Episode, to: str, by: User, reason: str = "") -> Decision:
    """Clear the claim and set the status `to`. Raises Stale."""
    return decisions.write_status(
        episode, "status", to, by, reason or code_labels.RELEASED, {"claimed_by": None, "claimed_at": None}
    )


def status_before(episode: Episode) -> str:
    """Return the status that an episode in review has after a release. Two queries.

    That is the status before its claim, unless something was decided or changed since; then the status stays.
    """
    last = _status_changes(episode).exclude(from_status=F("to_status")).order_by("pk").last()
    if last is None or not is_claim(last, episode) or done_since(last, episode).exists():
        return episode.status
    return last.from_status


def is_untouched(episode: Episode) -> bool:
    """Return whether a release would restore the status from before the review. Two queries at most."""
    return episode.status == Episode.Status.IN_REVIEW and status_before(episode) != Episode.Status.IN_REVIEW


def is_claim(decision: Decision, episode: Episode) -> bool:
    """Return whether this decision is a claim of the episode. A revoked approval, also to in_review, is not."""
    own = decision.target_id == episode.pk and decision.target_type.model_class() is Episode
    is_transition = own and not decision.field and not decision.changes
    claimed = decision.to_status == Episode.Status.IN_REVIEW and decision.from_status in _CLAIMED_FROM
    return is_transition and claimed and decision.reason == ""


def done_since(begun: Decision, episode: Episode) -> QuerySet[Decision]:
    """Return the decisions in an episode since `begun` that were not undone, without its own status changes.

    Decisions on a working copy are stored under the episode it revises, so either counts for both.
    """
    since = Decision.objects.filter(episode=decisions.library_key(episode), pk__gt=begun.pk)
    undone = since.exclude(undoes=None).values("undoes")
    return since.filter(undoes=None).exclude(act__in=undone).exclude(pk__in=_status_changes(episode).values("pk"))


def _status_changes(episode: Episode) -> QuerySet[Decision]:
    kind = ContentType.objects.get_for_model(Episode)
    return Decision.objects.filter(target_type=kind, target_id=episode.pk, field="", changes={})
