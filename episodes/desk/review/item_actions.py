"""Actions on one thing: decide, save, apply a fix, request a change, undo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from episodes import derived, workflow
from episodes.bases.reviewable import RejectCode, Status
from episodes.desk import repair
from episodes.desk.review import text_selection
from episodes.desk.review.actions import (
    Done,
    Invalid,
    Request,
    claim,
    may_not,
    same_as_seen,
)
from episodes.desk.review.item_forms import form_of
from episodes.desk.review.panel_cache import cached_speakers, forget
from episodes.desk.review.queue import SUMMARY
from episodes.desk.review.undo_message import thing_to_show, undo_message
from episodes.models import Episode, Finding
from episodes.workflow import Refused, Summary, transition

Act = Callable[[Request], Done]


def _target(asked: Request) -> Any:
    return Summary(asked.episode) if asked.thing.kind == SUMMARY else asked.row


def _changed_form(asked: Request) -> Any:
    """Return the form if any submitted text differs, else None. Raises Refused or Invalid."""
    form = form_of(asked.thing.kind, asked.row, asked.data, cached_speakers(asked.episode))
    if form is None or not form.has_changed():
        return None
    if not asked.user.has_perm(f"episodes.change_{asked.row._meta.model_name}"):
        raise may_not(asked.user)
    if not form.is_valid():
        raise Invalid(form)
    return form


def _write(asked: Request, form: Any) -> None:
    workflow.edited(asked.episode, asked.user)
    workflow.save_words(asked.row, form.changed_data, asked.user)
    derived.refresh(asked.episode)


def _decide(to: str, message: Callable[[], str]) -> Act:
    def act(asked: Request) -> Done:
        same_as_seen(asked)
        form = _changed_form(asked)
        reason = RejectCode.DUPLICATE if asked.get("act") == "duplicate" else asked.argument
        decide = partial(transition, _target(asked), to, asked.user, reason if to == Status.REJECTED else "")
        held = ""
        if form is None and not workflow.is_claimable(asked.episode):
            # The usual case, hundreds of times per episode: the workflow's own transaction is enough.
            decide()
        else:
            with transaction.atomic():
                held = claim(asked)
                if form is not None:
                    _write(asked, form)
                decide()
        # After "back to draft" the same thing stays on screen.
        return Done(message(), stays=to == Status.DRAFT, more=[held] if held else [])

    return act


@transaction.atomic
def _save_only(asked: Request) -> Done:
    same_as_seen(asked)
    messages = _keep_words(asked)
    return Done(messages.pop(), stays=True, more=messages) if messages else Done(_("Nothing to save."), stays=True)


def _keep_words(asked: Request) -> list[str]:
    """Save the submitted text along with another action. Returns messages."""
    form = _changed_form(asked) if asked.row is not None else None
    if form is None:
        return []
    same_as_seen(asked)
    held = claim(asked)
    _write(asked, form)
    return [held, _("Saved.")] if held else [_("Saved.")]


@transaction.atomic
def _later(asked: Request) -> Done:
    return Done(_("Moved to later."), more=_keep_words(asked))


@transaction.atomic
def _repair(asked: Request) -> Done:
    """Apply the fix of a finding; the thing stays, to be decided with its new value."""
    same_as_seen(asked)
    messages = _keep_words(asked) or [claim(asked)]
    repair.apply(_finding(asked).pk, asked.user)
    return Done(_("Fix applied."), stays=True, more=[sentence for sentence in messages if sentence])


def _finding(asked: Request) -> Finding:
    found = asked.episode.findings.open().filter(pk=asked.key).first()
    if found is None:
        raise Refused(_("There is no fix to apply."))
    found.episode = asked.episode
    return found


@transaction.atomic
def _settle(asked: Request) -> Done:
    """Resolve or waive a finding."""
    messages = _keep_words(asked)
    to = Finding.State.WAIVED if asked.get("act").startswith("waive") else Finding.State.RESOLVED
    transition(_finding(asked), to, asked.user, asked.get(f"reason-{asked.argument}"))
    return Done(_("Flag closed."), stays=True, more=messages)


@transaction.atomic
def _ask_for_change(asked: Request) -> Done:
    """Send the episode back with a reason about this thing; for verifiers and publishers."""
    row = same_as_seen(asked)
    messages = _keep_words(asked)
    message = asked.get("reason-request").strip()
    field = "summary" if asked.thing.kind == SUMMARY else ""
    wanted = [{"target": row, "field": field, "message": message}]
    if asked.episode.status == Episode.Status.CHANGES_REQUESTED:
        workflow.request_more(asked.episode, asked.user, wanted)
    else:
        transition(asked.episode, Episode.Status.CHANGES_REQUESTED, asked.user, findings=wanted)
    return Done(_("Change requested."), stays=True, more=messages)


def _undo(asked: Request) -> Done:
    """Undo the last act, describe it and show the thing."""
    undone = workflow.undo(asked.episode, asked.user)
    forget(asked.episode)
    *more, message = undo_message(undone, asked.episode)
    release = asked.episode.claimed_by_id == asked.user.pk and workflow.is_untouched(asked.episode)
    return Done(message, goes_to=thing_to_show(undone), stays=True, more=more, release=release)


@transaction.atomic
def _select(asked: Request) -> Done:
    """Act on text selected in a section: fix it, or make something of it."""
    row = same_as_seen(asked)
    held = claim(asked)
    message = text_selection.make(asked.episode, row, asked.user, asked.data)
    forget(asked.episode)
    return Done(message, stays=True, more=[held] if held else [])


ACTS: dict[str, Act] = {
    "accept": _decide(Status.ACCEPTED, lambda: _("Accepted.")),
    "verify": _decide(Status.EVERGREEN, lambda: _("Double-checked.")),
    "reject": _decide(Status.REJECTED, lambda: _("Rejected.")),
    "duplicate": _decide(Status.REJECTED, lambda: _("Rejected as a duplicate.")),
    "draft": _decide(Status.DRAFT, lambda: _("Back to draft.")),
    "save": _save_only,
    "later": _later,
    "repair": _repair,
    "resolve": _settle,
    "waive": _settle,
    "request": _ask_for_change,
    "undo": _undo,
    "select": _select,
}
