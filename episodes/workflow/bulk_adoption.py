"""Adopt many drafts with few queries, by the rules of `transition(…, adopts=True)`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from config.audit import record_on_commit
from episodes import derived
from episodes.bases.compressed_fields import Packed
from episodes.bases.users import User
from episodes.models import Decision, Episode, Section
from episodes.rendering.sections import EpisodeTexts
from episodes.workflow import snapshots, transitions
from episodes.workflow.decisions import Refused, new_decision, one_act, stale


def adopt_all(
    episodes: Iterable[Episode],
    by: User,
    reason: str,
    moments: Mapping[int, datetime],
    rendered: Mapping[EpisodeTexts, list[Packed]] | None = None,
) -> dict[int, list[str]]:
    """Adopt these drafts in one transaction and one act.

    moments: time of publication by key of the episode. rendered: HTML rendered beforehand, by the sections of an
    episode. Returns the reasons of refusal by key of those that were refused; the others are adopted.
    """
    refused: dict[int, list[str]] = {}
    with transaction.atomic(), one_act() as act:
        adopted, decisions, columns = [], [], {"changed_at"}
        for seen, episode in _as_stored(episodes):
            try:
                changes = _changes(seen, episode, by, reason.strip(), moments[seen.pk])
            except Refused as refusal:
                refused[seen.pk] = refusal.reasons
                continue
            decisions.append(new_decision(episode, episode.status, changes["status"], by, reason.strip()))
            for name, value in changes.items():
                setattr(episode, name, value)
            adopted.append(episode)
            columns |= changes.keys()
        _write(adopted, decisions, columns, rendered or {}, by)
        counts = {"by": by.get_username(), "episodes": len(adopted), "refused": len(refused), "act": act}
        record_on_commit("episodes-adopted", **counts)
    return refused


def _as_stored(episodes: Iterable[Episode]) -> list[tuple[Episode, Episode]]:
    """Return (as given, as stored) for each episode. The rows are locked; on SQLite the transaction is immediate."""
    seen = {episode.pk: episode for episode in episodes}
    stored = Episode.objects.select_for_update().in_bulk(seen)
    # A deleted episode gets version 0, which no stored one has, and is refused as stale.
    return [(episode, stored.get(key, Episode(version=0))) for key, episode in seen.items()]


def _changes(seen: Episode, episode: Episode, by: User, reason: str, moment: datetime) -> dict[str, Any]:
    """Return the columns that adoption sets. Raises Refused, as `transition_episode` would."""
    if (seen.status, seen.version, seen.claimed_by_id) != (episode.status, episode.version, episode.claimed_by_id):
        raise stale()
    details = {"adopts": True, "published_at": moment}
    rule = transitions.permitted(episode, Episode.Status.PUBLISHED, by, reason, details)
    return {"status": Episode.Status.PUBLISHED, **rule.changes(episode, by, reason, details)}


def _write(
    adopted: list[Episode],
    decisions: list[Decision],
    columns: set[str],
    rendered: Mapping[EpisodeTexts, list[Packed]],
    by: User,
) -> None:
    now = timezone.now()
    for episode in adopted:
        episode.changed_at = now
    Episode.objects.bulk_update(adopted, columns, batch_size=100)
    Decision.objects.bulk_create(decisions)
    derived.store_rendered(Section.objects.not_rejected().filter(episode__in=adopted), rendered)
    derived.store_texts(adopted)
    derived.store_publicity([episode.pk for episode in adopted])
    derived.count_again()
    snapshots.take_snapshots(adopted, by, adopted=True)
    derived.forget((episode.pk for episode in adopted), relations=True)
