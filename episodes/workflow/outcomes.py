"""Criteria and outcomes of predictions.

Both are written by editors, not by the speaker. They take effect at once, in a public episode too, and leave approval
and verification as they are; each change is a Decision of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from episodes import derived
from episodes.bases.fields import as_json
from episodes.bases.reviewable import DECIDED_STATUSES, Status
from episodes.bases.users import User
from episodes.models import Decision, Episode, Prediction
from episodes.workflow import decisions
from episodes.workflow.decisions import Refused, stale
from episodes.workflow.item_decisions import SELF_VERIFY_DELAY
from episodes.workflow.refusal_log import log_refusals

# `Decision.field` of the Decisions of this module.
CRITERIA, OUTCOME = "criteria", "outcome"
# A prediction without a due date is never scored, so no outcome that counts in a score may be set.
WITHOUT_DUE_DATE = (Prediction.Outcome.AMBIGUOUS, Prediction.Outcome.UNRESOLVABLE)


class Unchanged:
    """Type of UNCHANGED, the default of a parameter that may also be None."""


UNCHANGED = Unchanged()


# --- public functions


@log_refusals
def set_criteria(
    prediction: Prediction, criteria: str, by: User, due_on: date | Unchanged | None = UNCHANGED
) -> Decision:
    """Set the criteria by which a prediction is judged, and its due date.

    due_on: None for a prediction without a due date; UNCHANGED keeps the stored one. Returns the Decision. Raises
    Refused or Stale; nothing is written then.
    """
    due = prediction.due_on if isinstance(due_on, Unchanged) else due_on
    criteria = criteria.strip()
    if reasons := [*not_resolvable(prediction, by), *_wrong_criteria(prediction, criteria, due)]:
        raise Refused(*reasons)
    values = {"criteria": criteria, "due_on": due}
    changed = {name: value for name, value in values.items() if value != getattr(prediction, name)}
    if not changed:
        raise Refused(_("There is no difference from what is saved."))
    # Only new criteria have a new author: who set another due date may still resolve the prediction.
    author = {"criteria_by": by, "criteria_at": timezone.now()} if "criteria" in changed else {}
    return _write(prediction, changed, author, by, CRITERIA)


@log_refusals
def resolve(
    prediction: Prediction,
    outcome: str,
    by: User,
    *,
    evidence: str,
    resolved_on: date | None = None,
    criteria: str | None = None,
) -> Decision:
    """Set the outcome of a prediction. outcome: of Prediction.Outcome.

    resolved_on: the day on which the outcome was clear (default: today). criteria: those that the user read; raises
    Stale if others are stored. Returns the Decision. Raises Refused; nothing is written then.
    """
    evidence, day = evidence.strip(), resolved_on or timezone.localdate()
    if reasons := list(not_resolvable(prediction, by)):
        raise Refused(*reasons)
    if criteria is not None and criteria.strip() != prediction.criteria.strip():
        raise stale()
    wrong = _wrong_outcome(prediction, outcome, evidence, day)
    if reasons := [*wrong, *not_second(prediction, by)]:
        raise Refused(*reasons)
    changed = {"outcome": outcome, "evidence": evidence, "resolved_on": day}
    judge = {"resolved_by": by, "self_resolved": prediction.criteria_by_id == by.pk}
    return _write(prediction, changed, judge, by, OUTCOME)


@log_refusals
def unresolve(prediction: Prediction, by: User, reason: str = "") -> Decision:
    """Clear the outcome: the prediction is pending again. Returns the Decision; raises Refused or Stale."""
    if reasons := list(_not_judged(prediction, by)):
        raise Refused(*reasons)
    if not prediction.outcome:
        raise Refused(_("The prediction has not been judged."))
    changed = {"outcome": "", "evidence": "", "resolved_on": None}
    return _write(prediction, changed, {"resolved_by": None, "self_resolved": False}, by, OUTCOME, reason.strip())


# --- preconditions


def not_resolvable(prediction: Prediction, by: User) -> Iterator[str]:
    """Yield one reason per unmet precondition of setting criteria or an outcome."""
    yield from _not_judged(prediction, by)
    if prediction.outcome:
        yield _("The prediction has been judged. Take back the outcome first.")


def _not_judged(prediction: Prediction, by: User) -> Iterator[str]:
    """Yield one reason per unmet precondition of any write about a prediction: permission and status."""
    episode = prediction.episode
    if not (by.has_perm("episodes.review_episode") or by.has_perm("episodes.verify_episode")):
        yield _("%(name)s does not have permission to do this.") % {"name": by.get_username()}
    if episode.revises_id is not None:
        yield _("A draft of changes contains text only. Judge predictions in the episode itself.")
    elif episode.status == Episode.Status.WITHDRAWN:
        yield _("The episode is withdrawn. Send it back to draft first.")
    if prediction.status == Status.REJECTED:
        yield _("The prediction is rejected.")
    elif prediction.status not in DECIDED_STATUSES and episode.status in Episode.PUBLIC_STATUSES:
        yield _("The prediction is not accepted yet. In a published episode, accept it first.")


def not_second(prediction: Prediction, by: User) -> Iterator[str]:
    """Yield a reason if `by` wrote the criteria, unless the site allows it and enough time has passed."""
    if prediction.criteria_by_id != by.pk:
        return
    if not settings.GREENROOM_SELF_VERIFY:
        yield _("A prediction must be judged by someone other than the author of its criteria.")
    elif prediction.criteria_at is None or timezone.now() - prediction.criteria_at < SELF_VERIFY_DELAY:
        yield _("You wrote the criteria less than 24 hours ago. Judge the prediction tomorrow.")


def criteria_locked(prediction: Prediction) -> Iterator[str]:
    """Yield a reason if criteria and due date may not change because an outcome was set by them."""
    if prediction.outcome:
        yield _("The prediction was judged by these criteria. Take back the outcome before you change them.")


def _wrong_criteria(prediction: Prediction, criteria: str, due: date | None) -> Iterator[str]:
    if not criteria:
        yield _("Enter how to judge whether it came true.")
    yield from _before_recording(prediction, due, _("The due date is before the recording date, %(day)s."))


def _wrong_outcome(prediction: Prediction, outcome: str, evidence: str, day: date) -> Iterator[str]:
    if outcome not in Prediction.Outcome.values:
        names = _(", ").join(str(label) for label in Prediction.Outcome.labels)
        yield _("The outcome must be one of these: %(names)s.") % {"names": names}
    elif prediction.due_on is None and outcome not in WITHOUT_DUE_DATE:
        yield _("The prediction has no due date and is not scored: the only outcome is “cannot be judged”.")
    if not prediction.criteria.strip():
        yield _("Enter the criteria first: how to judge whether it came true.")
    if not evidence and outcome != Prediction.Outcome.UNRESOLVABLE:
        yield _("Enter the evidence for the outcome.")
    if day > timezone.localdate():
        yield _("The date of the judgement is in the future.")
    yield from _before_recording(prediction, day, _("The date of the judgement is before the recording date, %(day)s."))


def _before_recording(prediction: Prediction, day: date | None, message: str) -> Iterator[str]:
    aired = prediction.episode.aired_on
    if day is not None and aired is not None and day < aired:
        yield message % {"day": date_format(aired, "Y-m-d")}


# --- writes


def _write(
    prediction: Prediction, changed: dict[str, Any], authorship: dict[str, Any], by: User, field: str, reason: str = ""
) -> Decision:
    """Set the columns in `changed`, recorded in a Decision, and those in `authorship` (who, when). Raises Stale."""
    changes = {name: [as_json(getattr(prediction, name)), as_json(value)] for name, value in changed.items()}
    values = {**changed, **authorship, "version": prediction.version + 1}
    seen = {"version": prediction.version, "status": prediction.status}
    with transaction.atomic(), decisions.one_act():
        if not Prediction.objects.filter(pk=prediction.pk, **seen).update(**values):
            raise stale()
        for name, value in values.items():
            setattr(prediction, name, value)
        decision = decisions.new_decision(
            prediction, prediction.status, prediction.status, by, reason, field=field, changes=changes
        )
        decision.save(force_insert=True)
        # A check's finding about this prediction may be settled now, and a public page has changed.
        derived.refresh(prediction.episode)
    return decision


# --- undo


def is_outcome_decision(decision: Decision) -> bool:
    """Return whether a Decision is about criteria or an outcome; undoing it is no edit of the episode."""
    return decision.field in (CRITERIA, OUTCOME)


def reset_outcome(decision: Decision, prediction: Prediction, by: User) -> None:
    """Restore the values from before a Decision, with their author and time. Raises Refused or Stale."""
    changes = decision.changes
    if reasons := list(_not_judged(prediction, by)):
        raise Refused(*reasons)
    if any(as_json(getattr(prediction, name)) != after for name, (_before, after) in changes.items()):
        raise stale()
    previous = {name: _python(name, before) for name, (before, _after) in changes.items()}
    if decision.field == CRITERIA and (reasons := list(criteria_locked(prediction))):
        raise Refused(*reasons)
    _write(prediction, previous, _authorship_before(decision, prediction, previous), by, decision.field)


def _python(name: str, value: Any) -> Any:
    field: Any = Prediction._meta.get_field(name)
    return field.to_python(value)


def _authorship_before(decision: Decision, prediction: Prediction, previous: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of author and time that belong to the previous values."""
    if "criteria" in previous:
        origin = _written_by(decision, "criteria", previous["criteria"])
        return {"criteria_by": origin.by if origin else None, "criteria_at": origin.at if origin else None}
    if "outcome" not in previous:
        return {}
    origin = _written_by(decision, "outcome", previous["outcome"])
    if origin is None:
        return {"resolved_by": None, "self_resolved": False}
    if prediction.criteria_at is not None and prediction.criteria_at > origin.at:
        raise stale()  # That outcome was judged by other criteria.
    return {"resolved_by": origin.by, "self_resolved": prediction.criteria_by_id == origin.by_id}


def _written_by(decision: Decision, name: str, value: str) -> Decision | None:
    """Return the last earlier decision that set this value; None for an empty value."""
    same = Decision.objects.filter(
        target_type=decision.target_type_id, target_id=decision.target_id, pk__lt=decision.pk, undoes__isnull=True
    ).exclude(changes={})
    earlier = (each for each in same.select_related("by").order_by("-pk") if name in each.changes)
    return next((each for each in earlier if each.changes[name][1] == value), None) if value else None
