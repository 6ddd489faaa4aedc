"""The last acts of a person in an episode, taken back. Each undoing is an act with Decisions of its own."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from episodes import derived
from episodes.bases.fields import as_json
from episodes.bases.reviewable import Reviewable, Status
from episodes.bases.users import User
from episodes.models import Decision, Episode, Finding
from episodes.workflow import claims, outcomes, snapshots
from episodes.workflow.decisions import Refused, library_key, new_decision, one_act, restored_on_refusal, stale
from episodes.workflow.edits import edited, record_edit, save_words
from episodes.workflow.finding_states import settle
from episodes.workflow.item_decisions import Summary, decide_item, decide_summary
from episodes.workflow.refusal_log import log_refusals

# How far back one can go: further is what the history is for.
DEPTH = 10


def last_acts(episode: Episode, by: User) -> list[uuid.UUID]:
    """The acts of this person that can be undone, newest first, ten at most. Moves of the episode are none."""
    of_library = Decision.objects.filter(episode=library_key(episode)).order_by("pk")
    moves = of_library.filter(target_type__model="episode", field="", changes={})
    own = of_library.filter(by=by).exclude(pk__in=moves)
    # When a working copy was published or thrown away, its rows went.
    gone = moves.filter(to_status__in=Episode.PUBLIC_STATUSES, from_status=F("to_status")).last()
    if gone is not None:
        own = own.filter(pk__gt=gone.pk)
    elsewhere = _rows_of_the_other(episode)
    found: deque[uuid.UUID] = deque(maxlen=DEPTH)
    rows = own.values_list("act", "undoes", "target_type", "target_id")
    for act, undoes in dict.fromkeys(row[:2] for row in rows if row[2:] not in elsewhere):
        if undoes is None:
            found.append(act)
        elif undoes in found:
            found.remove(undoes)
    return list(reversed(found))


def _rows_of_the_other(episode: Episode) -> set[tuple[int, int]]:
    """Of an episode's working copy, or of what that revises: decisions on both are told under one episode."""
    if episode.revises_id:
        others = Episode.objects.filter(pk=episode.revises_id)
    else:
        others = Episode.objects.working().filter(revises=episode)
    other = others.values_list("pk", flat=True).first()
    if other is None:
        return set()
    rows = {(ContentType.objects.get_for_model(Episode).pk, other)}
    kinds: tuple[type[models.Model], ...] = (*snapshots.KINDS, Finding)
    for model in kinds:
        kind = ContentType.objects.get_for_model(model).pk
        rows |= {(kind, key) for key in model._default_manager.filter(episode=other).values_list("pk", flat=True)}
    return rows


@log_refusals
def undo(episode: Episode, by: User) -> list[Decision]:
    """Take the last act back. Returns what it had decided; raises Refused, and nothing is changed then."""
    found = last_acts(episode, by)
    if not found:
        raise Refused(_("There is nothing to undo."))
    # An act upon a list may have reached other episodes too: there it stands until it is taken back there.
    own = Decision.objects.filter(act=found[0], episode=library_key(episode))
    made = list(own.select_related("target_type").order_by("-pk"))
    with restored_on_refusal(episode), transaction.atomic(), one_act() as act:
        _take_back_in(episode, made, by)
        _mark_undone(act, found[0], {episode: made}, by)
    return made


def _mark_undone(act: uuid.UUID, undone: uuid.UUID, touched: dict[Episode | None, list[Decision]], by: User) -> None:
    """Name the act that was undone in every decision of this one, and give back the claims it had made."""
    own = Decision.objects.filter(act=act)
    own.update(undoes=undone)
    for episode, made in touched.items():
        if episode is not None:
            _give_claim_back(episode, made, by)
    own.update(undoes=undone)


