"""Who holds an episode: one editor at a time, until 24 hours without activity have passed or it is released."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes import labels
from episodes.models import Decision, Episode
from episodes.workflow import acts
from episodes.workflow.acts import Refused

CLAIM_LAPSES_AFTER = timedelta(hours=24)
# Activity is written down no more often than this: a decision every ten seconds need not cost a write more each.
_FRESH = timedelta(minutes=5)


def holder(episode: Episode) -> Any:
    """Who holds the claim now, or None: a claim lapses after 24 hours without activity."""
    if episode.claimed_by_id and episode.claimed_at and timezone.now() - episode.claimed_at < CLAIM_LAPSES_AFTER:
        return episode.claimed_by
    return None


def held_by_another(episode: Episode, by: Any) -> Iterator[str]:
    """The refusal, if somebody else holds it."""
    held = holder(episode)
    if held is not None and held != by:
        yield _("%(name)s holds this episode.") % {"name": held.get_username()}


def not_held(episode: Episode, by: Any) -> Iterator[str]:
    """The refusal, if it is not `by` who holds it."""
    if holder(episode) is None:
        yield _("Nobody holds this episode. Claim it first.")
    else:
        yield from held_by_another(episode, by)


def refresh(episode: Episode, by: Any) -> None:
    """The holder has done something: the claim lapses 24 hours from now."""
    now = timezone.now()
    if episode.claimed_by_id != by.pk or (episode.claimed_at and now - episode.claimed_at < _FRESH):
        return
    Episode.objects.filter(pk=episode.pk, claimed_by=by).update(claimed_at=now)
    episode.claimed_at = now


def works_alone() -> bool:
    """Whether one person runs the desk: then nothing is shown that needs a second. One query."""
    return get_user_model()._default_manager.filter(is_staff=True, is_active=True)[:2].count() < 2


def nobody_verifies() -> bool:
    """Whether what needs a second person is out of reach: one works alone, and the site lets nobody verify alone."""
    return not settings.GREENROOM_SELF_VERIFY and works_alone()


def release(episode: Episode, by: Any, reason: str = "") -> Decision:
    """Give the claim back. Who holds it may, and who publishes may take it from somebody. Raises Refused."""
    held = holder(episode)
    if held is None or episode.status != Episode.Status.IN_REVIEW:
        raise Refused(_("Nobody holds this episode."))
    if held != by and not by.has_perm("episodes.publish_episode"):
        raise Refused(_("%(name)s holds this episode.") % {"name": held.get_username()})
    with transaction.atomic(), acts.one_act():
        free = {"claimed_by": None, "claimed_at": None}
        return acts.write(episode, "status", Episode.Status.IN_REVIEW, by, reason or labels.RELEASED, free)
