"""Template tags of the desk's index page."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from episodes.desk.base import LONG, address_of
from episodes.desk.view_permissions import may_view_whole
from episodes.models import Episode, Finding, Prediction
from episodes.workflow import CLAIM_LAPSES_AFTER, reports

register = template.Library()


@register.filter
def may_search(user: Any) -> bool:
    """Return whether the user may search the desk: whether everything that is found may be viewed."""
    return bool(user.is_active and user.is_staff and may_view_whole(user))


# Claimed episodes listed on the index page.
IN_HAND = 5


@register.simple_tag(takes_context=True)
def in_hand(context: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the episodes claimed by the user, most recently changed first. One query."""
    user = context["request"].user
    if not (user.has_perm("episodes.review_episode") and user.has_perm("episodes.view_episode")):
        return []
    mine = Episode.objects.filter(claimed_by=user, claimed_at__gt=timezone.now() - CLAIM_LAPSES_AFTER)
    rows = mine.filter(status=Episode.Status.IN_REVIEW).order_by("-claimed_at").defer(*LONG)[:IN_HAND]
    return [{"episode": row, "address": address_of(row, "review")} for row in rows]


@register.simple_tag(takes_context=True)
def work_list(context: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the counts of open tasks that are not zero, with links.

    Three queries: episodes by status, open findings, predictions.
    """
    user = context["request"].user
    if not user.has_perm("episodes.view_episode"):
        return []
    # Working copies count in the status shown by the list, and separately.
    counted = Episode.objects.order_by().values_list("status").annotate(n=Count("pk"), copies=Count("revises"))
    found, status = list(counted), Episode.Status
    count, copies = {key: n for key, n, _copies in found}, sum(copies for *_status, copies in found)
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
    work.append({"count": copies, "label": _("with unpublished changes"), "address": f"{episodes}?next=changes"})
    if user.has_perm("episodes.view_finding"):
        work += _findings_open()
    if user.has_perm("episodes.view_prediction"):
        address = f"{reverse('admin:episodes_prediction_changelist')}?due=due"
        work.append({"count": Prediction.objects.due().count(), "label": _("predictions due"), "address": address})
    return [line for line in work if line["count"]]


def _findings_open() -> list[dict[str, Any]]:
    findings = reverse("admin:episodes_finding_changelist")
    errors, reported = Q(severity=Finding.Severity.ERROR), Q(code=reports.CODE)
    found_open = Finding.objects.open().aggregate(n=Count("pk", filter=errors), reported=Count("pk", filter=reported))
    addresses = (
        f"{findings}?state__exact=open&severity__exact=error",
        f"{findings}?state__exact=open&code={reports.CODE}",
    )
    return [
        {"count": found_open["n"], "label": _("open errors"), "address": addresses[0]},
        {"count": found_open["reported"], "label": _("reported by readers"), "address": addresses[1]},
    ]
