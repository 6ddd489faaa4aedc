"""Previews of unpublished content: rendered Markdown, the episode's page, the cover."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from episodes.bases.users import User, staff_user
from episodes.desk.episode_views import EpisodeViews
from episodes.desk.view_permissions import hidden_from
from episodes.models import Episode
from episodes.rendering import render
from episodes.site.pages.episode import episode_context
from episodes.site.pages.images import image_response

# Characters. Four times the longest section of 400 real notes; the slowest text of that length takes about 2 s.
LONGEST_PREVIEW = 200_000


def private(response: Any) -> Any:
    """Set headers that keep the response out of caches and search engines; returns the response."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def writes(user: User) -> bool:
    """Return whether the user may add or change anything on the desk, and so has a form to preview."""
    models = (permission.rpartition(".")[2] for permission in user.get_all_permissions())
    return any(name.startswith(("add_", "change_")) for name in models)


def _too_long(text: str) -> str:
    return _(
        "This text has %(length)d characters and the preview shows at most %(most)d. Save it and open the preview of "
        "the episode."
    ) % {"length": len(text), "most": LONGEST_PREVIEW}


class PreviewViews(EpisodeViews):
    """Previews of Markdown and of the episode's page, and the cover."""

    def paths(self) -> list[URLPattern]:
        return [
            self.path("preview-markdown/", self.markdown_view, "preview_markdown"),
            self.path("<int:pk>/preview/", self.preview_view, "preview"),
            self.path("<int:pk>/cover/", self.cover_view, "cover"),
        ]

    @method_decorator(require_POST)
    def markdown_view(self, request: HttpRequest) -> HttpResponse:
        """POST a form and `preview`, the name of the field whose Markdown is to be shown.

        For users who may add or change anything. Texts longer than LONGEST_PREVIEW are answered with 413.
        """
        if not writes(staff_user(request)):
            raise PermissionDenied
        text = request.POST.get(request.POST.get("preview", ""), "")
        too_long = len(text) > LONGEST_PREVIEW
        shown = {"too_long": _too_long(text)} if too_long else {"html": render(text)}
        context = {**self.admin.admin_site.each_context(request), **shown}
        status = 413 if too_long else 200
        return private(TemplateResponse(request, "desk/preview_markdown.html", context, status=status))

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the episode's page as if all undecided items were accepted, marked as a preview.

        Rows of models that the user may not view are left out.
        """
        self.check_view(request)
        episode = get_object_or_404(Episode, pk=pk)
        context = episode_context(episode, preview=True, hidden=hidden_from(staff_user(request)))
        return private(TemplateResponse(request, "site/pages/episode.html", context))

    def cover_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        self.check_view(request)
        return private(image_response(get_object_or_404(Episode.objects.only("cover"), pk=pk).cover))
