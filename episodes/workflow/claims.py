"""Who holds an episode: one editor at a time, until 24 hours without activity have passed or it is released."""

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

from episodes.bases import labels
from episodes.bases.users import User
from episodes.models import Decision, Episode
from episodes.workflow import decisions
from episodes.workflow.decisions import Refused
from episodes.workflow.refusal_log import log_refusals

CLAIM_LAPSES_AFTER = timedelta(hours=24)
# Activity is written down no more often than this: a decision every ten seconds need not cost a write more each.
_FRESH = timedelta(minutes=5)


def holder(episode: Episode) -> User | None:
    """Who holds the claim now, or None: a claim lapses after 24 hours without activity."""
    if episode.claimed_by_id and episode.claimed_at and timezone.now() - episode.claimed_at < CLAIM_LAPSES_AFTER:
        return episode.claimed_by
    return None


def held_by_another(episode: Episode, by: User) -> Iterator[str]:
    """The refusal, if somebody else holds it."""
    held = holder(episode)
    if held is not None and held != by:
        yield _("%(name)s holds this episode.") % {"name": held.get_username()}


def not_held(episode: Episode, by: User) -> Iterator[str]:
    """The refusal, if it is not `by` who holds it."""
    if holder(episode) is None:
        yield _("Nobody holds this episode. Claim it first.")
    else:
        yield from held_by_another(episode, by)


def refresh(episode: Episode, by: User) -> None:
    """The holder has done something: the claim lapses 24 hours from now."""
    now = timezone.now()
    if episode.claimed_by_id != by.pk or (episode.claimed_at and now - episode.claimed_at < _FRESH):
        return
    Episode.objects.filter(pk=episode.pk, claimed_by=by).update(claimed_at=now)
    episode.claimed_at = now


def works_alone() -> bool:
    """Whether one person runs the desk: then nothing is shown that needs a second. One query."""
    return get_user_model()._default_manager.filter(is_staff=True, is_active=True)[:2].count() < 2


def verification_unavailable() -> bool:
    """Whether what needs a second person is out of reach: one works alone, and the site lets nobody verify alone."""
    return not settings.GREENROOM_SELF_VERIFY and works_alone()


# The statuses from which a claim can be taken; see the table of moves.
_CLAIMED_FROM = (Episode.Status.DRAFT, Episode.Status.CHANGES_REQUESTED, Episode.Status.IN_REVIEW)


@log_refusals
def release(episode: Episode, by: User, reason: str = "") -> Decision:
    """Give the claim back. Who holds it may, and who publishes may take it from somebody. Raises Refused.

    Where nothing was decided or changed since the review began, the episode is again what it was before, a draft as a
    rule: `adopt` takes drafts only.
    """
    held = holder(episode)
    if held is None or episode.status != Episode.Status.IN_REVIEW:
        raise Refused(_("Nobody holds this episode."))
    if held != by and not by.has_perm("episodes.publish_episode"):
        raise Refused(_("%(name)s holds this episode.") % {"name": held.get_username()})
    with transaction.atomic(), decisions.one_act():
        # Nothing is decided between the question and the write.
        decisions.lock_episode(episode)
        return release_untouched(episode, status_before(episode), by, reason)


def release_untouched(episode: Episode, to: str, by: User, reason: str = "") -> Decision:
    """Write that nobody holds the episode, with the status it has then."""
    return decisions.write_status(
        episode, "status", to, by, reason or labels.RELEASED, {"claimed_by": None, "claimed_at": None}
    )


def status_before(episode: Episode) -> str:
    """Return the status that an episode in review has after a release: that from before its review began, if nothing
    came of it. Two queries.
    """
    moved = _moves(episode).exclude(from_status=F("to_status")).order_by("pk").last()
    if moved is None or not is_claim(moved, episode) or done_since(moved, episode).exists():
        return episode.status
    return moved.from_status


def is_untouched(episode: Episode) -> bool:
    """Whether a release makes it again what it was before its review began. Two queries at most."""
    return episode.status == Episode.Status.IN_REVIEW and status_before(episode) != Episode.Status.IN_REVIEW


def is_claim(decision: Decision, episode: Episode) -> bool:
    """Whether somebody claimed the episode by this decision. An approval that fell is none."""
    own = decision.target_id == episode.pk and decision.target_type.model_class() is Episode
    is_move = own and not decision.field and not decision.changes
    taken = decision.to_status == Episode.Status.IN_REVIEW and decision.from_status in _CLAIMED_FROM
    return is_move and taken and decision.reason == ""


def done_since(begun: Decision, episode: Episode) -> QuerySet[Decision]:
    """Return the decisions in an episode since this one that still hold; its own moves are none.

    Decisions on a working copy and on what it revises are told together, so either counts for both.
    """
    since = Decision.objects.filter(episode=decisions.library_key(episode), pk__gt=begun.pk)
    undone = since.exclude(undoes=None).values("undoes")
    return since.filter(undoes=None).exclude(act__in=undone).exclude(pk__in=_moves(episode).values("pk"))


def _moves(episode: Episode) -> QuerySet[Decision]:
    kind = ContentType.objects.get_for_model(Episode)
    return Decision.objects.filter(target_type=kind, target_id=episode.pk, field="", changes={})
