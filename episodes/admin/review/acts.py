"""What one key or one button does. Each act is one transaction, and one thing for `undo`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils.formats import time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from episodes import derive, workflow
from episodes.admin import repair
from episodes.admin.review import words
from episodes.admin.review.forms import form_of
from episodes.admin.review.known import forget, known_of
from episodes.admin.review.panel import row_of, seen_of
from episodes.admin.review.queue import MODELS, NAMES, SPEAKERS, SUMMARY, Thing
from episodes.admin.review.screens import labels_of
from episodes.admin.speakers import set_speaker_in
from episodes.models import Appearance, Decision, Episode, Finding, Mention, Prediction, Quote
from episodes.reviewable import RejectCode, Status
from episodes.slugs import free_slug_for
from episodes.workflow import Refused, Summary, find_move, transition
from people.models import Alias, Speaker


class Conflict(Exception):
    """Somebody decided or changed this since it was read. `differences`: sentences that say who and what."""

    def __init__(self, differences: list[str]) -> None:
        super().__init__(" ".join(differences))
        self.differences = differences


class Invalid(Exception):
    """The form does not hold. It comes back with what was typed."""

    def __init__(self, form: Any) -> None:
        super().__init__(str(form.errors))
        self.form = form


@dataclass
class Request:
    """One POST: who, upon which thing, with what."""

    episode: Episode
    thing: Thing
    user: Any
    data: QueryDict
    row: Any = None
    # What stands behind the act's name: `reject:trivial`, `repair:12`.
    argument: str = ""

    def get(self, name: str) -> str:
        return self.data.get(name, "")


@dataclass
class Done:
    """What came of it. stays: the same thing is shown again; goes_to: the id of another than the next."""

    message: str
    stays: bool = False
    goes_to: str = ""
    more: list[str] = field(default_factory=list)


def perform(asked: Request) -> Done:
    """Carry out `act`. Raises Refused, Conflict or Invalid; nothing is written then."""
    name, _colon, asked.argument = asked.get("act").partition(":")
    act = ACTS.get(name)
    if act is None:
        raise Refused(_("There is no such act."))
    with transaction.atomic(), workflow.one_act():
        return act(asked)


def claim(asked: Request) -> str:
    """Who begins to decide holds the episode. Returns what to say about it."""
    episode = asked.episode
    if workflow.holder(episode) is not None or not find_move(episode.status, Episode.Status.IN_REVIEW):
        return ""
    if not asked.user.has_perm("episodes.review_episode"):
        return ""
    transition(episode, Episode.Status.IN_REVIEW, asked.user)
    return _("You hold this episode now.")


# --- one thing


def _read(asked: Request) -> Any:
    """The row as it is now. Raises Conflict if it is not the one that was seen."""
    row = asked.row = row_of(asked.episode, asked.thing)
    if row is None:
        raise Conflict([_("It is no longer there.")])
    if asked.get("seen") and asked.get("seen") != seen_of(row):
        raise Conflict(differences(row, asked.get("seen")))
    return row


def differences(row: Any, seen: str) -> list[str]:
    """Who did what since: the decisions that are newer than what was seen."""
    version = int(seen.rpartition(".")[2]) if seen.rpartition(".")[2].isdecimal() else 0
    found = Decision.objects.filter(target_type__model=row._meta.model_name, target_id=row.pk, version__gte=version)
    told = [_told(decision) for decision in found.select_related("by").order_by("-pk")[:3]]
    return told or [_("Somebody else has changed this meanwhile. Nothing was saved.")]


def _told(decision: Decision) -> str:
    when, who = time_format(localtime(decision.at)), decision.by.get_username()
    if decision.changes:
        words = "; ".join(f"{name}: “{old}” → “{new}”" for name, (old, new) in decision.changes.items())
        return _("%(who)s changed it at %(when)s. %(words)s") % {"who": who, "when": when, "words": words}
    label = dict(Status.choices).get(decision.to_status, decision.to_status)
    return _("%(who)s decided at %(when)s: %(status)s.") % {"who": who, "when": when, "status": label}


def _target(asked: Request) -> Any:
    return Summary(asked.episode) if asked.thing.kind == SUMMARY else asked.row


def _save(asked: Request) -> bool:
    """Write the words that differ. True if any did. Raises Invalid."""
    form = form_of(asked.thing.kind, asked.row, asked.data, known_of(asked.episode)["speakers"])
    if form is None or not form.has_changed():
        return False
    if not asked.user.has_perm(f"episodes.change_{asked.row._meta.model_name}"):
        raise Refused(_("%(name)s may not do this.") % {"name": asked.user.get_username()})
    if not form.is_valid():
        raise Invalid(form)
    changed = form.changed_data
    workflow.edited(asked.episode, asked.user)
    workflow.save_words(asked.row, changed, asked.user)
    derive.refresh(asked.episode)
    return True


def _decide(to: str, message: Callable[[], str]) -> Callable[[Request], Done]:
    def act(asked: Request) -> Done:
        _read(asked)
        held = claim(asked)
        _save(asked)
        reason = RejectCode.DUPLICATE if asked.get("act") == "duplicate" else asked.argument
        transition(_target(asked), to, asked.user, reason if to == Status.REJECTED else "")
        # Back to draft is said of the thing in front of one: it stays there.
        return Done(message(), stays=to == Status.DRAFT, more=[held] if held else [])

    return act


def _save_only(asked: Request) -> Done:
    _read(asked)
    held = claim(asked)
    saved = _save(asked)
    return Done(_("Saved.") if saved else _("Nothing to save."), stays=True, more=[held] if held else [])


def _later(asked: Request) -> Done:
    return Done(_("Put off."))


def _repair(asked: Request) -> Done:
    """Apply what a finding proposes; the thing stays, to be decided with its new value."""
    _read(asked)
    held = claim(asked)
    repair.apply(_finding(asked).pk, asked.user)
    return Done(_("Repaired."), stays=True, more=[held] if held else [])


def _finding(asked: Request) -> Finding:
    key = asked.argument
    found = asked.episode.findings.open().filter(pk=int(key) if key.isdecimal() and len(key) < 19 else 0).first()
    if found is None:
        raise Refused(_("There is nothing to apply."))
    found.episode = asked.episode
    return found


def _settle(asked: Request) -> Done:
    """Resolve or waive a finding."""
    to = Finding.State.WAIVED if asked.get("act").startswith("waive") else Finding.State.RESOLVED
    transition(_finding(asked), to, asked.user, asked.get(f"reason-{asked.argument}"))
    return Done(_("The finding is settled."), stays=True)


def _ask_for_change(asked: Request) -> Done:
    """A verifier or publisher sends the episode back with a word about this thing."""
    row = _read(asked)
    message = asked.get("reason-request").strip()
    field = "summary" if asked.thing.kind == SUMMARY else ""
    wanted = [{"target": row, "field": field, "message": message}]
    if asked.episode.status == Episode.Status.CHANGES_REQUESTED:
        workflow.request_more(asked.episode, asked.user, wanted)
    else:
        transition(asked.episode, Episode.Status.CHANGES_REQUESTED, asked.user, findings=wanted)
    return Done(_("Asked for a change."), stays=True)


def _undo(asked: Request) -> Done:
    """Take the last act back and show what it was about."""
    undone = workflow.undo(asked.episode, asked.user)
    forget(asked.episode)
    about = undone[0]
    kind = "" if about.target_type is None else about.target_type.model
    goes_to = {"episode": SUMMARY, "mention": NAMES, "appearance": SPEAKERS}.get(kind, f"{kind}-{about.target_id}")
    if len(undone) > 1 and kind in ("quote", "prediction") and about.changes.keys() == {"speaker"}:
        goes_to = SPEAKERS
    return Done(_("Undone."), goes_to=goes_to if kind in MODELS or goes_to in (SUMMARY, NAMES, SPEAKERS) else "")


# --- who the labels mean


def _name_label(asked: Request) -> Done:
    """Everything with one label is said by one speaker; that name may be remembered as another of theirs."""
    episode, label = asked.episode, asked.get("label")
    if not asked.user.has_perms(["episodes.change_quote", "episodes.change_prediction"]):
        raise Refused(_("%(name)s may not do this.") % {"name": asked.user.get_username()})
    held = claim(asked)
    speaker = _speaker(asked)
    rows = [
        row
        for model in (Quote, Prediction, Appearance)
        for row in model._default_manager.filter(episode=episode, label=label)
    ]
    for row in rows:
        row.episode = episode
    set_speaker_in(episode, rows, speaker, asked.user)
    if asked.get("remember") and label != speaker.name and asked.user.has_perm("people.add_alias"):
        Alias.objects.get_or_create(name=label, speaker=speaker)
    forget(episode)
    done = ngettext("“%(label)s” is %(name)s, in %(n)d place.", "“%(label)s” is %(name)s, in %(n)d places.", len(rows))
    open_ones = any(label.is_open for label in labels_of(episode))
    message = done % {"label": label or "–", "name": speaker, "n": len(rows)}
    return Done(message, stays=open_ones, more=[held] if held else [])


def _speaker(asked: Request) -> Speaker:
    """The one chosen, or a new one by the name that was typed."""
    name = " ".join(asked.get("new").split())
    key = asked.get("speaker")
    if key:
        chosen = Speaker.objects.filter(pk=int(key) if key.isdecimal() and len(key) < 19 else 0).first()
        if chosen is None:
            raise Refused(_("There is no such speaker."))
        return chosen
    if not name:
        raise Refused(_("Choose who that is, or type a name."))
    if not asked.user.has_perm("people.add_speaker"):
        raise Refused(_("%(name)s may not do this.") % {"name": asked.user.get_username()})
    known = Speaker.objects.filter(name=name)[:2]
    if len(known) == 1:
        return known[0]
    if known:
        raise Refused(_("Several are called %(name)s. Choose one in the episode's form.") % {"name": name})
    return Speaker.objects.create(name=name[:200], slug=free_slug_for(Speaker, name, "speaker"))


# --- the grid of names


def _decide_names(to: str) -> Callable[[Request], Done]:
    def act(asked: Request) -> Done:
        held = claim(asked)
        keys = [int(key) for key in asked.data.getlist("mention") if key.isdecimal() and len(key) < 19]
        rows = Mention.objects.filter(episode=asked.episode, pk__in=keys).select_related("entity")
        _same_as_seen(rows, asked.get("seen"))
        chosen = [row for row in rows if row.status != to]
        if not chosen:
            raise Refused(_("Nothing is chosen."))
        for row in chosen:
            row.episode = asked.episode
            transition(row, to, asked.user, asked.argument if to == Status.REJECTED else "")
        message = ngettext("%d name was decided.", "%d names were decided.", len(chosen)) % len(chosen)
        left = Mention.objects.filter(episode=asked.episode).undecided().exists()
        return Done(message, stays=left, more=[held] if held else [])

    return act


def _same_as_seen(rows: Any, seen: str) -> None:
    if not seen:
        return
    was = dict(pair.split(".", 1) for pair in seen.split(",") if "." in pair)
    told = [
        f"{row.entity}: {differences(row, f'.{row.version}')[0]}"
        for row in rows
        if was.get(str(row.pk)) not in (None, row.status)
    ]
    if told:
        raise Conflict(told)


def _tags(asked: Request) -> Done:
    """Take a tag away, or add one by name."""
    episode, name = asked.episode, " ".join(asked.get("tag").split())[:100]
    if not asked.user.has_perm("episodes.change_episode"):
        raise Refused(_("%(name)s may not do this.") % {"name": asked.user.get_username()})
    if not name:
        raise Refused(_("Nothing is chosen."))
    before = sorted(episode.tags.names())
    workflow.edited(episode, asked.user)
    (episode.tags.remove if asked.get("act") == "untag" else episode.tags.add)(name)
    workflow.tell_all([(episode, "tags", before, sorted(episode.tags.names()))], asked.user)
    return Done(_("Saved."), stays=True)


def _select(asked: Request) -> Done:
    """Words selected in a section: fixed, or made into something of their own."""
    row = _read(asked)
    held = claim(asked)
    message = words.make(asked.episode, row, asked.user, asked.data)
    forget(asked.episode)
    return Done(message, stays=True, more=[held] if held else [])


ACTS: dict[str, Callable[[Request], Done]] = {
    "accept": _decide(Status.ACCEPTED, lambda: _("Accepted.")),
    "verify": _decide(Status.EVERGREEN, lambda: _("Verified.")),
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
    "label": _name_label,
    "accept-names": _decide_names(Status.ACCEPTED),
    "reject-names": _decide_names(Status.REJECTED),
    "draft-names": _decide_names(Status.DRAFT),
    "tag": _tags,
    "untag": _tags,
    "select": _select,
}
