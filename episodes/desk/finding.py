"""Findings (shown as flags): list, page, and the actions that resolve, waive, reopen or fix them."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from episodes import workflow
from episodes.bases.users import staff_user
from episodes.desk import repair
from episodes.desk.base import (
    BaseAdmin,
    EpisodeFilter,
    address_of,
    link_to,
    message_result,
    state,
)
from episodes.desk.bulk_repair import BulkRepairMixin, chosen, may_repair
from episodes.desk.list_actions import message_refusals, too_many
from episodes.desk.list_filters import FindingCodeFilter
from episodes.desk.record_links import field_of, target_of
from episodes.importing import second_files
from episodes.models import Episode, Finding
from episodes.workflow import Refused

FINDING_STATES = (
    (Finding.State.RESOLVED, _("Mark as resolved")),
    (Finding.State.WAIVED, _("Waive")),
    (Finding.State.OPEN, _("Reopen")),
)


class ReasonForm(ActionForm):
    """The list's action and the reason for waiving."""

    reason = forms.CharField(label=_("reason for waiving"), required=False, max_length=1000)


@admin.register(Finding)
class FindingAdmin(BulkRepairMixin, BaseAdmin):
    """List and page of findings; editors resolve, waive or reopen them, or apply their fix."""

    list_display = ("sentence", "seriousness", "state", "episode_link", "created_at")
    list_display_links = ("sentence",)
    list_filter = ("state", "severity", "origin", ("code", FindingCodeFilter), EpisodeFilter)
    list_select_related = ("episode", "target_type")
    search_fields = ("message", "code", "episode__title")
    ordering = ("-pk",)
    fields = (
        "state",
        "sentence",
        "seriousness",
        "kind",
        "episode_link",
        "about",
        "of_field",
        "origin",
        "proposal",
        "created_at",
    )
    readonly_fields = fields
    action_form = ReasonForm
    fields_of_actions: ClassVar[dict[str, str]] = {"waive_selected": "reason"}
    actions = ("resolve_selected", "waive_selected", "open_selected", "apply_selected")

    def listed(self, rows: QuerySet) -> QuerySet:
        return super().listed(rows).defer("repair")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _set_state(self, request: HttpRequest, queryset: QuerySet, to: str) -> None:
        if too_many(request, queryset):
            return
        reason, changed, refusals = request.POST.get("reason", ""), 0, []
        with workflow.one_act():
            for finding in queryset.select_related(None).prefetch_related("episode__claimed_by").exclude(state=to):
                try:
                    workflow.transition(finding, to, staff_user(request), reason)
                    changed += 1
                except Refused as refused:
                    refusals.append((finding, refused))
        message_refusals(request, refusals)
        if changed or not refusals:
            done = ngettext("%d flag updated.", "%d flags updated.", changed)
            messages.success(request, done % changed)

    @admin.action(description=_("Mark as resolved"), permissions=["change"])
    def resolve_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._set_state(request, queryset, Finding.State.RESOLVED)

    @admin.action(description=_("Waive"), permissions=["change"])
    def waive_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._set_state(request, queryset, Finding.State.WAIVED)

    @admin.action(description=_("Reopen"), permissions=["change"])
    def open_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._set_state(request, queryset, Finding.State.OPEN)

    @admin.action(description=_("Apply the suggested fix"), permissions=["change"])
    def apply_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        if too_many(request, queryset):
            return
        done, refusals = 0, []
        for finding in queryset.order_by("pk"):
            try:
                # One by one, each loaded anew: two findings can be about one row.
                repair.apply(finding.pk, staff_user(request))
                done += 1
            except Finding.DoesNotExist:
                continue  # An earlier fix resolved it.
            except Refused as refused:
                refusals.append((finding, refused))
        message_refusals(request, refusals)
        if done:
            messages.success(request, ngettext("%d fix applied.", "%d fixes applied.", done) % done)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/apply/", view(self.apply_view), name="episodes_finding_apply"),
            path("<int:pk>/settle/", view(self.settle_view), name="episodes_finding_settle"),
            *self.repairing_urls(),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST `to`, and the `reason` of a waiver."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        finding = get_object_or_404(Finding.objects.select_related("episode__claimed_by"), pk=pk)
        try:
            workflow.transition(
                finding, request.POST.get("to", ""), staff_user(request), request.POST.get("reason", "")
            )
            messages.success(
                request, gettext("Status of the flag: %(state)s.") % {"state": finding.get_state_display()}
            )
        except Refused as refused:
            message_result(request, refused)
        kept = self.get_preserved_filters(request)
        return HttpResponseRedirect(address_of(finding) + (f"?{kept}" if kept else ""))

    @method_decorator(require_POST)
    def apply_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: apply the suggested fix."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        finding = get_object_or_404(Finding.objects.select_related("target_type"), pk=pk)
        if not repair.may_apply(finding, staff_user(request)):
            raise PermissionDenied
        kept = self.get_preserved_filters(request)
        try:
            repair.apply(pk, staff_user(request))
            messages.success(request, gettext("The fix was applied."))
        except Refused as refused:
            message_result(request, refused)
        if Finding.objects.filter(pk=pk).exists():
            return HttpResponseRedirect(address_of(finding) + (f"?{kept}" if kept else ""))
        # The checks ran again and removed the finding.
        return HttpResponseRedirect(address_of(Episode(pk=finding.episode_id)))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        finding = kwargs.get("obj")
        if finding is not None and finding.state == Finding.State.OPEN and finding.repair:
            well_formed = repair.is_well_formed(finding.repair)
            may = (
                well_formed
                and repair.may_apply(finding, staff_user(request))
                and workflow.open_to_edits(finding.episode)
            )
            if may and self.has_change_permission(request, finding):
                kept = self.get_preserved_filters(request)
                address = address_of(finding, "apply") + (f"?{kept}" if kept else "")
                context["repair"] = {"address": address, "proposal": repair.proposal(finding)}
        if finding is not None and finding.code == second_files.CODE:
            context["second_file"] = second_files.note_of(finding)
        if finding is not None and self.has_change_permission(request, finding):
            context["finding_moves"] = {
                "address": address_of(finding, "settle"),
                "state": state(finding.state, finding.get_state_display()),
                "to": [(to, label) for to, label in FINDING_STATES if to != finding.state],
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Add the link to the bulk fixes of the listed findings."""
        more = dict(extra_context or {})
        if may_repair(request):
            more["repairs"] = f"{reverse('admin:episodes_finding_repairs')}?{urlencode(chosen(request.GET))}"
        return super().changelist_view(request, more)

    @admin.display(description=_("message"), ordering="message")
    def sentence(self, obj: Finding) -> str:
        return obj.text

    @admin.display(description=_("kind"), ordering="code")
    def kind(self, obj: Finding) -> str:
        return obj.kind

    @admin.display(description=_("field"))
    def of_field(self, obj: Finding) -> str:
        return field_of(obj)

    @admin.display(description=_("suggested fix"))
    def proposal(self, obj: Finding) -> str:
        return repair.proposal(obj)

    @admin.display(description=_("severity"), ordering="severity")
    def seriousness(self, obj: Finding) -> str:
        return state(obj.severity, obj.get_severity_display())

    @admin.display(description=_("about"))
    def about(self, obj: Finding) -> str:
        return target_of(obj)

    @admin.display(description=_("episode"), ordering="episode__title")
    def episode_link(self, obj: Finding) -> str:
        return link_to(obj.episode)
