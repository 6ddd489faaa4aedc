"""Snapshots (shown as versions): list, comparison, restoring."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from episodes import workflow
from episodes.bases.users import staff_user
from episodes.desk.base import (
    EpisodeFilter,
    address_of,
    key_in,
    message_result,
)
from episodes.desk.preview import private
from episodes.desk.record_links import OfEpisodeRecordAdmin
from episodes.desk.view_permissions import may_view_whole
from episodes.desk.working_copy import REVIEW
from episodes.models import Episode, Snapshot
from episodes.workflow import Refused, snapshot_diff, snapshots

# Stands for the current text, where a snapshot's key is expected.
NOW = "now"


@admin.register(Snapshot)
class SnapshotAdmin(OfEpisodeRecordAdmin):
    """List and page of an episode's published versions."""

    list_display = ("number", "episode_link", "published_at", "by", "made_at")
    list_filter = (EpisodeFilter,)
    list_select_related = ("episode", "by")
    search_fields = ("episode__title", "episode__slug")
    date_hierarchy = "published_at"
    fields = ("number", "episode_link", "published_at", "by", "made_at")
    actions = ("compare_selected",)

    def listed(self, rows: QuerySet) -> QuerySet:
        return super().listed(rows).defer("content")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/compare/", view(self.compare_view), name="episodes_snapshot_compare"),
            path("<int:pk>/restore/", view(self.restore_view), name="episodes_snapshot_restore"),
            *super().get_urls(),
        ]

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Compare the snapshot with another one of its episode.

        `with`: the key of the other snapshot or "now"; default: the snapshot before it.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        this = get_object_or_404(Snapshot.objects.select_related("episode"), pk=pk)
        whole = may_view_whole(staff_user(request))
        others = list(this.episode.snapshots.exclude(pk=pk).defer("content").select_related("by"))
        chosen = request.GET.get("with") or next((str(o.pk) for o in others if o.number < this.number), NOW)
        if chosen == NOW and not whole:
            raise PermissionDenied  # The episode may be a draft again, so that nothing is published.
        other = None if chosen == NOW else get_object_or_404(this.episode.snapshots, pk=key_in(chosen) or 0)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Version %(number)d: %(title)s")
            % {"number": this.number, "title": this.episode if whole else f"#{this.episode_id}"},
            "opts": self.opts,
            "snapshot": this,
            "others": [(str(o.pk), o) for o in others],
            "chosen": chosen,
            "comparison": _compared(this, other),
            "from_to": _from_to(this, other),
        }
        return private(TemplateResponse(request, "desk/snapshot/compare.html", context))

    @method_decorator(require_POST)
    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: put the snapshot's text into the episode's working copy."""
        if not (request.user.has_perm(REVIEW) and self.has_view_permission(request)):
            raise PermissionDenied
        snapshot = get_object_or_404(Snapshot.objects.select_related("episode"), pk=pk)
        try:
            copy = workflow.restore(snapshot, staff_user(request))
        except Refused as refused:
            message_result(request, refused)
            return HttpResponseRedirect(address_of(snapshot))
        messages.success(
            request, gettext("The draft of changes now contains the text of version %d.") % snapshot.number
        )
        return HttpResponseRedirect(address_of(copy))

    @admin.action(description=_("Compare the two selected versions"), permissions=["view"])
    def compare_selected(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        two = list(queryset.order_by("-number").values_list("pk", "episode")[:3])
        if len(two) != 2 or two[0][1] != two[1][1]:
            messages.error(request, gettext("Select two versions of the same episode."))
            return None
        return HttpResponseRedirect(f"{address_of(Snapshot(pk=two[0][0]), 'compare')}?with={two[1][0]}")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        context["may_restore"] = request.user.has_perm(REVIEW)
        return super().render_change_form(request, context, *args, **kwargs)


def _compared(this: Snapshot, other: Snapshot | None) -> snapshot_diff.Comparison:
    """Return the comparison from the older to the newer snapshot; None stands for the current text."""
    if other is None:
        return snapshot_diff.compare(snapshots.content_at(this), snapshots.content_of(this.episode))
    older, newer = sorted((this, other), key=lambda snapshot: snapshot.number)
    return snapshot_diff.compare(snapshots.content_at(older), snapshots.content_at(newer))


def _from_to(this: Snapshot, other: Snapshot | None) -> str:
    older, newer = sorted((this.number, other.number if other else this.number))
    if other is not None:
        return gettext("from version %(older)d to version %(newer)d") % {"older": older, "newer": newer}
    if this.episode.status in Episode.PUBLIC_STATUSES:
        return gettext("from version %(number)d to the published text") % {"number": this.number}
    return gettext("from version %(number)d to the saved text") % {"number": this.number}
