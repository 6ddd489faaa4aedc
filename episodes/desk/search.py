"""Search on the desk: everything, drafts and rejected texts included."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _

from episodes.desk.view_permissions import require_whole
from episodes.search import search
from episodes.search.query import MAX_LENGTH

_MOST_PAGES = 100


def add_search(site: admin.AdminSite) -> None:
    """Add the page of search to the desk."""
    by_django = site.get_urls

    def get_urls() -> list[Any]:
        return [path("search/", site.admin_view(search_page), name="search"), *by_django()]

    site.get_urls = get_urls  # type: ignore[method-assign]


def search_page(request: HttpRequest) -> HttpResponse:
    """Return the page of search. GET `q`: the query; `page`. For users who may view all that an episode consists of."""
    require_whole(request)
    query = request.GET.get("q", "").replace("\x00", "")[:MAX_LENGTH]
    number = request.GET.get("page", "1")
    page = min(int(number), _MOST_PAGES) if number.isascii() and number.isdigit() and len(number) < 5 else 1
    context = {
        **admin.site.each_context(request),
        "title": _("Search"),
        "query": query,
        "results": search(query, public=False, page=page),
    }
    return TemplateResponse(request, "desk/search.html", context)
