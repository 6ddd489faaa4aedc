"""Undo the last acts of a user. Each undo is an act with Decisions of its own."""

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
from people.models import Entity, Speaker

# Acts that can be undone one after the other; older ones are corrected from the history.
DEPTH = 10


def last_acts(episode: Episode, by: User) -> list[uuid.UUID]:
    """Return the acts of this user that can be undone, newest first, at most DEPTH.

    Status changes of the episode cannot be undone here; they have transitions of their own.
    """
    of_episode = Decision.objects.filter(episode=library_key(episode)).order_by("pk")
    status_changes = of_episode.filter(target_type__model="episode", field="", changes={})
    own = of_episode.filter(by=by).exclude(pk__in=status_changes)
    # Publishing or discarding a working copy deletes its rows, so earlier acts have no targets any more.
    last_swap = status_changes.filter(to_status__in=Episode.PUBLIC_STATUSES, from_status=F("to_status")).last()
    if last_swap is not None:
        own = own.filter(pk__gt=last_swap.pk)
    elsewhere = _counterpart_rows(episode)
    acts: deque[uuid.UUID] = deque(maxlen=DEPTH)
    rows = own.values_list("act", "undoes", "target_type", "target_id")
    for act, undoes in dict.fromkeys(row[:2] for row in rows if row[2:] not in elsewhere):
        if undoes is None:
            acts.append(act)
        elif undoes in acts:
            acts.remove(undoes)
    return list(reversed(acts))


def _counterpart_rows(episode: Episode) -> set[tuple[int, int]]:
    """Return (content type, key) of all rows of the episode's working copy, or of the original of a working copy.

    Decisions on both are stored under one episode.
    """
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
    """Undo the last act of this user in this episode. Returns its Decisions, newest first.

    Raises Refused if there is none or a step is not allowed, Stale if a row was changed since; nothing is written then.
    """
    acts = last_acts(episode, by)
    if not acts:
        raise Refused(_("There is nothing to undo."))
    # An act upon a list may span several episodes; in the others it is not undone by this.
    own = Decision.objects.filter(act=acts[0], episode=library_key(episode))
    undone = list(own.select_related("target_type").order_by("-pk"))
    with restored_on_refusal(episode), transaction.atomic(), one_act() as act:
        _undo_in(episode, undone, by)
        _mark_undone(act, acts[0], {episode: undone}, by)
    return undone


def _mark_undone(act: uuid.UUID, undone: uuid.UUID, touched: dict[Episode | None, list[Decision]], by: User) -> None:
    """Set `undoes` in every decision of this act, and release the claims that the undone act had made."""
    own = Decision.objects.filter(act=act)
    # Twice: the first makes done_since() ignore the undone decisions, the second marks those of the releases.
    own.update(undoes=undone)
    for episode, decisions in touched.items():
        if episode is not None:
            _release_claim(episode, decisions, by)
    own.update(undoes=undone)


def _release_claim(episode: Episode, decisions: list[Decision], by: User) -> None:
    """Release the episode if one of these decisions claimed it and nothing else was done since."""
    claim = next((decision for decision in decisions if claims.is_claim(decision, episode)), None)
    if claim is None or episode.claimed_by_id != by.pk or claims.done_since(claim, episode).exists():
        return
    claims.release_untouched(episode, claim.from_status, by)


def _stored(decision: Decision) -> Any:
    """Return the target as it is stored now. Raises Stale if it was deleted.

    `decision.target` is cached and may be outdated: another decision on the same row may have been undone since.
    """
    model = decision.target_type.model_class()
    row = model._base_manager.filter(pk=decision.target_id).first() if model is not None else None
    if row is None:
        raise stale()
    return row


def _undo_decision(decision: Decision, episode: Episode | None, by: User) -> None:
    target: Any = _stored(decision)
    if isinstance(target, Episode) and episode is not None:
        target = episode
    elif hasattr(target, "episode_id"):
        target.episode = episode
    if decision.changes:
        _restore_values(target, decision, by)
    elif isinstance(target, Finding):
        _restore_state(target, decision, by)
    elif isinstance(target, Episode):
        if decision.field == "summary":
            _restore_status(Summary(target), target.summary_status, decision, by)
    elif not decision.from_status:
        _delete_created(target, decision, by)
    elif isinstance(target, Reviewable):
        _restore_status(target, target.status, decision, by)


def _restore_values(target: Any, decision: Decision, by: User) -> None:
    if outcomes.is_outcome_decision(decision):
        outcomes.reset_outcome(decision, target, by)
    else:
        _restore_fields(target, decision.changes, by)


def _restore_status(target: Any, status: str, decision: Decision, by: User) -> None:
    if status != decision.to_status:
        raise stale()
    to = decision.from_status
    if to == Status.EVERGREEN:
        if _revoked_by_edit(decision):
            return
        # Undoing a rejection must not verify in the name of the user who rejected.
        to = Status.ACCEPTED if status == Status.REJECTED else to
    code = _reason_before(decision) if to == Status.REJECTED else ""
    if isinstance(target, Summary):
        decide_summary(target.episode, to, by, code)
    else:
        decide_item(target, to, by, code)


def _restore_state(finding: Finding, decision: Decision, by: User) -> None:
    if finding.state != decision.to_status:
        raise stale()
    settle(finding, decision.from_status, by, _reason_before(decision))


def _same_target(decision: Decision) -> models.QuerySet[Decision]:
    return Decision.objects.filter(
        target_type=decision.target_type_id, target_id=decision.target_id, field=decision.field
    ).order_by("pk")


