"""What a key or a button asks for, and what may come of it."""

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
from episodes.bases import labels, stored_messages
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

    @property
    def key(self) -> int:
        """The argument as a primary key; 0 for anything else. A longer number overflows SQLite."""
        return int(self.argument) if self.argument.isdecimal() and len(self.argument) < 19 else 0


@dataclass
class Done:
    """What came of it. stays: the same thing is shown again; goes_to: the id of another than the next; release: nothing
    is decided in the episode any more, so that it can be given back as it was.
    """

    message: str
    stays: bool = False
    goes_to: str = ""
    more: list[str] = field(default_factory=list)
    release: bool = False


def thing_named(id: str, episode_key: int) -> Thing | None:
    """A thing by its id alone: its row is read by itself, and the queue is asked for afterwards."""
    if id in (SPEAKERS, NAMES, SUMMARY):
        return Thing(id, episode_key if id == SUMMARY else 0, "", 0)
    kind, _dash, key = id.partition("-")
    if kind not in MODELS or not key.isdecimal() or len(key) > 18:
        return None
    return Thing(kind, int(key), "", 0)


def request_for(thing: Thing, episode_key: int, user: Any, data: QueryDict) -> Request | None:
    """The request with its row and its episode, in one query where the thing has a row; None without an episode."""
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
    """Who begins to decide holds the episode. Returns what to say about it."""
    episode = asked.episode
    if not workflow.is_claimable(episode) or not asked.user.has_perm("episodes.review_episode"):
        return ""
    workflow.transition(episode, Episode.Status.IN_REVIEW, asked.user)
    return "" if workflow.works_alone() else _("You hold this episode now.")


def may_not(user: Any) -> workflow.Refused:
    return workflow.Refused(_("%(name)s may not do this.") % {"name": user.get_username()})


# --- what somebody else did


def seen(status: str, version: int) -> str:
    """What a decision says it has seen: another status or version since is a conflict."""
    return f"{status}.{version}"


def status_of(row: Any) -> str:
    return row.summary_status if isinstance(row, Episode) else row.status


def seen_of(row: Any) -> str:
    # The version of an episode grows with every word of it; its summary is the same as long as its own words are.
    version = zlib.crc32(row.summary.encode("utf-8", "replace")) if isinstance(row, Episode) else row.version
    return seen(status_of(row), version)


def same_as_seen(asked: Request) -> Any:
    """The row as it is now. Raises Conflict if it is not the one that was seen."""
    row = asked.row
    if row is None:
        raise Conflict([_("It is no longer there.")])
    if asked.get("seen") and asked.get("seen") != seen_of(row):
        raise Conflict(differences(row, asked.get("seen")))
    return row


def decisions_since(row: Any, seen: str) -> QuerySet[Decision]:
    """The decisions upon it that are newer than what was seen; of a summary, whose versions are not counted, all."""
    found = Decision.objects.filter(target_type__model=row._meta.model_name, target_id=row.pk)
    if isinstance(row, Episode):
        return found.filter(Q(field="summary") | Q(changes__has_key="summary"))
    if (version := seen.rpartition(".")[2]).isdecimal() and len(version) < 10:
        return found.filter(version__gte=int(version))
    return found


def differences(row: Any, seen: str) -> list[str]:
    """Who did what since."""
    newest = decisions_since(row, seen).select_related("by").order_by("-pk")[:3]
    told = [_told(decision) for decision in newest]
    return told or [_("Somebody else has changed this meanwhile. Nothing was saved.")]


def _told(decision: Decision) -> str:
    when, who = time_format(localtime(decision.at)), decision.by.get_username()
    if decision.changes:
        words = "; ".join(_changed(decision, name, *both) for name, both in decision.changes.items())
        return _("%(who)s changed it at %(when)s. %(words)s") % {"who": who, "when": when, "words": words}
    label = labels.status_of(decision, decision.to_status)
    return _("%(who)s decided at %(when)s: %(status)s.") % {"who": who, "when": when, "status": label}


def _changed(decision: Decision, name: str, old: Any, new: Any) -> str:
    """One field with its words before and after, as people read them."""
    model: Any = ContentType.objects.get_for_id(decision.target_type_id).model_class()
    before, after = (snapshot_diff.readable_value(model, name, value) for value in (old, new))
    return f"{stored_messages.field_label(model, name)}: “{before}” → “{after}”"
