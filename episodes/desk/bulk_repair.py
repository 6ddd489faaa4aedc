"""Bulk fixes: apply the same suggested fix to many episodes, with a preview, as one undoable act."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from episodes import workflow
from episodes.bases import code_labels
from episodes.bases.users import User, staff_user
from episodes.desk import repair
from episodes.desk.base import key_in, message_result
from episodes.desk.list_actions import MOST, message_refusals
from episodes.desk.view_permissions import may_view_whole
from episodes.models import ITEMS, Appearance, Decision, Episode, Finding, Mention, Section
from episodes.workflow import Refused

# Rows in the preview; the rest is counted.
SHOWN = 200
FILTERS = ("code", "severity", "episode")


class Row(NamedTuple):
    """One line of the preview."""

    finding: Finding
    target: str
    lines: list[repair.Line]


def may_repair(request: HttpRequest) -> bool:
    """Return whether the user may change episodes and findings.

    Whether a single fix may be applied is checked again for each.
    """
    may = request.user.has_perm("episodes.change_finding") and request.user.has_perm("episodes.change_episode")
    return may and may_view_whole(staff_user(request))


def chosen(given: Any) -> dict[str, str]:
    """Return the filters in a query or form: {name: value}, accepting the list's names (`code__exact`) too."""
    found = {name: given.get(name) or given.get(f"{name}__exact") or "" for name in FILTERS}
    # PostgreSQL refuses NUL in a text.
    return {name: clean for name, value in found.items() if (clean := value.replace("\0", ""))}


def repairable(filters: dict[str, str]) -> QuerySet[Finding]:
    """Return the open findings with a suggested fix that match the filters."""
    rows = Finding.objects.open().filter(repair__isnull=False)
    for name in ("code", "severity"):
        if name in filters:
            rows = rows.filter(**{name: filters[name]})
    if "episode" in filters:
        rows = rows.filter(episode=key_in(filters["episode"]) or 0)
    return rows.order_by("episode", "pk")


class BulkRepairMixin:
    """Pages of FindingAdmin for many fixes at once."""

    admin_site: Any
    opts: Any

    def repairing_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("repairs/", view(self.repairs_view), name="episodes_finding_repairs"),
            path("repairs/apply/", view(self.repair_all_view), name="episodes_finding_repair_all"),
            path("repairs/undo/", view(self.undo_repairs_view), name="episodes_finding_undo_repairs"),
        ]

    def repairs_view(self, request: HttpRequest) -> HttpResponse:
        """Show the codes that have fixes; with `code` in the query, what its fixes would change."""
        if not may_repair(request):
            raise PermissionDenied
        filters = chosen(request.GET)
        found = repairable(filters)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Fix all"),
            "opts": self.opts,
            "filters": filters,
            "named": code_labels.finding_code(filters["code"]) if "code" in filters else "",
            "codes": _codes(found) if "code" not in filters else [],
            "back": f"{reverse('admin:episodes_finding_changelist')}?{_as_list_filters(filters)}",
            "act": _own_act(request),
        }
        if "code" in filters:
            totals = found.aggregate(total=Count("pk"), last=Max("pk"), episodes=Count("episode", distinct=True))
            context |= {"rows": _rows(found), "most": MOST, **totals}
            context["more"] = max(0, totals["total"] - SHOWN)
        return TemplateResponse(request, "desk/finding/bulk_repair.html", context)

    @method_decorator(require_POST)
    def repair_all_view(self, request: HttpRequest) -> HttpResponse:
        """POST the filters and `last`, the newest finding in the preview: later findings are not applied unseen.

        `shown`: keys of the findings that had a checkbox; `take`: those that were left ticked.
        """
        if not may_repair(request):
            raise PermissionDenied
        filters, last = chosen(request.POST), key_in(request.POST.get("last"))
        if "code" not in filters or last is None:
            messages.error(request, _("Select what to fix first. Nothing was changed."))
            return _back(filters)
        found = repairable(filters).filter(pk__lte=last).exclude(pk__in=_left_out(request.POST))
        keys = list(found.values_list("episode", "pk")[:MOST])
        with workflow.one_act() as act:
            done, refusals = _apply(keys, staff_user(request))
        message_refusals(request, refusals)
        if not done:
            messages.info(request, _("There was nothing left to fix."))
            return _back(filters)
        messages.success(request, ngettext("%d fix applied.", "%d fixes applied.", done) % done)
        return _back(filters, act=str(act))

    @method_decorator(require_POST)
    def undo_repairs_view(self, request: HttpRequest) -> HttpResponse:
        """POST `act`: undo exactly this act, in all episodes."""
        if not may_repair(request):
            raise PermissionDenied
        act = _uuid(request.POST.get("act"))
        try:
            if act is None:
                raise Refused(_("There is nothing to undo."))
            workflow.undo_act(act, staff_user(request))
            messages.success(request, _("The fix was undone in all episodes."))
        except Refused as refused:
            message_result(request, refused)
        return _back(chosen(request.POST))


def _left_out(data: Any) -> set[int]:
    """Return the keys of unticked findings. A finding without a checkbox is not left out."""
    shown, taken = ({key_in(text) for text in data.getlist(name)} for name in ("shown", "take"))
    return {key for key in shown - taken if key is not None}


def _codes(found: QuerySet[Finding]) -> list[Any]:
    counted = found.order_by("code").values("code").annotate(n=Count("pk"), episodes=Count("episode", distinct=True))
    return [{**row, "name": code_labels.finding_code(row["code"])} for row in counted]


def _rows(found: QuerySet[Finding]) -> list[Row]:
    """Return the rows of the preview. Targets take one query per kind, with the texts that would be replaced."""
    shown = found.select_related("target_type", "episode").defer("episode__extra", "episode__insight")
    shown = shown.prefetch_related(GenericPrefetch("target", _targets()))[:SHOWN]
    return [Row(finding, str(finding.target or "–")[:80], repair.preview(finding, finding.target)) for finding in shown]


def _targets() -> list[QuerySet]:
    plain = [model._default_manager.all() for model in (*ITEMS, Appearance, Episode) if model is not Mention]
    return [*plain, Mention.objects.select_related("entity"), Section.objects.defer("html")]


def _apply(keys: Iterable[tuple[int, int]], by: User) -> tuple[int, list[tuple[Finding, Refused]]]:
    """Apply the fixes, each episode in its own transaction: one long transaction would block all other writers."""
    of_episode: dict[int, list[int]] = {}
    for episode, key in keys:
        of_episode.setdefault(episode, []).append(key)
    done, refusals = 0, []
    for episode, own in of_episode.items():
        count, refused = repair.apply_in(episode, own, by)
        done += count
        refusals += refused
    return done, refusals


def _own_act(request: HttpRequest) -> str:
    """Return the act just done, if it is by this user and not undone yet; else ""."""
    act = _uuid(request.GET.get("act"))
    if act is None or not Decision.objects.filter(act=act, by=request.user.pk, undoes=None).exists():
        return ""
    return "" if Decision.objects.filter(undoes=act).exists() else str(act)


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def _as_list_filters(filters: dict[str, str]) -> str:
    return urlencode({name if name == "episode" else f"{name}__exact": value for name, value in filters.items()})


def _back(filters: dict[str, str], **more: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('admin:episodes_finding_repairs')}?{urlencode({**filters, **more})}")
