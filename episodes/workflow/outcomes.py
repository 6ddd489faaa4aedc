"""What became of a prediction: how to tell, who says so, and what came of it.

Criteria and outcomes are the desk's words, not the speaker's. They act at once, in a public episode too, take no
approval back and leave a verification as it is; each is told in a Decision of its own.
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

# What the Decisions of this module name as their field.
CRITERIA, OUTCOME = "criteria", "outcome"
# What has no due date is never scored: only that nobody can tell may be said of it.
WITHOUT_DUE_DATE = (Prediction.Outcome.AMBIGUOUS, Prediction.Outcome.UNRESOLVABLE)


class Unchanged:
    """Stands for a value that is left as it is."""


UNCHANGED = Unchanged()


# --- acts


@log_refusals
def set_criteria(
    prediction: Prediction, criteria: str, by: User, due_on: date | Unchanged | None = UNCHANGED
) -> Decision:
    """Write how to tell whether it came true, and by when; None for a prediction that has no due date.

    Raises Refused; nothing is changed then.
    """
    due = prediction.due_on if isinstance(due_on, Unchanged) else due_on
    criteria = criteria.strip()
    if reasons := [*not_resolvable(prediction, by), *_wrong_criteria(prediction, criteria, due)]:
        raise Refused(*reasons)
    values = {"criteria": criteria, "due_on": due}
    told = {name: value for name, value in values.items() if value != getattr(prediction, name)}
    if not told:
        raise Refused(_("Nothing differs from what is stored."))
    # Another day does not make other criteria: they stay with who wrote them.
    author = {"criteria_by": by, "criteria_at": timezone.now()} if "criteria" in told else {}
    return _write(prediction, told, author, by, CRITERIA)


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
    """Say what became of it. resolved_on: the day on which that was clear, today unless another is named.
    criteria: those that were read; refused as stale where others are stored.

    Raises Refused; nothing is changed then.
    """
    evidence, day = evidence.strip(), resolved_on or timezone.localdate()
    if reasons := list(not_resolvable(prediction, by)):
        raise Refused(*reasons)
    if criteria is not None and criteria.strip() != prediction.criteria.strip():
        raise stale()
    wrong = _wrong_outcome(prediction, outcome, evidence, day)
    if reasons := [*wrong, *not_second(prediction, by)]:
        raise Refused(*reasons)
    told = {"outcome": outcome, "evidence": evidence, "resolved_on": day}
    judge = {"resolved_by": by, "self_resolved": prediction.criteria_by_id == by.pk}
    return _write(prediction, told, judge, by, OUTCOME)


@log_refusals
def unresolve(prediction: Prediction, by: User, reason: str = "") -> Decision:
    """Take an outcome back: it is open again, and its criteria may be changed. Raises Refused."""
    if reasons := list(_not_judged(prediction, by)):
        raise Refused(*reasons)
    if not prediction.outcome:
        raise Refused(_("It is not resolved."))
    told = {"outcome": "", "evidence": "", "resolved_on": None}
    return _write(prediction, told, {"resolved_by": None, "self_resolved": False}, by, OUTCOME, reason.strip())


# --- what is refused


def not_resolvable(prediction: Prediction, by: User) -> Iterator[str]:
    """Why nothing may be written about it now, whatever it is."""
    yield from _not_judged(prediction, by)
    if prediction.outcome:
        yield _("It is resolved. Take the outcome back first.")


def _not_judged(prediction: Prediction, by: User) -> Iterator[str]:
    episode = prediction.episode
    if not (by.has_perm("episodes.review_episode") or by.has_perm("episodes.verify_episode")):
        yield _("%(name)s may not do this.") % {"name": by.get_username()}
    if episode.revises_id is not None:
        yield _("A working copy holds words only. Predictions are judged in the episode itself.")
    elif episode.status == Episode.Status.WITHDRAWN:
        yield _("The episode is withdrawn. Send it back to draft first.")
    if prediction.status == Status.REJECTED:
        yield _("The prediction is rejected.")
    elif prediction.status not in DECIDED_STATUSES and episode.status in Episode.PUBLIC_STATUSES:
        yield _("The prediction is not accepted yet. In a published episode that comes first.")


def not_second(prediction: Prediction, by: User) -> Iterator[str]:
    """The refusal, if it is the criteria's own author who resolves; alone only where the site allows it."""
    if prediction.criteria_by_id != by.pk:
        return
    if not settings.GREENROOM_SELF_VERIFY:
        yield _("Who resolves a prediction is not who wrote its criteria.")
    elif prediction.criteria_at is None or timezone.now() - prediction.criteria_at < SELF_VERIFY_DELAY:
        yield _("You wrote its criteria less than 24 hours ago. Resolve it tomorrow.")


