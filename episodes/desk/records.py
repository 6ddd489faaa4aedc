"""What is kept for the record: notes, findings, decisions, glosses."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from episodes import workflow
from episodes.bases import labels, stored_messages
from episodes.bases.reviewable import Status
from episodes.bases.users import staff_user
from episodes.desk import repair
from episodes.desk.base import (
    BaseAdmin,
    EpisodeFilter,
    RecordAdmin,
    address_of,
    link_to,
    message_result,
    state,
)
from episodes.desk.bulk_repair import BulkRepairMixin, chosen, may_repair
from episodes.desk.history.steps import targets
from episodes.desk.list_actions import message_refusals, require_post, too_many
from episodes.desk.list_filters import DialectFilter, FindingCodeFilter
from episodes.desk.preview import private
from episodes.desk.second_file import SecondFileMixin
from episodes.desk.view_permissions import may_view_whole
from episodes.importing import second_files
from episodes.models import Decision, Episode, Finding, Gloss, Note
from episodes.workflow import Refused

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def target_of(record: Finding | Decision, label: str = "") -> str:
    """A link to what a record is about. The object itself is not loaded: a list has fifty of them."""
    model = record.target_type.model_class() if record.target_type else None
    if model is None or record.target_id is None:
        return "-"
    label = label or f"{model._meta.verbose_name} {record.target_id}"
    try:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[record.target_id])
    except NoReverseMatch:
        return label
    return format_html('<a href="{}">{}</a>', address, label)


def field_of(record: Finding | Decision) -> str:
    """The label of the field a record is about."""
    model = ContentType.objects.get_for_id(record.target_type_id).model_class() if record.target_type_id else None
    return stored_messages.field_label(model, record.field) if model and record.field else record.field or "-"


class OfEpisodeRecord(RecordAdmin):
    list_select_related: ClassVar[Any] = ("episode",)

    @admin.display(description=_("episode"), ordering="episode__title")
    def episode_link(self, obj: Any) -> str:
        return link_to(obj.episode)


@admin.register(Note)
class NoteAdmin(SecondFileMixin, OfEpisodeRecord):
    list_display = ("name", "written_as", "state_link", "imported_at", "episode_link")
    list_filter = ("state", ("dialect", DialectFilter), "parser_version", EpisodeFilter)
    search_fields = ("name", "digest", "episode__title")
    date_hierarchy = "imported_at"
    fields = (
        "name",
        "episode_link",
        "state_link",
        "source_id",
        "written_as",
        "parser_version",
        "imported_at",
        "digest",
        "file",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return Note.objects.without_text()

    @admin.display(description=_("dialect"), ordering="dialect")
    def written_as(self, obj: Note) -> str:
        return str(labels.dialect(obj.dialect))

    @admin.display(description=_("file"))
    def file(self, obj: Note) -> str:
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            address_of(obj, "text"),
            _("Read"),
            address_of(obj, "download"),
            _("Download"),
        )

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/text/", view(self.text_view), name="episodes_note_text"),
            path("<int:pk>/download/", view(self.download_view), name="episodes_note_download"),
            path("<int:pk>/second/", view(self.second_view), name="episodes_note_second"),
            *super().get_urls(),
        ]

    def _note(self, request: HttpRequest, pk: int) -> Note:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(Note.objects.defer("parsed").select_related("episode"), pk=pk)

    def text_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file with line numbers, as it came."""
        note = self._note(request, pk)
        context = {
            **self.admin_site.each_context(request),
            "title": note.name,
            "opts": self.opts,
            "note": note,
            "lines": [line.removesuffix("\r") for line in note.text.removesuffix("\n").split("\n")],
        }
        return private(TemplateResponse(request, "desk/note/text.html", context))

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file byte for byte."""
        note = self._note(request, pk)
        response = HttpResponse(note.text.encode(), content_type="text/markdown; charset=utf-8")
        # A header is one line; a file's name need not be.
        name = _CONTROL.sub("_", note.name)
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return private(response)


FINDING_STATES = (
    (Finding.State.RESOLVED, _("Resolved")),
    (Finding.State.WAIVED, _("Waived: it may stay so")),
    (Finding.State.OPEN, _("Open again")),
)


class ReasonForm(ActionForm):
    """The list's action, and why an error may stay."""

    reason = forms.CharField(label=_("why it may stay"), required=False, max_length=1000)


