"""A second file of the same recording: both files side by side, and three choices."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from episodes.bases import text_diff
from episodes.bases.users import staff_user
from episodes.desk.base import address_of, message_result
from episodes.desk.preview import private
from episodes.importing import second_files
from episodes.importing.loader import Outcome, Result
from episodes.importing.note_index import SET_ASIDE_STATES
from episodes.importing.second_files import Answer
from episodes.models import Episode, Note
from episodes.workflow import Refused


class SecondFileMixin(admin.ModelAdmin):
    """Mixin of NoteAdmin: `<pk>/second/` compares the file with the episode's own; POST `answer` decides."""

    @admin.display(description=_("state"), ordering="state")
    def state_link(self, obj: Note) -> str:
        if obj.state not in SET_ASIDE_STATES:
            return obj.get_state_display()
        return format_html('<a href="{}">{}</a>', address_of(obj, "second"), obj.get_state_display())

    def second_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        note = get_object_or_404(Note.objects.defer("parsed").select_related("episode"), pk=pk)
        if request.method == "POST":
            return self._settle(request, note)
        if note.state not in SET_ASIDE_STATES:
            return HttpResponseRedirect(address_of(note))
        first = Note.objects.for_spans_of(note.episode).defer("parsed").first()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Second file: %(name)s") % {"name": note.name},
            "opts": self.opts,
            "note": note,
            "first": first,
            "rows": text_diff.side_by_side(first.text if first else "", note.text),
            "may_settle": second_files.may_settle(staff_user(request)),
        }
        return private(TemplateResponse(request, "desk/note/second_file.html", context))

    def _settle(self, request: HttpRequest, note: Note) -> HttpResponse:
        if not second_files.may_settle(staff_user(request)):
            raise PermissionDenied
        answer = request.POST.get("answer", "")
        if answer not in list(Answer):
            return HttpResponseRedirect(address_of(note, "second"))
        try:
            result = second_files.settle(note, Answer(answer), staff_user(request))
        except Refused as refused:
            message_result(request, refused)
            return HttpResponseRedirect(address_of(note))
        messages.success(request, _done(Answer(answer), result))
        return HttpResponseRedirect(address_of(Episode(pk=result.episode_id)))


def _done(answer: Answer, result: Result) -> str:
    params = {"name": result.name}
    if answer == Answer.DISCARD:
        return gettext("%(name)s was discarded. The file is kept under Notes.") % params
    if answer == Answer.OWN_EPISODE:
        return gettext("%(name)s is now a separate episode, as a draft.") % params
    if result.outcome == Outcome.WAITING:
        return (
            gettext("%(name)s is the new version. The published text stays until the changes are published.") % params
        )
    return gettext("%(name)s is the new version of this episode now.") % params
