"""The last acts of a person in an episode, taken back. Each undoing is an act with Decisions of its own."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from episodes import derive
from episodes.fields import as_json
from episodes.models import Decision, Episode, Finding
from episodes.reviewable import Reviewable, Status
from episodes.workflow import acts
from episodes.workflow.acts import Refused, stale
from episodes.workflow.findings import settle
from episodes.workflow.items import Summary, decide_item, decide_summary
from episodes.workflow.words import edited, save_words

# How far back one can go: further is what the history is for.
DEPTH = 10


def last_acts(episode: Episode, by: Any) -> list[uuid.UUID]:
    """The acts of this person that can be undone, newest first, ten at most. Moves of the episode are none."""
    own = Decision.objects.filter(episode=acts.library_key(episode), by=by)
    own = own.exclude(target_type__model="episode", field="", changes={}).order_by("-pk")
    rows = list(own.values_list("act", "undoes")[: DEPTH * 40])
    undone = {undoes for _act, undoes in rows if undoes}
    made = dict.fromkeys(act for act, undoes in rows if not undoes and act not in undone)
    return list(made)[:DEPTH]


def undo(episode: Episode, by: Any) -> list[Decision]:
    """Take the last act back. Returns what it had decided; raises Refused, and nothing is changed then."""
    found = last_acts(episode, by)
    if not found:
        raise Refused(_("There is nothing to undo."))
    made = list(Decision.objects.filter(act=found[0]).select_related("target_type").order_by("-pk"))
    if any(decision.episode_id != acts.library_key(episode) for decision in made):
        return undo_act(found[0], by)
    with transaction.atomic(), acts.one_act() as act:
        words = [decision for decision in made if decision.changes]
        if words:
            edited(episode, by)
        for decision in made:
            _take_back(decision, episode, by)
        Decision.objects.filter(act=act).update(undoes=found[0])
        if words:
            derive.refresh(episode)
    return made


def _take_back(decision: Decision, episode: Episode, by: Any) -> None:
    target: Any = decision.target
    if target is None:
        raise stale()
    if isinstance(target, Episode):
        target = episode
    elif hasattr(target, "episode_id"):
        target.episode = episode
    if decision.changes:
        _put_back(target, decision.changes, by)
    elif isinstance(target, Finding):
        settle(target, decision.from_status, by, "")
    elif not decision.from_status:
        _unmake(target, by)
    elif isinstance(target, Episode) and decision.field == "summary":
        _back(Summary(episode), episode.summary_status, decision, by)
    elif isinstance(target, Reviewable):
        _back(target, target.status, decision, by)


def _back(target: Any, status: str, decision: Decision, by: Any) -> None:
    if status != decision.to_status:
        raise stale()
    code = _code_before(decision) if decision.from_status == Status.REJECTED else ""
    if isinstance(target, Summary):
        decide_summary(target.episode, decision.from_status, by, code)
    else:
        decide_item(target, decision.from_status, by, code)


def _code_before(decision: Decision) -> str:
    """Why it had been rejected before this decision."""
    same = Decision.objects.filter(
        target_type=decision.target_type_id, target_id=decision.target_id, field=decision.field, pk__lt=decision.pk
    )
    return same.filter(to_status=Status.REJECTED).values_list("reason", flat=True).first() or ""


def _put_back(target: Any, changes: dict[str, list], by: Any) -> None:
    if "tags" in changes:
        target.tags.set(changes["tags"][0])
    for name, (before, after) in changes.items():
        if name == "tags":
            continue
        field: Any = target._meta.get_field(name)
        if as_json(getattr(target, field.attname)) != after:
            raise stale()
        setattr(target, field.attname, field.to_python(before))
    save_words(target, changes, by)


def _unmake(target: Any, by: Any) -> None:
    """What the act had made goes again; the record of it stays."""
    acts.decision(target, str(getattr(target, "status", "")), "", by).save(force_insert=True)
    target.delete()


def undo_act(act: uuid.UUID, by: Any) -> list[Decision]:
    """Take one act of this person back, in every episode it touched: all of it, or nothing. Raises Refused."""
    made = list(Decision.objects.filter(act=act, by=by, undoes=None).select_related("target_type").order_by("-pk"))
    if not made or Decision.objects.filter(undoes=act).exists():
        raise Refused(_("There is nothing to undo."))
    with transaction.atomic(), acts.one_act() as this:
        for episode, decisions in _by_episode(made).items():
            try:
                _take_back_in(episode, decisions, by)
            except Refused as refused:
                raise Refused(*(f"{episode}: {reason}" for reason in refused.reasons)) from refused
        Decision.objects.filter(act=this).update(undoes=act)
    return made


def _by_episode(made: list[Decision]) -> dict[Episode, list[Decision]]:
    """By the episode whose rows they are about: a decision on a working copy is told under the one it revises."""
    found: dict[int, list[Decision]] = {}
    for decision in made:
        target: Any = decision.target
        if target is None:
            raise stale()
        found.setdefault(target.pk if isinstance(target, Episode) else target.episode_id, []).append(decision)
    return {episode: found[episode.pk] for episode in Episode.objects.filter(pk__in=found).order_by("pk")}


def _take_back_in(episode: Episode, decisions: list[Decision], by: Any) -> None:
    # What was made goes again: that changes the words too.
    words = any(decision.changes or not decision.from_status for decision in decisions)
    if words:
        edited(episode, by)
    for decision in decisions:
        _take_back(decision, episode, by)
    if words:
        derive.refresh(episode)