def criteria_locked(prediction: Prediction) -> Iterator[str]:
    """Why its criteria and its due date stay as they are: it was judged by them."""
    if prediction.outcome:
        yield _("It was resolved by these criteria. Take the outcome back before you change them.")


def _wrong_criteria(prediction: Prediction, criteria: str, due: date | None) -> Iterator[str]:
    if not criteria:
        yield _("Write how to tell whether it came true.")
    yield from _before_recording(prediction, due, _("The due date lies before the recording, %(day)s."))


def _wrong_outcome(prediction: Prediction, outcome: str, evidence: str, day: date) -> Iterator[str]:
    if outcome not in Prediction.Outcome.values:
        names = _(", ").join(str(label) for label in Prediction.Outcome.labels)
        yield _("An outcome is one of these: %(names)s.") % {"names": names}
    elif prediction.due_on is None and outcome not in WITHOUT_DUE_DATE:
        yield _("It has no due date, so it is never scored: it can be called ambiguous or unresolvable.")
    if not prediction.criteria.strip():
        yield _("The criteria come first: write how to tell whether it came true.")
    if not evidence and outcome != Prediction.Outcome.UNRESOLVABLE:
        yield _("Say what shows the outcome.")
    if day > timezone.localdate():
        yield _("The day on which it was resolved lies in the future.")
    yield from _before_recording(
        prediction, day, _("The day on which it was resolved lies before the recording, %(day)s.")
    )


def _before_recording(prediction: Prediction, day: date | None, message: str) -> Iterator[str]:
    aired = prediction.episode.aired_on
    if day is not None and aired is not None and day < aired:
        yield message % {"day": date_format(aired, "Y-m-d")}


# --- the one write


def _write(
    prediction: Prediction, told: dict[str, Any], judged: dict[str, Any], by: User, field: str, reason: str = ""
) -> Decision:
    """Set the columns, and tell of those in `told` in a Decision; `judged` says who and when. Raises Stale."""
    changes = {name: [as_json(getattr(prediction, name)), as_json(value)] for name, value in told.items()}
    values = {**told, **judged, "version": prediction.version + 1}
    seen = {"version": prediction.version, "status": prediction.status}
    with transaction.atomic(), decisions.one_act():
        if not Prediction.objects.filter(pk=prediction.pk, **seen).update(**values):
            raise stale()
        for name, value in values.items():
            setattr(prediction, name, value)
        made = decisions.new_decision(
            prediction, prediction.status, prediction.status, by, reason, field=field, changes=changes
        )
        made.save(force_insert=True)
        # What was proposed may be settled by this; visitors see it at once.
        derived.refresh(prediction.episode)
    return made


# --- undone


def is_outcome_decision(decision: Decision) -> bool:
    """Whether a Decision was made here: undoing it is no edit of the episode's words."""
    return decision.field in (CRITERIA, OUTCOME)


def reset_outcome(decision: Decision, prediction: Prediction, by: User) -> None:
    """What stood there before, with who had said so and when. Raises Refused."""
    changes = decision.changes
    if reasons := list(_not_judged(prediction, by)):
        raise Refused(*reasons)
    if any(as_json(getattr(prediction, name)) != after for name, (_before, after) in changes.items()):
        raise stale()
    told = {name: _python(name, before) for name, (before, _after) in changes.items()}
    if decision.field == CRITERIA and (reasons := list(criteria_locked(prediction))):
        raise Refused(*reasons)
    _write(prediction, told, _judged_before(decision, prediction, told), by, decision.field)


def _python(name: str, value: Any) -> Any:
    field: Any = Prediction._meta.get_field(name)
    return field.to_python(value)


def _judged_before(decision: Decision, prediction: Prediction, told: dict[str, Any]) -> dict[str, Any]:
    if "criteria" in told:
        said = _said_first(decision, "criteria", told["criteria"])
        return {"criteria_by": said.by if said else None, "criteria_at": said.at if said else None}
    if "outcome" not in told:
        return {}
    said = _said_first(decision, "outcome", told["outcome"])
    if said is None:
        return {"resolved_by": None, "self_resolved": False}
    if prediction.criteria_at is not None and prediction.criteria_at > said.at:
        raise stale()  # It was judged by other criteria.
    return {"resolved_by": said.by, "self_resolved": prediction.criteria_by_id == said.by_id}


def _said_first(decision: Decision, name: str, value: str) -> Decision | None:
    """The decision before this one by which somebody wrote that value; None for an empty one."""
    same = Decision.objects.filter(
        target_type=decision.target_type_id, target_id=decision.target_id, pk__lt=decision.pk, undoes__isnull=True
    ).exclude(changes={})
    written = (made for made in same.select_related("by").order_by("-pk") if name in made.changes)
    return next((made for made in written if made.changes[name][1] == value), None) if value else None
