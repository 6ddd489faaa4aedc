"""Return submitted text when a request is refused, beside the stored text, so that nothing is typed twice."""

from __future__ import annotations

from typing import Any

from episodes.desk.review.actions import Request, decisions_since
from episodes.desk.review.item_forms import ThingForm, form_of
from episodes.desk.review.panel_cache import cached_speakers


def recovered_form(asked: Request, row: Any) -> ThingForm | None:
    """Return a form with the submitted text over the current row; None if the text is the same."""
    kind, speakers = asked.thing.kind, cached_speakers(asked.episode)
    form = form_of(kind, row, asked.data, speakers)
    if form is None or not form.has_changed():
        return None
    data = asked.data.copy()
    for name, was in _before(asked, row).items():
        # Sent along unchanged: keep what another user has saved since.
        if name in form.fields and not form.fields[name].has_changed(was, form[name].data):
            data[name] = form[name].initial
    again = form_of(kind, row, data, speakers)
    return again if again is not None and again.has_changed() else None


def _before(asked: Request, row: Any) -> dict[str, Any]:
    """Return the values that the changed fields had when the row was loaded."""
    found: dict[str, Any] = {}
    for decision in decisions_since(row, asked.get("seen")).order_by("-pk"):
        found |= {name: old for name, (old, _new) in decision.changes.items()}
    return found
