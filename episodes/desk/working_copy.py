"""Working copies (shown as drafts of changes): buttons, and the comparison with the public episode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from episodes import workflow
from episodes.bases.users import staff_user
from episodes.desk.base import address_of, message_result
from episodes.desk.episode_views import PUBLISH, REVIEW, EpisodeViews
from episodes.desk.list_actions import message_refusals, too_many
from episodes.desk.preview import private
from episodes.desk.view_permissions import require_whole
from episodes.models import Episode
from episodes.workflow import Refused, snapshot_diff, snapshots


class WorkingCopyViews(EpisodeViews):
    """Make, publish, discard and compare a working copy."""

    def paths(self) -> list[URLPattern]:
        return [
            self.path("<int:pk>/revise/", self.revise_view, "revise"),
            self.path("<int:pk>/publish-changes/", self.changes_view, "publish_changes"),
            self.path("<int:pk>/discard/", self.discard_view, "discard"),
            self.path("<int:pk>/compare/", self.compare_view, "compare"),
        ]

    @method_decorator(require_POST)
    def revise_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: go to the working copy, created if there is none."""
        episode = self.episode_for(request, pk, REVIEW)
        try:
            return self.back_to(workflow.revise(episode, staff_user(request)))
        except Refused as refused:
            message_result(request, refused)
        return self.back_to(episode)

    @method_decorator(require_POST)
    def changes_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: publish the changes of this working copy; `reason` describes them."""
        copy = self.episode_for(request, pk, PUBLISH)
        return self._finish(request, copy, workflow.publish_changes, _("The changes are published."))

    @method_decorator(require_POST)
    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: discard this working copy, optionally with a `reason`."""
        copy = self.episode_for(request, pk, REVIEW, PUBLISH)
        return self._finish(request, copy, workflow.discard, _("The draft of changes was discarded."))

    def _finish(self, request: HttpRequest, copy: Episode, act: Callable[..., Any], done: str) -> HttpResponse:
        """Publish or discard the working copy and return to the public episode, the only one left then."""
        try:
            act(copy, request.user, request.POST.get("reason", "").strip())
        except Refused as refused:
            message_result(request, refused)
            # Another user may have been quicker; then there is no form to return to.
            there = Episode.objects.filter(pk=copy.pk).exists()
            return self.back_to(copy if there else Episode(pk=copy.revises_id))
        messages.success(request, done)
        return self.back_to(Episode(pk=copy.revises_id))

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Compare the working copy with the public episode."""
        copy = self.episode_for(request, pk)
        require_whole(request)
        if copy.revises is None:
            raise Http404
        published, changed = snapshots.content_of(copy.revises), snapshots.content_of(copy)
        context = {
            **self.admin.admin_site.each_context(request),
            "title": _("Changes: %(title)s") % {"title": copy},
            "opts": self.admin.opts,
            "episode": copy,
            "comparison": snapshot_diff.compare(published, changed),
        }
        return private(TemplateResponse(request, "desk/episode/compare.html", context))


def publish_changes_of(request: HttpRequest, copies: QuerySet[Episode]) -> None:
    """Publish the changes of each working copy, and message what was published and refused."""
    if too_many(request, copies):
        return
    done, refusals = 0, []
    # Loaded again, because the list defers long columns.
    for episode in Episode.objects.filter(pk__in=list(copies.values_list("pk", flat=True))):
        try:
            workflow.publish_changes(episode, staff_user(request))
            done += 1
        except Refused as refused:
            refusals.append((episode, refused))
    message_refusals(request, refusals)
    if done:
        message = ngettext("Changes to %d episode published.", "Changes to %d episodes published.", done)
        messages.success(request, message % done)


def working_copy_context(request: HttpRequest, episode: Episode) -> dict[str, Any]:
    """Return the context of the bar about working copies. One query."""
    user = request.user
    if episode.revises_id:
        # Only whether to offer the button; the workflow makes the decision.
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
