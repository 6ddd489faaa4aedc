"""What became of a prediction: who may say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes.models import Prediction
from episodes.workflow.items import SLEPT_OVER


def not_second(prediction: Prediction, by: Any) -> Iterator[str]:
    """The refusal, if it is the criteria's own author who resolves; alone only where the site allows it."""
    if prediction.criteria_by_id != by.pk:
        return
    if not settings.GREENROOM_SELF_VERIFY:
        yield _("Who resolves a prediction is not who wrote its criteria.")
    elif prediction.criteria_at is None or timezone.now() - prediction.criteria_at < SLEPT_OVER:
        yield _("You wrote its criteria less than 24 hours ago. Resolve it tomorrow.")
