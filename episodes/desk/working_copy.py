"""Public episodes are edited in a working copy: the buttons for that, and the page that compares the two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from episodes import workflow
from episodes.bases.users import staff_user
from episodes.desk.base import BaseAdmin, address_of, message_result
from episodes.desk.list_actions import message_refusals, require_post, too_many
from episodes.desk.preview import private
from episodes.desk.view_permissions import require_whole
from episodes.models import Episode
from episodes.workflow import Refused, snapshot_diff, snapshots

REVIEW, PUBLISH = "episodes.review_episode", "episodes.publish_episode"


class WorkingCopyViews(BaseAdmin):
    """For EpisodeAdmin."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/revise/", view(self.revise_view), name="episodes_episode_revise"),
            path("<int:pk>/publish-changes/", view(self.changes_view), name="episodes_episode_publish_changes"),
            path("<int:pk>/discard/", view(self.discard_view), name="episodes_episode_discard"),
            path("<int:pk>/compare/", view(self.compare_view), name="episodes_episode_compare"),
            *super().get_urls(),
        ]

    def _asked(self, request: HttpRequest, pk: int, *permissions: str) -> Episode:
        """The episode, for somebody with one of these permissions."""
        allowed = not permissions or any(request.user.has_perm(name) for name in permissions)
        if not (allowed and self.has_view_permission(request)):
            raise PermissionDenied
        return get_object_or_404(Episode.objects.select_related("claimed_by"), pk=pk)

    def revise_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: to the working copy, made if there is none yet."""
        if wrong := require_post(request):
            return wrong
        episode = self._asked(request, pk, REVIEW)
        try:
            return self.back_to(workflow.revise(episode, staff_user(request)))
        except Refused as refused:
            message_result(request, refused)
        return self.back_to(episode)

    def changes_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: publish what was changed in this working copy; `reason` says what that is."""
        if wrong := require_post(request):
            return wrong
        copy = self._asked(request, pk, PUBLISH)
        return self._finish(request, copy, workflow.publish_changes, _("The changes are published."))

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: throw this working copy away, for a `reason` or none."""
        if wrong := require_post(request):
            return wrong
        copy = self._asked(request, pk, REVIEW, PUBLISH)
        return self._finish(request, copy, workflow.discard, _("The working copy was discarded."))

    def _finish(self, request: HttpRequest, copy: Episode, act: Callable[..., Any], done: str) -> HttpResponse:
        """The last thing that is done with a working copy; from then on there is only what it revised."""
        try:
            act(copy, request.user, request.POST.get("reason", "").strip())
        except Refused as refused:
            message_result(request, refused)
            # Somebody else may have been quicker: then there is no form to go back to.
            there = Episode.objects.filter(pk=copy.pk).exists()
            return self.back_to(copy if there else Episode(pk=copy.revises_id))
        messages.success(request, done)
        return self.back_to(Episode(pk=copy.revises_id))

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The working copy beside what is published."""
        copy = self._asked(request, pk)
        require_whole(request)
        if copy.revises is None:
            raise Http404
        published, changed = snapshots.content_of(copy.revises), snapshots.content_of(copy)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Changes: %(title)s") % {"title": copy},
            "opts": self.opts,
            "episode": copy,
            "comparison": snapshot_diff.compare(published, changed),
        }
        return private(TemplateResponse(request, "desk/episode/compare.html", context))

    @admin.action(description=gettext_lazy("Publish changes"), permissions=["publish"])
    def publish_changes_selected(self, request: HttpRequest, queryset: Any) -> None:
        if too_many(request, queryset):
            return
        done, refusals = 0, []
        # Read again: the list leaves long columns behind.
        for episode in Episode.objects.filter(pk__in=list(queryset.values_list("pk", flat=True))):
            try:
                workflow.publish_changes(episode, staff_user(request))
                done += 1
            except Refused as refused:
                refusals.append((episode, refused))
        message_refusals(request, refusals)
        if done:
            message = ngettext("The changes of %d are published.", "The changes of %d are published.", done)
            messages.success(request, message % done)

    # --- on the list and above the form

    @admin.display(description=gettext_lazy("episode"), ordering="title")
    def named(self, obj: Any) -> str:
        if obj.revises_id is None:
            return str(obj)
        of = _("working copy of “%(title)s”") % {"title": obj.revised or obj.revises_id}
        return format_html('{}<span class="copy-of">{}</span>', obj, of)

    def revising(self, request: HttpRequest, episode: Episode) -> dict[str, Any]:
        """What the bar says of a working copy, or of what has one or may have one. One query."""
        user = request.user
        if episode.revises_id:
            # What decides is the workflow; here it is only what is worth a button.
            mine = user.has_perm(REVIEW) and workflow.holder(episode) == user
            return {
                "original": Episode.objects.only("title", "slug").get(pk=episode.revises_id),
                "compare": address_of(episode, "compare"),
                "publish": user.has_perm(PUBLISH) and episode.status == Episode.Status.APPROVED,
                "discard": user.has_perm(PUBLISH) or mine,
            }
        if episode.status not in Episode.PUBLIC_STATUSES:
            return {}
        return {"copy": workflow.copy_of(episode), "revise": user.has_perm(REVIEW), "closed": True}