def _reason_before(decision: Decision) -> str:
    """Return the reason of the status before this decision: a code for a rejection, text for a waiver."""
    before = _same_target(decision).filter(pk__lt=decision.pk, to_status=decision.from_status)
    earlier = before.exclude(from_status=decision.from_status).last()
    if earlier is None:
        # A row of a working copy that was rejected in the original before the copy was made.
        column = "summary_reject_code" if decision.field else "reject_code"
        return getattr(getattr(decision.target, "revises", None), column, "")
    return earlier.reason


def _revoked_by_edit(decision: Decision) -> bool:
    """Return whether an edit in the same act revoked the verification; undoing the edit does not verify again."""
    same = Decision.objects.filter(act=decision.act, target_type=decision.target_type_id, target_id=decision.target_id)
    return same.exclude(changes={}).exists()


def _check_may(target: Any, action: str, by: User) -> None:
    """Raise Refused if the user lacks the model permission any more. action: "change" or "delete"."""
    if not by.has_perm(f"{target._meta.app_label}.{action}_{target._meta.model_name}"):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})


def _restore_fields(target: Any, changes: dict[str, list], by: User) -> None:
    """Restore the values before a Decision. Raises Stale if a field no longer has the value from after it."""
    _check_may(target, "change", by)
    if "tags" in changes:
        before, after = changes["tags"]
        _restore_tags(target, before, after, by)
    for name, (before, after) in changes.items():
        if name == "tags":
            continue
        field: Any = target._meta.get_field(name)
        if as_json(getattr(target, field.attname)) != after:
            raise stale()
        setattr(target, field.attname, field.to_python(before))
    save_words(target, changes, by)


def _restore_tags(episode: Episode, before: list[str], after: list[str], by: User) -> None:
    """Remove the tags that were added and add those that were removed; later changes by others are kept."""
    now = set(episode.tags.names())
    restored = (now - (set(after) - set(before))) | (set(before) - set(after))
    episode.tags.set(restored)
    record_edit(episode, {"tags": (sorted(now), sorted(restored))}, by)


def _delete_created(target: Any, decision: Decision, by: User) -> None:
    """Delete a row that the decision created. Raises Stale if there are later decisions on it."""
    with one_act() as this:
        later = _same_target(decision).filter(pk__gt=decision.pk).exclude(act__in=(decision.act, this))
    undone = later.exclude(undoes=None).values_list("undoes", flat=True)
    if later.filter(undoes=None).exclude(act__in=undone).exists():
        raise stale()
    new_decision(target, str(getattr(target, "status", "")), "", by).save(force_insert=True)
    target.delete()


@log_refusals
def undo_act(act: uuid.UUID, by: User) -> list[Decision]:
    """Undo one act of this user in every episode it touched, or in none. Returns its Decisions, newest first.

    Episodes in which it was undone already are skipped. Raises Refused, with the episode's title in each reason.
    """
    undone = set(Decision.objects.filter(undoes=act).values_list("episode", flat=True))
    rows = Decision.objects.filter(act=act, by=by, undoes=None).select_related("target_type").order_by("-pk")
    remaining = [decision for decision in rows if decision.episode_id not in undone]
    if not remaining:
        raise Refused(_("There is nothing to undo."))
    with transaction.atomic(), one_act() as this:
        touched = _by_episode(remaining)
        for episode, decisions in touched.items():
            try:
                _undo_in(episode, decisions, by)
            except Refused as refused:
                reasons = refused.reasons
                raise Refused(*(f"{episode}: {reason}" if episode else reason for reason in reasons)) from refused
        _mark_undone(this, act, touched, by)
    return remaining


def _by_episode(decisions: list[Decision]) -> dict[Episode | None, list[Decision]]:
    """Group decisions by the episode of their target; None for speakers and entities. Raises Stale for deleted targets.

    `Decision.episode` does not serve: for a target in a working copy it is the original.
    """
    by_key: dict[int | None, list[Decision]] = {}
    of_row = {
        kind: dict(_episodes_of(kind, {each.target_id for each in decisions if each.target_type == kind}))
        for kind in {decision.target_type for decision in decisions}
    }
    for decision in decisions:
        rows = of_row[decision.target_type]
        if decision.target_id not in rows:
            raise stale()
        by_key.setdefault(rows[decision.target_id], []).append(decision)
    episodes = Episode.objects.in_bulk([key for key in by_key if key is not None])
    return {episodes[key] if key is not None else None: group for key, group in by_key.items()}


def _episodes_of(kind: ContentType, keys: set[int]) -> Iterable[tuple[int, int | None]]:
    """Return (key of a row, key of its episode) for those of these rows that exist. One query."""
    model: Any = kind.model_class()
    rows = model._base_manager.filter(pk__in=keys)
    if model is Episode:
        return rows.values_list("pk", "pk")
    if any(field.name == "episode" for field in model._meta.concrete_fields):
        return rows.values_list("pk", "episode")
    return ((key, None) for key in rows.values_list("pk", flat=True))


def _undo_in(episode: Episode | None, decisions: list[Decision], by: User) -> None:
    # Deleting a created row is an edit as well.
    is_edit = any(
        decision.changes or not decision.from_status
        for decision in decisions
        if not outcomes.is_outcome_decision(decision)
    )
    if is_edit and episode is not None:
        edited(episode, by)
    for decision in decisions:
        _undo_decision(decision, episode, by)
    if is_edit and episode is not None:
        derived.refresh(episode)
    elif is_edit:
        for named in {decision.target for decision in decisions if isinstance(decision.target, Speaker | Entity)}:
            derived.touch_public(derived.episodes_naming(named))
