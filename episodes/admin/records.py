"""What is kept for the record: notes, findings, decisions, glosses."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from episodes.admin.actions import too_many
from episodes.admin.base import DeskAdmin, EpisodeFilter, RecordAdmin, address_of, link_to, state
from episodes.admin.preview import private
from episodes.models import Decision, Finding, Gloss, Note

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def target_of(record: Finding | Decision) -> str:
    """A link to what a record is about. The object itself is not loaded: a list has fifty of them."""
    model = record.target_type.model_class() if record.target_type else None
    if model is None or record.target_id is None:
        return "-"
    label = f"{model._meta.verbose_name} {record.target_id}"
    try:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[record.target_id])
    except NoReverseMatch:
        return label
    return format_html('<a href="{}">{}</a>', address, label)


class OfEpisodeRecord(RecordAdmin):
    list_select_related: ClassVar[Any] = ("episode",)

    @admin.display(description=_("episode"), ordering="episode__title")
    def episode_link(self, obj: Any) -> str:
        return link_to(obj.episode)


@admin.register(Note)
class NoteAdmin(OfEpisodeRecord):
    list_display = ("name", "dialect", "state", "imported_at", "episode_link")
    list_filter = ("state", "dialect", "parser_version", EpisodeFilter)
    search_fields = ("name", "digest", "episode__title")
    date_hierarchy = "imported_at"
    fields = ("name", "episode_link", "state", "dialect", "parser_version", "imported_at", "digest", "file")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return Note.objects.without_text()

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
        return private(TemplateResponse(request, "admin/episodes/note/text.html", context))

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file byte for byte."""
        note = self._note(request, pk)
        response = HttpResponse(note.text.encode(), content_type="text/markdown; charset=utf-8")
        # A header is one line; a file's name need not be.
        name = _CONTROL.sub("_", note.name)
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return private(response)


@admin.register(Finding)
class FindingAdmin(DeskAdmin):
    """Found by checks and imports; people say what became of it."""

    list_display = ("message", "seriousness", "state", "code", "origin", "about", "episode_link", "created_at")
    list_display_links = ("message",)
    list_filter = ("state", "severity", "origin", "code", EpisodeFilter)
    list_select_related = ("episode", "target_type")
    search_fields = ("message", "code", "episode__title")
    ordering = ("-pk",)
    fields = (
        "state",
        "message",
        "seriousness",
        "code",
        "episode_link",
        "about",
        "field",
        "origin",
        "repair",
        "created_at",
    )
    readonly_fields = fields[1:]
    actions = ("resolve_selected", "waive_selected", "open_selected")

    def listed(self, rows: QuerySet) -> QuerySet:
        return super().listed(rows).defer("repair")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Finding, form: Any, change: bool) -> None:
        obj.save(update_fields=["state"])

    def _set_state(self, request: HttpRequest, queryset: QuerySet, to: str) -> None:
        if too_many(request, queryset):
            return
        findings = list(queryset)
        changed = Finding.objects.filter(pk__in=[finding.pk for finding in findings]).update(state=to)
        LogEntry.objects.log_actions(str(request.user.pk), findings, CHANGE, [{"changed": {"fields": ["state"]}}])
        messages.success(request, ngettext("%d finding was changed.", "%d findings were changed.", changed) % changed)

    @admin.action(description=_("Resolved"), permissions=["change"])
    def resolve_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._set_state(request, queryset, Finding.State.RESOLVED)

    @admin.action(description=_("Waived: it may stay so"), permissions=["change"])
    def waive_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._set_state(request, queryset, Finding.State.WAIVED)

    @admin.action(description=_("Open again"), permissions=["change"])
    def open_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._set_state(request, queryset, Finding.State.OPEN)

    @admin.display(description=_("severity"), ordering="severity")
    def seriousness(self, obj: Finding) -> str:
        return state(obj.severity, obj.get_severity_display())

    @admin.display(description=_("about"))
    def about(self, obj: Finding) -> str:
        return target_of(obj)

    @admin.display(description=_("episode"), ordering="episode__title")
    def episode_link(self, obj: Finding) -> str:
        return link_to(obj.episode)


@admin.register(Decision)
class DecisionAdmin(RecordAdmin):
    list_display = ("at", "by", "about", "field", "change", "reason")
    list_filter = ("to_status", ("target_type", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("by", "target_type")
    search_fields = ("reason", "by__username")
    date_hierarchy = "at"
    fields = ("at", "by", "about", "field", "change", "reason", "version")

    @admin.display(description=_("about"))
    def about(self, obj: Decision) -> str:
        return target_of(obj)

    @admin.display(description=_("change"))
    def change(self, obj: Decision) -> str:
        return str(obj)


@admin.register(Gloss)
class GlossAdmin(OfEpisodeRecord):
    list_display = ("term", "expansion", "explanation", "episode_link")
    list_filter = (EpisodeFilter,)
    search_fields = ("term", "expansion", "explanation", "episode__title")
    ordering = ("-pk",)
    fields = ("term", "expansion", "explanation", "episode_link", "section")
