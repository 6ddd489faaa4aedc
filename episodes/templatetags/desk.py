"""What the desk's first page says beyond Django's."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from episodes.models import Episode, Finding, Prediction

register = template.Library()


@register.simple_tag(takes_context=True)
def work_list(context: dict[str, Any]) -> list[dict[str, Any]]:
    """What waits for somebody. Three queries: episodes by status, open errors, predictions that are due."""
    user = context["request"].user
    if not user.has_perm("episodes.view_episode"):
        return []
    counted = Episode.objects.library().order_by().values_list("status").annotate(n=Count("pk"))
    count, status = dict(counted), Episode.Status
    episodes = reverse("admin:episodes_episode_changelist")
    lines = [
        (status.DRAFT, _("drafts")),
        (status.IN_REVIEW, _("in review")),
        (status.CHANGES_REQUESTED, _("changes requested")),
        (status.APPROVED, _("to be published")),
    ]
    work = [
        {"count": count.get(key, 0), "label": label, "address": f"{episodes}?status__exact={key}"}
        for key, label in lines
    ]
    findings = reverse("admin:episodes_finding_changelist")
    address = f"{findings}?state__exact=open&severity__exact=error"
    work.append({"count": Finding.objects.blocking().count(), "label": _("open errors"), "address": address})
    if user.has_perm("episodes.view_prediction"):
        address = f"{reverse('admin:episodes_prediction_changelist')}?due=due"
        work.append({"count": Prediction.objects.due().count(), "label": _("predictions due"), "address": address})
    return work
