"""What was typed comes back where it was refused, beside what is stored now: nobody types it twice."""

from __future__ import annotations

from typing import Any

from episodes.desk.review.actions import Request, decisions_since
from episodes.desk.review.item_forms import ThingForm, form_of
from episodes.desk.review.panel_cache import cached_speakers


def recovered_form(asked: Request, row: Any) -> ThingForm | None:
    """The form with the words that were sent, over the row as it is now; None where they say nothing else than that."""
    kind, speakers = asked.thing.kind, cached_speakers(asked.episode)
    form = form_of(kind, row, asked.data, speakers)
    if form is None or not form.has_changed():
        return None
    data = asked.data.copy()
    for name, was in _before(asked, row).items():
        # Not typed, only sent along: what somebody else has put there since stays.
        if name in form.fields and not form.fields[name].has_changed(was, form[name].data):
            data[name] = form[name].initial
    again = form_of(kind, row, data, speakers)
    return again if again is not None and again.has_changed() else None


def _before(asked: Request, row: Any) -> dict[str, Any]:
    """What stood in the fields that were changed since the row was read."""
    found: dict[str, Any] = {}
    for decision in decisions_since(row, asked.get("seen")).order_by("-pk"):
        found |= {name: old for name, (old, _new) in decision.changes.items()}
    return found
