"""Claim, approve and publish in one transaction."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from episodes.bases.users import User
from episodes.models import Decision, Episode
from episodes.workflow import claims, decisions
from episodes.workflow.publish_changes import publish_copy
from episodes.workflow.refusal_log import log_refusals
from episodes.workflow.transitions import transition_episode


@log_refusals
def approve_and_publish(episode: Episode, by: User, **details: Any) -> list[Decision]:
    """Claim, approve and publish an episode in one act; of a working copy, publish the changes.

    Each step checks its permission and guard and has its Decision; all are returned. Raises Refused; nothing is
    written then.
    """
    steps = [Episode.Status.APPROVED]
    if claims.holder(episode) != by or episode.status != Episode.Status.IN_REVIEW:
        steps.insert(0, Episode.Status.IN_REVIEW)
    with decisions.restored_on_refusal(episode), transaction.atomic(), decisions.one_act():
        done = [transition_episode(episode, to, by, "", details) for to in steps]
        return [*done, _publish(episode, by, details)]


def _publish(episode: Episode, by: User, details: dict[str, Any]) -> Decision:
    if episode.revises_id:
        return publish_copy(episode, by)[1]
    return transition_episode(episode, Episode.Status.PUBLISHED, by, "", details)
