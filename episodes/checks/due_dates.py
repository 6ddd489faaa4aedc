"""When a prediction is due, as its horizon proposes it. Nothing is set by itself: a person applies it."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from episodes.bases.stored_messages import a_sentence
from episodes.checks import Fault, Subject, check
from episodes.models import Episode, Prediction
from episodes.notes.horizons import Due, due

CODE = "due-date"


def proposed(prediction: Prediction, episode: Episode) -> Due | None:
    """The day on which its horizon ends; None where it names no end, or nobody knows when it was said."""
    return due(prediction.horizon, episode.aired_on) if episode.aired_on is not None else None


def rule_of(found: Due) -> str:
    """The rule by which the day was found, in the language of whoever asks."""
    return _(found.rule) % found.params


@check
def due_date(subject: Subject) -> Iterator[Fault]:
    """A horizon that ends on a day, where no due date is set yet. A vague one is no fault: it is never scored."""
    for row in subject.predictions:
        if row.due_on is not None or row.outcome:
            continue
        found = proposed(row, subject.episode)
        if found is not None:
            on = found.on.isoformat()
            message = gettext_noop("Due %(day)s: %(rule)s")
            said = {"day": on, "rule": a_sentence(found.rule, found.params)}
            evidence = f"{row.horizon}/{found.params['said_on']}"
            yield Fault(CODE, "info", message, row, "due_on", {"due_on": on}, evidence, said)
