"""Requests of the review screen, their results, and the check for conflicts."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.formats import time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from episodes import workflow
from episodes.bases import code_labels, stored_messages
from episodes.bases.users import User
from episodes.desk.review.queue import (
    MODELS,
    NAMES,
    SPEAKERS,
    SUMMARY,
    Thing,
)
from episodes.models import Decision, Episode
from episodes.workflow import snapshot_diff


class Conflict(Exception):
    """The thing has changed since it was loaded. `differences`: sentences on who changed what."""

    def __init__(self, differences: list[str]) -> None:
        super().__init__(" ".join(differences))
        self.differences = differences


class Invalid(Exception):
    """The form is invalid; it is shown again with the submitted values."""

    def __init__(self, form: Any) -> None:
        super().__init__(str(form.errors))
        self.form = form


@dataclass
class Request:
    """One POST: user, thing, data."""

    episode: Episode
    thing: Thing
    user: User
    data: QueryDict
    row: Any = None
    # The part after the colon: `reject:trivial`, `repair:12`.
    argument: str = ""

    def get(self, name: str) -> str:
        return self.data.get(name, "")

    @property
    def key(self) -> int:
        """Return the argument as a primary key; 0 for anything else.

        At most 18 digits: longer numbers overflow SQLite.
        """
        return int(self.argument) if self.argument.isdecimal() and len(self.argument) < 19 else 0


@dataclass
class Done:
    """The result of an action.

    `stays`: show the same thing again; `goes_to`: id of the thing to show instead of the next; `release`: nothing in
    the episode is decided any more, so its claim can be released.
    """

    message: str
    stays: bool = False
    goes_to: str = ""
    more: list[str] = field(default_factory=list)
    release: bool = False


def thing_named(id: str, episode_key: int) -> Thing | None:
    """Return a thing by its id alone, without loading the queue."""
    if id in (SPEAKERS, NAMES, SUMMARY):
        return Thing(id, episode_key if id == SUMMARY else 0, "", 0)
    kind, _dash, key = id.partition("-")
    if kind not in MODELS or not key.isdecimal() or len(key) > 18:
        return None
    return Thing(kind, int(key), "", 0)


def request_for(thing: Thing, episode_key: int, user: User, data: QueryDict) -> Request | None:
    """Return the request with its row and episode, in one query; None if there is no such episode."""
    if thing.kind in MODELS:
        rows = MODELS[thing.kind]._default_manager.select_related("episode__claimed_by")
        row = rows.filter(pk=thing.key, episode=episode_key).first()
        if row is not None:
            return Request(row.episode, thing, user, data, row)
    episode = Episode.objects.select_related("claimed_by").filter(pk=episode_key).first()
    if episode is None:
        return None
    return Request(episode, thing, user, data, episode if thing.kind == SUMMARY else None)


def claim(asked: Request) -> str:
    """Claim the episode for the user if it is unassigned. Returns the message about it, or ""."""
    episode = asked.episode
    if not workflow.is_claimable(episode) or not asked.user.has_perm("episodes.review_episode"):
        return ""
    workflow.transition(episode, Episode.Status.IN_REVIEW, asked.user)
    return "" if workflow.works_alone() else _("Review started. The episode is assigned to you.")


def may_not(user: User) -> workflow.Refused:
    """Return the refusal for a missing permission."""
    return workflow.Refused(_("%(name)s does not have permission to do this.") % {"name": user.get_username()})


# --- conflicts


def seen(status: str, version: int) -> str:
    """Return status and version as one string, sent with each form to detect conflicts."""
    return f"{status}.{version}"


def status_of(row: Any) -> str:
    """Return the status of a row; of an episode that of its summary."""
    return row.summary_status if isinstance(row, Episode) else row.status


def seen_of(row: Any) -> str:
    """Return the `seen` string of a row as it is now."""
    # An episode's version changes with each of its fields, so a summary is compared by its text.
    version = zlib.crc32(row.summary.encode("utf-8", "replace")) if isinstance(row, Episode) else row.version
    return seen(status_of(row), version)


def same_as_seen(asked: Request) -> Any:
    """Return the row as stored now. Raises Conflict if it differs from the one that was loaded."""
    row = asked.row
    if row is None:
        raise Conflict([_("This item no longer exists.")])
    if asked.get("seen") and asked.get("seen") != seen_of(row):
        raise Conflict(differences(row, asked.get("seen")))
    return row


def decisions_since(row: Any, seen: str) -> QuerySet[Decision]:
    """Return the decisions on the row since it was loaded; for a summary, which has no version, all."""
    found = Decision.objects.filter(target_type__model=row._meta.model_name, target_id=row.pk)
    if isinstance(row, Episode):
        return found.filter(Q(field="summary") | Q(changes__has_key="summary"))
    if (version := seen.rpartition(".")[2]).isdecimal() and len(version) < 10:
        return found.filter(version__gte=int(version))
    return found


def differences(row: Any, seen: str) -> list[str]:
    """Return sentences on who changed what since the row was loaded."""
    newest = decisions_since(row, seen).select_related("by").order_by("-pk")[:3]
    sentences = [_sentence(decision) for decision in newest]
    return sentences or [_("Someone else changed this in the meantime. Nothing was saved.")]


def _sentence(decision: Decision) -> str:
    when, who = time_format(localtime(decision.at)), decision.by.get_username()
    if decision.changes:
        words = "; ".join(_changed(decision, name, *both) for name, both in decision.changes.items())
        return _("%(who)s changed it at %(when)s. %(words)s") % {"who": who, "when": when, "words": words}
    label = code_labels.status_of(decision, decision.to_status)
    return _("%(who)s set the status at %(when)s: %(status)s.") % {"who": who, "when": when, "status": label}


def _changed(decision: Decision, name: str, old: Any, new: Any) -> str:
    """Return a field with its text before and after, for display."""
    model: Any = ContentType.objects.get_for_id(decision.target_type_id).model_class()
    before, after = (snapshot_diff.readable_value(model, name, value) for value in (old, new))
    return f"{stored_messages.field_label(model, name)}: “{before}” → “{after}”"
