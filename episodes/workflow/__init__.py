"""The only code that changes a status. Admin, commands and tests all call `transition()`.

Each transition checks who asks, what the rules want, and that nobody was quicker (the UPDATE names the status and the
version that were read); then it writes a Decision and refreshes what is derived.

acts      the one write, its Decision, and what belongs to one act
claims    who holds an episode
rules     what each move of an episode wants
moves     the table of moves of an episode
items     what is decided one by one
findings  what became of a finding
reports   what a reader reports as wrong, as a finding
falling   what falls when something changes
words     words that people change, with before and after
outcomes  how to tell whether a prediction came true, and what became of it
undo      the last acts of a person, taken back
copies    working copies of public episodes: made and thrown away
publishing, swapping, carrying
          a working copy takes the place of what it revises: the episode, its rows, its findings
restoring a snapshot, as a working copy
straight  several moves with one button
adopting  many drafts adopted at once, as `transition(…, adopts=True)` would one by one
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from episodes.bases.reviewable import Reviewable
from episodes.bases.users import User
from episodes.models import Decision, Episode, Finding
from episodes.workflow import decisions
from episodes.workflow.bulk_adoption import adopt_all
from episodes.workflow.claims import (
    CLAIM_LAPSES_AFTER,
    holder,
    is_untouched,
    release,
    verification_unavailable,
    works_alone,
)
from episodes.workflow.decisions import Refused, Stale, one_act
from episodes.workflow.edits import (
    edited,
    open_to_edits,
    record_created,
    record_edits,
    save_words,
    words_changed,
)
from episodes.workflow.finding_states import settle
from episodes.workflow.item_decisions import Summary, decide_item, decide_summary
from episodes.workflow.outcomes import resolve, set_criteria, unresolve
from episodes.workflow.publish_changes import publish_changes
from episodes.workflow.refusal_log import log_refusals
from episodes.workflow.reports import report
from episodes.workflow.shortcuts import approve_and_publish
from episodes.workflow.snapshot_restore import restore
from episodes.workflow.transitions import (
    TRANSITIONS,
    Transition,
    find_transition,
    is_claimable,
    request_more,
    transition_episode,
    unmet_conditions,
)
from episodes.workflow.undo import last_acts, undo, undo_act
from episodes.workflow.working_copies import (
    copy_of,
    discard,
    make_copy,
    revise,
)

__all__ = [
    "CLAIM_LAPSES_AFTER",
    "TRANSITIONS",
    "Refused",
    "Stale",
    "Summary",
    "Transition",
    "adopt_all",
    "approve_and_publish",
    "copy_of",
    "discard",
    "edited",
    "find_transition",
    "holder",
    "is_claimable",
    "is_untouched",
    "last_acts",
    "make_copy",
    "one_act",
    "open_to_edits",
    "publish_changes",
    "record_created",
    "record_edits",
    "release",
    "report",
    "request_more",
    "resolve",
    "restore",
    "revise",
    "save_words",
    "set_criteria",
    "transition",
    "undo",
    "undo_act",
    "unmet_conditions",
    "unresolve",
    "verification_unavailable",
    "words_changed",
    "works_alone",
]

Target = Episode | Reviewable | Summary | Finding


@log_refusals
def transition(obj: Target, to: str, by: User, reason: str = "", **details: Any) -> Decision:
    """Move an episode, an item, a speaker, an entity, a finding or `Summary(episode)` to the status `to`.

    by: the user who decides. reason: for visitors on withdrawal, a RejectCode on rejection, why a finding may stay on
    a waiver (20 characters for an error), else free.
    details: `published_at` (datetime) for a publication; `recheck_on` (date) for evergreen; `findings` for a request of
    changes, a list of {"target": row or None, "field": name or "", "message": sentence}.
    Returns the Decision. Raises Refused; nothing is changed then.
    """
    row = obj.episode if isinstance(obj, Summary) else obj
    with decisions.restored_on_refusal(row, decisions.episode_of(row)), transaction.atomic(), one_act():
        if isinstance(obj, Episode):
            return transition_episode(obj, to, by, reason.strip(), details)
        if isinstance(obj, Summary):
            return decide_summary(obj.episode, to, by, reason.strip())
        if isinstance(obj, Finding):
            return settle(obj, to, by, reason.strip())
        return decide_item(obj, to, by, reason.strip())
