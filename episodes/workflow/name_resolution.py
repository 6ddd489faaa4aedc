"""Who is meant by a label: said once, for everything that waits for it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from episodes import checks, workflow
from episodes.bases.users import User
from episodes.models import Appearance, Episode, Prediction, Quote
from people.models import Speaker


def resolve_label(label: str, speaker: Speaker, by: User) -> int:
    """Give the speaker to every appearance, quote and prediction with this label that has none yet.

    Only in episodes that may still be edited. Returns the number of rows. Each episode counts as edited once.
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
