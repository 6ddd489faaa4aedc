"""Due dates of predictions proposed from their horizons. A person applies them; nothing is set automatically."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from episodes.bases.stored_messages import message_ref
from episodes.checks import Fault, Subject, check
from episodes.models import Episode, Prediction
from episodes.notes.horizons import Due, due

CODE = "due-date"


def proposed(prediction: Prediction, episode: Episode) -> Due | None:
    """Return the day on which the horizon ends; None if it names no end or the episode has no date."""
    return due(prediction.horizon, episode.aired_on) if episode.aired_on is not None else None


def rule_of(proposal: Due) -> str:
    """Return the rule behind a due date in the active language."""
    return _(proposal.rule) % proposal.params


@check
def due_date(subject: Subject) -> Iterator[Fault]:
    """Propose a due date for horizons with an end. A vague horizon is no problem: it is never judged."""
    for row in subject.predictions:
        if row.due_on is not None or row.outcome:
            continue
        proposal = proposed(row, subject.episode)
        if proposal is not None:
            on = proposal.on.isoformat()
            message = gettext_noop("Due %(day)s: %(rule)s")
            params = {"day": on, "rule": message_ref(proposal.rule, proposal.params)}
            evidence = f"{row.horizon}/{proposal.params['said_on']}"
            yield Fault(CODE, "info", message, row, "due_on", {"due_on": on}, evidence, params)
