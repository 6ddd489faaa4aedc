"""Status changes. Admin, commands and tests all call `transition()`; no other code writes a status.

Each transition checks the permission, the guards and that the row is still as it was read (the UPDATE names the status
and the version); then it writes a Decision and refreshes derived data.

decisions         write a status with its Decision; group decisions into acts that are undone as one
transitions       the table of transitions of an episode: sources, target, permission, guard, changes
guards            preconditions of those transitions
item_decisions    accept, reject and verify items, sections, speakers, entities and summaries
claims            one editor at a time per episode
edits             changes of text, recorded with the values before and after
revocation        revoke approval, verification or evergreen status after an edit
finding_states    resolve, waive and reopen findings
reports           errors reported by visitors, stored as findings
outcomes          criteria and outcomes of predictions
undo              take back the last acts of a user
shortcuts         claim, approve and publish in one transaction
bulk_adoption     adopt many drafts with few queries
working_copies    create and discard working copies of public episodes
publish_changes   replace a public episode by its working copy; with row_merge and finding_sync
snapshots         versions of published episodes; with snapshot_diff and snapshot_restore
name_resolution   assign a speaker to every row with a label
groups            groups of users and their permissions
refusal_log       audit log of refused transitions
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from episodes import derived
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
    """Change the status of an episode, an item, a speaker, an entity, a finding or `Summary(episode)` to `to`.

    by: the user who decides. reason: shown to visitors on withdrawal, a RejectCode on rejection, a justification on a
    waiver (at least 20 characters for an error), else free text.
    details: `published_at` (datetime) for a publication; `recheck_on` (date) for evergreen; `adopts=True` to publish a
    draft without item review; `findings` for a request of changes, a list of
    {"target": row or None, "field": name or "", "message": sentence}.

    Returns the Decision. Raises Refused if a precondition is not met, Stale (a subclass) if the row has changed since
    it was read; nothing is written in either case.
    """
    row = obj.episode if isinstance(obj, Summary) else obj
    episode = decisions.episode_of(row)
    with decisions.restored_on_refusal(row, episode), transaction.atomic(), one_act():
        if isinstance(obj, Episode):
            return transition_episode(obj, to, by, reason.strip(), details)
        if isinstance(obj, Summary):
            return decide_summary(obj.episode, to, by, reason.strip())
        if isinstance(obj, Finding):
            return settle(obj, to, by, reason.strip())
        decision = decide_item(obj, to, by, reason.strip())
        if episode is not None and episode.status in Episode.PUBLIC_STATUSES:
            derived.count_again()
        return decision
