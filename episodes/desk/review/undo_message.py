"""The description of an undo, and the thing to show after it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from episodes.desk.review.queue import (
    MODELS,
    NAMES,
    SPEAKERS,
    SUMMARY,
)
from episodes.models import Decision, Episode, Finding

# Characters of a thing's text; things named individually.
LONGEST, NAMED = 60, 3


def undo_message(undone: list[Decision], episode: Episode) -> list[str]:
    """Return what was undone as sentences.

    `undone`: newest first, as returned by `workflow.undo`; `episode`: as stored now.
    """
    by_row = _by_row(undone)
    lines = [_line(made) for made in list(by_row.values())[:NAMED]]
    sentences = [_("Undone: %(what)s.") % {"what": "; ".join(lines)}] if lines else [_("Undone.")]
    if (more := len(by_row) - NAMED) > 0:
        sentences.append(ngettext("%d more item.", "%d more items.", more) % more)
    if episode.claimed_by_id is None and any(_is_move(made) for made in undone):
        sentences.append(_released(episode))
    return sentences


def _released(episode: Episode) -> str:
    if episode.status == Episode.Status.DRAFT:
        return _("No item is reviewed any more: the episode is a draft again and unassigned.")
    return _("The episode is unassigned now.")


def thing_to_show(undone: list[Decision]) -> str:
    """Return the id of the first thing the act was about; "" if the screen has none for it."""
    by_row = _by_row(undone)
    ids = [_id_of(made) for made in by_row.values()]
    if len(by_row) > 1 and all(made[0].changes.keys() == {"speaker"} for made in by_row.values()):
        return SPEAKERS
    return next((id for id in ids if id), "")


def _by_row(undone: list[Decision]) -> dict[tuple[int, int, str], list[Decision]]:
    """Return the decisions by target, oldest first, without transitions of the episode and settled findings."""
    made = [decision for decision in reversed(undone) if not _is_move(decision)]
    others = [decision for decision in made if _model_of(decision) is not Finding]
    found: dict[tuple[int, int, str], list[Decision]] = {}
    for decision in others or made:
        found.setdefault((decision.target_type_id, decision.target_id, _part(decision)), []).append(decision)
    return found


def _is_move(decision: Decision) -> bool:
    return _model_of(decision) is Episode and not decision.field and not decision.changes


def _model_of(decision: Decision) -> Any:
    return decision.target_type.model_class()


def _part(decision: Decision) -> str:
    """Return the part of an episode the decision is about: summary, tags, or its own fields."""
    if _model_of(decision) is not Episode:
        return ""
    return SUMMARY if decision.field or "summary" in decision.changes else "tags" if "tags" in decision.changes else ""


def _id_of(made: list[Decision]) -> str:
    model, decision = _model_of(made[0]), made[0]
    if model is Finding:
        return _target_of_finding(decision)
    if model is Episode:
        return {SUMMARY: SUMMARY, "tags": NAMES, "": ""}[_part(decision)]
    name = model._meta.model_name
    named = {"mention": NAMES, "appearance": SPEAKERS}
    return named.get(name) or (f"{name}-{decision.target_id}" if name in MODELS else "")


def _target_of_finding(decision: Decision) -> str:
    finding = Finding.objects.filter(pk=decision.target_id).select_related("target_type").first()
    if finding is None or finding.target_type is None:
        return ""
    name = finding.target_type.model
    if name == "episode":
        return SUMMARY if finding.field == "summary" else ""
    return {"mention": NAMES, "appearance": SPEAKERS}.get(name) or f"{name}-{finding.target_id}"


# --- sentences


def _line(made: list[Decision]) -> str:
    """Return one thing with what was restored: “Early.”, time and text restored, draft."""
    first, model = made[0], _model_of(made[0])
    row = model._base_manager.filter(pk=first.target_id).first()
    named = {"kind": model._meta.verbose_name, "what": _name_of(row, first)}
    if not first.from_status and model is not Finding:
        return _("%(kind)s removed again") % named
    fields = {name for decision in made for name in decision.changes}
    parts = [_fields_of(model, fields)] if fields else []
    decided = [decision for decision in made if decision.from_status != decision.to_status]
    if decided and row is not None:
        parts.append(_("%(status)s again") % {"status": _status_of(row, first)})
    return f"{_('%(kind)s “%(what)s”') % named}: {', '.join(parts)}"


def _name_of(row: Any, decision: Decision) -> str:
    if isinstance(row, Episode) and _part(decision) == SUMMARY:
        return str(_("summary"))
    return Truncator("" if row is None else str(row)).chars(LONGEST)


def _fields_of(model: Any, names: Iterable[str]) -> str:
    # In the model's order: PostgreSQL reorders the keys of JSON.
    labels = [str(field.verbose_name) for field in model._meta.get_fields() if field.name in set(names)]
    return _("%(fields)s restored") % {"fields": ", ".join(labels)}


def _status_of(row: Any, decision: Decision) -> str:
    if isinstance(row, Episode):
        return str(row.get_summary_status_display())
    return str(row.get_state_display() if isinstance(row, Finding) else row.get_status_display())
