"""Base of the views of one episode beside its form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from episodes.desk.base import address_of
from episodes.models import Episode

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

REVIEW, VERIFY, PUBLISH = "episodes.review_episode", "episodes.verify_episode", "episodes.publish_episode"


class EpisodeViews:
    """Views that share a subject. `admin`: the EpisodeAdmin, whose site and permissions they use."""

    def __init__(self, admin: ModelAdmin[Episode]) -> None:
        self.admin = admin

    def paths(self) -> list[URLPattern]:
        """Return the views' addresses below the list of episodes."""
        raise NotImplementedError

    def path(self, route: str, view: Callable[..., Any], name: str) -> URLPattern:
        """Return the address of a view, for users who may use the admin; named `episodes_episode_<name>`."""
        return path(route, self.admin.admin_site.admin_view(view), name=f"episodes_episode_{name}")

    def check_view(self, request: HttpRequest) -> None:
        """Raise PermissionDenied unless the user may view episodes."""
        if not self.admin.has_view_permission(request):
            raise PermissionDenied

    def episode_for(self, request: HttpRequest, pk: int, *permissions: str) -> Episode:
        """Return the episode for a user who may view it and has one of `permissions`, where any are given.

        Raises PermissionDenied or Http404.
        """
        self.check_view(request)
        if permissions and not any(request.user.has_perm(name) for name in permissions):
            raise PermissionDenied
        return get_object_or_404(Episode.objects.select_related("claimed_by"), pk=pk)

    @staticmethod
    def back_to(obj: models.Model) -> HttpResponseRedirect:
        """Return a redirect to the form of an object."""
        return HttpResponseRedirect(address_of(obj))
