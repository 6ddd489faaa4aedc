"""Group Decisions, log entries and imports into acts: everything done by one key or button."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext as _

from episodes.bases import code_labels
from episodes.bases.users import User
from episodes.desk.history.sources import Sources
from episodes.desk.history.steps import Step, leftover_of, steps_of
from episodes.models import Decision, Note

# Decisions shown per act; a link leads to the rest.
SHOWN = 20
# A form's log entry is written in the same request as its Decisions, at most this much later.
SAME_REQUEST = timedelta(seconds=10)


@dataclass
class Act:
    """An act by keys only, so that an index of hundreds costs three queries."""

    at: datetime
    by: int | None = None
    act: uuid.UUID | None = None
    decisions: list[int] = field(default_factory=list)
    logs: list[int] = field(default_factory=list)
    note: int | None = None


@dataclass
class ShownAct:
    """An act for the template. `notes`: texts of log entries and imports, as (text, address of a note)."""

    at: datetime
    by: str
    key: str
    steps: list[Step]
    more: int = 0
    notes: list[tuple[str, int | None]] = field(default_factory=list)
    undone: str = ""
    undoes: str = ""


def index_of(sources: Sources) -> list[Act]:
    """Return all acts, newest first. Three queries."""
    by_act: dict[uuid.UUID, Act] = {}
    rows = sources.decisions.order_by("-at", "-pk").values_list("pk", "at", "act", "by_id")
    for key, at, act, by in rows:
        by_act.setdefault(act, Act(at, by, act)).decisions.append(key)
    acts = list(by_act.values())
    acts += _logged(sources, acts)
    acts += [Act(at, note=key) for key, at in sources.imports.values_list("pk", "imported_at")]
    return sorted(acts, key=lambda act: act.at, reverse=True)


def _logged(sources: Sources, acts: Iterable[Act]) -> list[Act]:
    """Return the acts with log entries attached; entries written without Decisions are acts of their own."""
    of_user: dict[int | None, list[Act]] = defaultdict(list)
    for act in acts:
        of_user[act.by].append(act)
    alone = []
    for key, at, by in sources.logs.order_by("-action_time", "-pk").values_list("pk", "action_time", "user_id"):
        near = [act for act in of_user[by] if abs(act.at - at) <= SAME_REQUEST]
        if near:
            min(near, key=lambda act: abs(act.at - at)).logs.append(key)
        else:
            alone.append(Act(at, by, logs=[key]))
    return alone


def split(act: Act) -> list[Act]:
    """Return an act as many acts of one Decision each, so that a large one can be paged through."""
    return [Act(act.at, act.by, act.act, [key]) for key in act.decisions]


def shown(acts: Sequence[Act], own: tuple[str, set[int]], users: Any, most: int = SHOWN) -> list[ShownAct]:
    """Return a page of acts for the template. The number of queries does not depend on the number of acts.

    `own`: (kind, keys) of the object whose history it is, which is not named again; `users`: queryset for names;
    `most`: Decisions shown per act.
    """
    keys = [key for act in acts for key in act.decisions[:most]]
    decisions = {each.pk: each for each in Decision.objects.filter(pk__in=keys).select_related("by")}
    steps = steps_of(list(decisions.values()), own)
    logs = LogEntry.objects.in_bulk([key for act in acts for key in act.logs])
    notes = Note.objects.without_text().in_bulk([act.note for act in acts if act.note])
    people = users.in_bulk({act.by for act in acts if act.by})
    undone, undoing = _undone(acts, decisions, people)
    found = []
    for act in acts:
        mine = [decisions[key] for key in act.decisions[:most] if key in decisions]
        notes_of_act: list[tuple[str, int | None]] = [
            (text, None) for key in act.logs if (text := leftover_of(logs[key], mine))
        ]
        if act.note in notes:
            notes_of_act.append((_imported(notes[act.note]), act.note))
        if not mine and not notes_of_act:
            continue  # The log entry adds nothing.
        found.append(
            ShownAct(
                at=act.at,
                by=name_of(people[act.by]) if act.by in people else _("Import"),
                key=str(act.act or ""),
                steps=[steps[each.pk] for each in mine],
                more=max(0, len(act.decisions) - most),
                notes=notes_of_act,
                undone=undone.get(act.act, ""),
                undoes=undoing.get(act.act, ""),
            )
        )
    return found


def name_of(user: User) -> str:
    """Return the user's full name, or the user name."""
    return user.get_full_name() or user.get_username()


def _imported(note: Note) -> str:
    said = {"name": note.name, "dialect": code_labels.dialect(note.dialect), "state": note.get_state_display()}
    return _("%(name)s was imported: %(dialect)s, %(state)s.") % said


def _undone(acts: Sequence[Act], decisions: dict[int, Decision], people: Any) -> tuple[dict, dict]:
    """Return ({act: undone by}, {act: undoes}) as sentences. Two queries.

    An act on many episodes can be undone in one of them; then it counts as undone there only.
    """
    where = {act.act: decisions[act.decisions[0]] for act in acts if act.decisions and act.decisions[0] in decisions}
    later = Decision.objects.filter(undoes__in=list(where)).select_related("by").order_by("pk")
    undone = {
        each.undoes: _("Undone by %(who)s.") % {"who": name_of(each.by)}
        for each in later
        if each.undoes and each.episode_id == where[each.undoes].episode_id
    }
    wanted = {act: each.undoes for act, each in where.items() if each.undoes}
    first = Decision.objects.filter(act__in=list(wanted.values())).select_related("by").order_by("-pk")
    before = {each.act: each for each in first}
    undoing = {
        act: _("Undoes what %(who)s did.") % {"who": name_of(before[undoes].by)}
        for act, undoes in wanted.items()
        if undoes in before
    }
    return undone, undoing