@admin.register(Finding)
class FindingAdmin(BulkRepairMixin, BaseAdmin):
    """Found by checks and imports; people say what became of it."""

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
            done = ngettext("%d finding was changed.", "%d findings were changed.", changed)
            messages.success(request, done % changed)

    @admin.action(description=_("Resolved"), permissions=["change"])
    def resolve_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._set_state(request, queryset, Finding.State.RESOLVED)

    @admin.action(description=_("Waived: it may stay so"), permissions=["change"])
    def waive_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._set_state(request, queryset, Finding.State.WAIVED)

    @admin.action(description=_("Open again"), permissions=["change"])
    def open_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._set_state(request, queryset, Finding.State.OPEN)

    @admin.action(description=_("Apply the proposed repair"), permissions=["change"])
    def apply_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        if too_many(request, queryset):
            return
        done, refusals = 0, []
        for finding in queryset.order_by("pk"):
            try:
                # One by one, each as it is stored then: two can be about one row.
                repair.apply(finding.pk, request.user)
                done += 1
            except Finding.DoesNotExist:
                continue  # An earlier repair has put it right.
            except Refused as refused:
                refusals.append((finding, refused))
        message_refusals(request, refusals)
        if done:
            messages.success(request, ngettext("%d repair was applied.", "%d repairs were applied.", done) % done)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/apply/", view(self.apply_view), name="episodes_finding_apply"),
            path("<int:pk>/settle/", view(self.settle_view), name="episodes_finding_settle"),
            *self.repairing_urls(),
            *super().get_urls(),
        ]

    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST `to`, and the `reason` of a waiver."""
        if wrong := require_post(request):
            return wrong
        if not self.has_change_permission(request):
            raise PermissionDenied
        finding = get_object_or_404(Finding.objects.select_related("episode__claimed_by"), pk=pk)
        try:
            workflow.transition(
                finding, request.POST.get("to", ""), staff_user(request), request.POST.get("reason", "")
            )
            messages.success(
                request, gettext("The finding is now: %(state)s.") % {"state": finding.get_state_display()}
            )
        except Refused as refused:
            message_result(request, refused)
        kept = self.get_preserved_filters(request)
        return HttpResponseRedirect(address_of(finding) + (f"?{kept}" if kept else ""))

    def apply_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: write what the finding proposes."""
        if wrong := require_post(request):
            return wrong
        if not self.has_change_permission(request):
            raise PermissionDenied
        finding = get_object_or_404(Finding.objects.select_related("target_type"), pk=pk)
        if not repair.may_apply(finding, request.user):
            raise PermissionDenied
        kept = self.get_preserved_filters(request)
        try:
            repair.apply(pk, request.user)
            messages.success(request, gettext("The repair was applied."))
        except Refused as refused:
            message_result(request, refused)
        if Finding.objects.filter(pk=pk).exists():
            return HttpResponseRedirect(address_of(finding) + (f"?{kept}" if kept else ""))
        # A check that finds nothing any more has taken it away.
        return HttpResponseRedirect(address_of(Episode(pk=finding.episode_id)))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        finding = kwargs.get("obj")
        if finding is not None and finding.state == Finding.State.OPEN and finding.repair:
            well_formed = repair.is_well_formed(finding.repair)
            may = well_formed and repair.may_apply(finding, request.user) and workflow.open_to_edits(finding.episode)
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
        """With the way to the repairs of what is listed."""
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

    @admin.display(description=_("proposed repair"))
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


class DecisionStatusFilter(admin.SimpleListFilter):
    """By the words people know a status by; some are an item's and an episode's alike."""

    title = _("to")
    parameter_name = "to"
    names = {**dict(Finding.State.choices), **dict(Status.choices), **dict(Episode.Status.choices)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.names.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(to_status=self.value()) if self.value() in self.names else queryset


_NUMBERED = {"about": "about_number"}


@admin.register(Decision)
class DecisionAdmin(RecordAdmin):
    list_display = ("at", "by", "about", "of_field", "change", "why")
    list_filter = (DecisionStatusFilter, ("target_type", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("by", "target_type")
    search_fields = ("reason", "by__username")
    date_hierarchy = "at"
    fields = ("at", "by", "about", "of_field", "change", "why", "version")

    def listed(self, rows: QuerySet) -> QuerySet:
        """With what was decided upon, by one query for each kind in the list, without long text."""
        return super().listed(rows).prefetch_related(GenericPrefetch("target", targets()))

    def _numbered(self, request: HttpRequest, names: Any) -> Any:
        """What was decided upon can be of any kind: it is named to who may view all of them."""
        if may_view_whole(request.user):
            return names
        return [
            self._numbered(request, each) if isinstance(each, tuple) else _NUMBERED.get(each, each) for each in names
        ]

    def get_list_display(self, request: HttpRequest) -> Any:
        return self._numbered(request, super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self._numbered(request, super().get_fields(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *_NUMBERED.values())

    @admin.display(description=_("about"))
    def about_number(self, obj: Decision) -> str:
        return target_of(obj)

    @admin.display(description=_("about"))
    def about(self, obj: Decision) -> str:
        label = Truncator(obj.target).chars(80) if obj.target is not None else ""
        return target_of(obj, label)

    @admin.display(description=_("change"))
    def change(self, obj: Decision) -> str:
        return labels.change_of(obj)

    @admin.display(description=_("field"))
    def of_field(self, obj: Decision) -> str:
        return field_of(obj)

    @admin.display(description=_("reason"))
    def why(self, obj: Decision) -> str:
        return labels.reason_of(obj) or "-"


@admin.register(Gloss)
class GlossAdmin(OfEpisodeRecord):
    list_display = ("term", "expansion", "explanation", "episode_link")
    list_filter = (EpisodeFilter,)
    search_fields = ("term", "expansion", "explanation", "episode__title")
    ordering = ("-pk",)
    fields = ("term", "expansion", "explanation", "episode_link", "section")
