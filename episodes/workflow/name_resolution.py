"""Assign a speaker to every row that has a label and no speaker."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from episodes import checks, workflow
from episodes.bases.users import User
from episodes.models import Appearance, Episode, Prediction, Quote
from people.models import Speaker


def resolve_label(label: str, speaker: Speaker, by: User) -> int:
    """Set the speaker of every appearance, quote and prediction with this label that has none.

    Only in episodes that may be edited in place; the version of each is incremented once and its checks run again.
    Returns the number of rows. Raises Refused if another user holds one of the episodes.
    """
    with transaction.atomic():
        count, touched = 0, set()
        for model in (Appearance, Quote, Prediction):
            rows = model._default_manager.filter(label=label, speaker__isnull=True)
            rows = rows.exclude(episode__status__in=Episode.SETTLED_STATUSES)
            touched |= set(rows.values_list("episode_id", flat=True))
            versions = {} if model is Appearance else {"version": F("version") + 1}
            count += rows.update(speaker=speaker, **versions)
        for episode in Episode.objects.filter(pk__in=touched):
            workflow.edited(episode, by)
            checks.run(episode)
        return count
