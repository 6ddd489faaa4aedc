"""Imported note files: list, page, text and download."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from episodes.bases import code_labels
from episodes.desk.base import (
    EpisodeFilter,
    address_of,
)
from episodes.desk.list_filters import DialectFilter
from episodes.desk.preview import private
from episodes.desk.record_links import OfEpisodeRecordAdmin
from episodes.desk.second_file import SecondFileMixin
from episodes.models import Note

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@admin.register(Note)
class NoteAdmin(SecondFileMixin, OfEpisodeRecordAdmin):
    """List and page of imported notes."""

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
        return str(code_labels.dialect(obj.dialect))

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
        """Show the file with line numbers."""
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
        """Send the file byte for byte."""
        note = self._note(request, pk)
        response = HttpResponse(note.text.encode(), content_type="text/markdown; charset=utf-8")
        # A header is one line; file names can contain line breaks.
        name = _CONTROL.sub("_", note.name)
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return private(response)
