"""Labels of prediction outcomes, as visitors read them on pages, in feeds and on share cards."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from episodes.models import Prediction

# In addresses and exports, for a prediction that has no outcome yet.
PENDING = "open"

# In the order of the filter and of the tally.
OUTCOME_LABELS: dict[str, Any] = {
    PENDING: _("Pending"),
    Prediction.Outcome.TRUE: _("Came true"),
    Prediction.Outcome.FALSE: _("Did not come true"),
    Prediction.Outcome.PARTLY: _("Partly"),
    Prediction.Outcome.AMBIGUOUS: _("Cannot be judged (ambiguous)"),
    Prediction.Outcome.UNRESOLVABLE: _("Cannot be judged (no evidence)"),
}


def outcome_label(prediction: Prediction) -> str:
    """Return the outcome in the active language, "Pending" before there is one."""
    return str(OUTCOME_LABELS.get(prediction.outcome or PENDING, prediction.outcome))