def _give_claim_back(episode: Episode, made: list[Decision], by: User) -> None:
    """Release the episode where the act had claimed it and nothing else was done since: it is as it was before."""
    claim = next((decision for decision in made if claims.is_claim(decision, episode)), None)
    if claim is None or episode.claimed_by_id != by.pk or claims.done_since(claim, episode).exists():
        return
    claims.release_untouched(episode, claim.from_status, by)


def _stored(decision: Decision) -> Any:
    """Return the row as it is stored now.

    Not `decision.target`: that is remembered, and another decision on the same row may have been undone since.
    """
    model = decision.target_type.model_class()
    row = model._base_manager.filter(pk=decision.target_id).first() if model is not None else None
    if row is None:
        raise stale()
    return row


def _take_back(decision: Decision, episode: Episode | None, by: User) -> None:
    target: Any = _stored(decision)
    if isinstance(target, Episode) and episode is not None:
        target = episode
    elif hasattr(target, "episode_id"):
        target.episode = episode
    if decision.changes:
        _put_words_back(target, decision, by)
    elif isinstance(target, Finding):
        _back_to_state(target, decision, by)
    elif isinstance(target, Episode):
        if decision.field == "summary":
            _back(Summary(target), target.summary_status, decision, by)
    elif not decision.from_status:
        _unmake(target, decision, by)
    elif isinstance(target, Reviewable):
        _back(target, target.status, decision, by)


def _put_words_back(target: Any, decision: Decision, by: User) -> None:
    if outcomes.is_outcome_decision(decision):
        outcomes.reset_outcome(decision, target, by)
    else:
        _put_back(target, decision.changes, by)


def _back(target: Any, status: str, decision: Decision, by: User) -> None:
    if status != decision.to_status:
        raise stale()
    to = decision.from_status
    if to == Status.EVERGREEN:
        if _fell_with_words(decision):
            return
        # Who had verified it does so again: one who rejected it takes only that back.
        to = Status.ACCEPTED if status == Status.REJECTED else to
    code = _reason_before(decision) if to == Status.REJECTED else ""
    if isinstance(target, Summary):
        decide_summary(target.episode, to, by, code)
    else:
        decide_item(target, to, by, code)


def _back_to_state(finding: Finding, decision: Decision, by: User) -> None:
    if finding.state != decision.to_status:
        raise stale()
    settle(finding, decision.from_status, by, _reason_before(decision))


def _same_target(decision: Decision) -> models.QuerySet[Decision]:
    return Decision.objects.filter(
        target_type=decision.target_type_id, target_id=decision.target_id, field=decision.field
    ).order_by("pk")


def _reason_before(decision: Decision) -> str:
    """Why it had come to the status that this decision took from it: a rejection has its code, a waiver its reason."""
    before = _same_target(decision).filter(pk__lt=decision.pk, to_status=decision.from_status)
    found = before.exclude(from_status=decision.from_status).last()
    if found is None:
        # Rejected before this row was made: in the episode that a working copy revises.
        column = "summary_reject_code" if decision.field else "reject_code"
        return getattr(getattr(decision.target, "revises", None), column, "")
    return found.reason


def _fell_with_words(decision: Decision) -> bool:
    """Whether it was only accepted from then on because its words were changed. Whoever puts them back did not verify
    them: it stays accepted.
    """
    same = Decision.objects.filter(act=decision.act, target_type=decision.target_type_id, target_id=decision.target_id)
    return same.exclude(changes={}).exists()


def _check_may(target: Any, action: str, by: User) -> None:
    """Who could change a thing once may take that back as long as they still may."""
    if not by.has_perm(f"{target._meta.app_label}.{action}_{target._meta.model_name}"):
        raise Refused(_("%(name)s may not do this.") % {"name": by.get_username()})


def _put_back(target: Any, changes: dict[str, list], by: User) -> None:
    _check_may(target, "change", by)
    if "tags" in changes:
        had, has = changes["tags"]
        _put_tags_back(target, had, has, by)
    for name, (before, after) in changes.items():
        if name == "tags":
            continue
        field: Any = target._meta.get_field(name)
        if as_json(getattr(target, field.attname)) != after:
            raise stale()
        setattr(target, field.attname, field.to_python(before))
    save_words(target, changes, by)


