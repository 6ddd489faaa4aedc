"""The admin's shortcut from a row to its page, `r/<type>/<key>/`. Django's own reveals every slug to all staff."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import path

from episodes.bases.users import staff_user
from episodes.desk.base import address_of, key_in
from episodes.desk.view_permissions import may_view
from episodes.models import Episode, Prediction, Quote, Tag
from people.models import Entity, Speaker

# Models that have public pages.
PAGES: tuple[Any, ...] = (Episode, Quote, Prediction, Speaker, Entity, Tag)


def shortcut(request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponseRedirect:
    """Redirect to the row's public page, or to its preview or form if the user may view that model.

    Raises Http404 for everything else, whether it exists or not.
    """
    kind = ContentType.objects.filter(pk=key_in(content_type_id) or 0).first()
    model: Any = kind.model_class() if kind else None
    if model not in PAGES:
        raise Http404
    row = model.objects.filter(pk=key_in(object_id) or 0).first()
    if row is None:
        raise Http404
    if model.objects.public().filter(pk=row.pk).exists():
        return HttpResponseRedirect(row.get_absolute_url())
    if not may_view(staff_user(request), model._meta.model_name):
        raise Http404
    return HttpResponseRedirect(address_of(row, "preview" if model is Episode else "change"))


def guard_shortcut(site: admin.AdminSite) -> None:
    """Put the shortcut in front of Django's, under the same name."""
    by_django = site.get_urls

    def get_urls() -> list[Any]:
        address = "r/<path:content_type_id>/<path:object_id>/"
        return [path(address, site.admin_view(shortcut), name="view_on_site"), *by_django()]

    site.get_urls = get_urls  # type: ignore[method-assign]