def _put_tags_back(episode: Episode, before: list[str], after: list[str], by: User) -> None:
    """Those that came go and those that went come back; what others have done with the tags since stays."""
    now = set(episode.tags.names())
    back = (now - (set(after) - set(before))) | (set(before) - set(after))
    episode.tags.set(back)
    record_edit(episode, {"tags": (sorted(now), sorted(back))}, by)


def _unmake(target: Any, decision: Decision, by: User) -> None:
    """What the act had made goes again, unless more was done with it since; the record of it stays."""
    with one_act() as this:
        later = _same_target(decision).filter(pk__gt=decision.pk).exclude(act__in=(decision.act, this))
    undone = later.exclude(undoes=None).values_list("undoes", flat=True)
    if later.filter(undoes=None).exclude(act__in=undone).exists():
        raise stale()
    new_decision(target, str(getattr(target, "status", "")), "", by).save(force_insert=True)
    target.delete()


@log_refusals
def undo_act(act: uuid.UUID, by: User) -> list[Decision]:
    """Take one act of this person back, in every episode it touched: all of it, or nothing. Raises Refused.

    Where it has been taken back by itself it is left as it is.
    """
    undone = set(Decision.objects.filter(undoes=act).values_list("episode", flat=True))
    rows = Decision.objects.filter(act=act, by=by, undoes=None).select_related("target_type").order_by("-pk")
    made = [decision for decision in rows if decision.episode_id not in undone]
    if not made:
        raise Refused(_("There is nothing to undo."))
    with transaction.atomic(), one_act() as this:
        touched = _by_episode(made)
        for episode, decisions in touched.items():
            try:
                _take_back_in(episode, decisions, by)
            except Refused as refused:
                reasons = refused.reasons
                raise Refused(*(f"{episode}: {reason}" if episode else reason for reason in reasons)) from refused
        _mark_undone(this, act, touched, by)
    return made


def _by_episode(made: list[Decision]) -> dict[Episode | None, list[Decision]]:
    """Return the decisions by the episode whose rows they are about; under None those on people and entities.

    A decision on a working copy is told under the episode it revises, and is of the copy.
    """
    found: dict[int | None, list[Decision]] = {}
    of_row = {
        kind: dict(_episodes_of(kind, {each.target_id for each in made if each.target_type == kind}))
        for kind in {decision.target_type for decision in made}
    }
    for decision in made:
        rows = of_row[decision.target_type]
        if decision.target_id not in rows:
            raise stale()
        found.setdefault(rows[decision.target_id], []).append(decision)
    episodes = Episode.objects.in_bulk([key for key in found if key is not None])
    return {episodes[key] if key is not None else None: decisions for key, decisions in found.items()}


def _episodes_of(kind: ContentType, keys: set[int]) -> Iterable[tuple[int, int | None]]:
    """(key of a row, key of its episode) for those rows of one kind that there are. One query."""
    model: Any = kind.model_class()
    rows = model._base_manager.filter(pk__in=keys)
    if model is Episode:
        return rows.values_list("pk", "pk")
    if any(field.name == "episode" for field in model._meta.concrete_fields):
        return rows.values_list("pk", "episode")
    return ((key, None) for key in rows.values_list("pk", flat=True))


def _take_back_in(episode: Episode | None, decisions: list[Decision], by: User) -> None:
    # What was made goes again: that changes the words too.
    words = any(
        decision.changes or not decision.from_status
        for decision in decisions
        if not outcomes.is_outcome_decision(decision)
    )
    if words and episode is not None:
        edited(episode, by)
    for decision in decisions:
        _take_back(decision, episode, by)
    if words and episode is not None:
        derived.refresh(episode)
