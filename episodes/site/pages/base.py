"""Base classes of public pages: allowed methods, caching headers, Content-Security-Policy, site state.

No public page reads the session or sets a cookie, so that one response serves every visitor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView, TemplateView

from episodes.bases import page_dependencies
from episodes.models import Episode
from episodes.site.cache import StateCache
from episodes.site.contexts.alternates import Alternate, feed_alternates
from episodes.site.contexts.content_policy import CONTENT_SECURITY_POLICY
from episodes.site.contexts.head_data import Head, plain_head
from episodes.site.contexts.pagination import CachedPaginator
from episodes.site.contexts.site_state import MIN_ENTRIES, SiteState, site_state
from episodes.site.lists.base import WordsFilter

# Revalidated with every request: a page must not outlive a withdrawal or the next scheduled publication.
CACHE_CONTROL = "public, max-age=0, must-revalidate"
# Rows of a list page.
PAGE_SIZE = 30

View = Callable[..., Any]


def with_public_headers(response: HttpResponse) -> HttpResponse:
    """Set the headers of a public response that the view has not set itself."""
    response.headers.setdefault("Cache-Control", CACHE_CONTROL)
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    return response


def public_page(view: View) -> View:
    """Decorate a public view: GET and HEAD only, with public headers."""

    @require_safe
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with page_dependencies.record() as dependencies:
            response = view(request, *args, **kwargs)
            if not getattr(response, "is_rendered", True):
                # Rendered here, because templates depend on things too.
                response.render()
        response.dependencies = dependencies
        return with_public_headers(response)

    return wrapper


# --- base views


@method_decorator(public_page, name="dispatch")
class PublicPage:
    """Mixin for generic views: adds `site_state` and `head` to the context and Last-Modified to the response."""

    @cached_property
    def site(self) -> SiteState:
        """Return the state of the whole site. One query."""
        return site_state()

    @property
    def state_cache(self) -> StateCache:
        """Return the cache for this path."""
        return self.site.state_cache.scoped(self.request.path)  # type: ignore[attr-defined]

    def page_head(self, context: dict[str, Any]) -> Head:
        """Return the metadata for site/includes/metadata.html; pages about one object override it."""
        title, description = getattr(self, "heading", ""), getattr(self, "description", "")
        return plain_head(self.request, str(title), str(description))  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `site_state`."""
        return super().get_context_data(site_state=self.site, **kwargs)  # type: ignore[misc]

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Add `head` to the context and Last-Modified to the response."""
        context = {**context, "head": self.page_head(context)}
        response = super().render_to_response(context, **kwargs)  # type: ignore[misc]
        if changed := context["site_state"].changed:
            response["Last-Modified"] = http_date(changed.timestamp())
        return response

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class PlainPage(PublicPage, TemplateView):
    """A page that is neither a list nor about one object."""


class ListPage(PublicPage, ListView):
    """A list in pages of PAGE_SIZE rows; 404 beyond the last. With `filterset_class`, filters from the query string."""

    paginate_by = PAGE_SIZE
    paginator_class = CachedPaginator
    heading: Any = ""
    description: Any = ""
    # Kind of the feed with the same rows, see `feed_alternates`; "" for none.
    feed = ""
    filterset_class: Any = None
    filterset: Any = None
    # Values of `?sort=`.
    sorts: tuple[str, ...] = ()

    def get_queryset(self) -> QuerySet:
        queryset = self.rows()
        if self.filterset_class is None:
            return queryset
        self.filterset = self.filterset_class(
            self.request.GET, queryset=queryset, request=self.request, state_cache=self.state_cache
        )
        # An invalid value (NUL, 10,000 characters) matches nothing and is not sent to the database.
        return self.filterset.qs if self.filterset.is_valid() else queryset.none()

    def rows(self) -> QuerySet:
        """Return the rows before filters."""
        raise NotImplementedError

    def list_parameters(self) -> list[tuple[str, str]]:
        """Return the query parameters that decide which rows are listed in which order."""
        names = (*self.filterset.filters, "sort") if self.filterset is not None else ()
        return [(name, self.request.GET[name]) for name in names if self.request.GET.get(name)]

    def get_paginator(self, *args: Any, **kwargs: Any) -> Paginator:
        return super().get_paginator(*args, state_cache=self.state_cache.scoped(self.list_parameters()), **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(filterset=self.filterset, **kwargs)
        self._declare_parameters(context["page_obj"])
        if self.feed and context["page_obj"].object_list:
            context["feeds"] = self.feeds()
        return context

    def _declare_parameters(self, page: Page) -> None:
        """Tell which query parameters a stored copy may have. Any value is a valid filter, but most leave no rows."""
        asked = self.request.GET
        if asked and not page.object_list:
            page_dependencies.not_stored()
        filters = self.filterset.filters if self.filterset is not None else {}
        page_dependencies.known_parameters(*filters)
        if any(asked.get(name) for name, each in filters.items() if isinstance(each, WordsFilter)):
            page_dependencies.free_text()
        if asked.get("sort") in self.sorts:
            page_dependencies.known_parameters("sort")
        if asked.get("page") == str(page.number):
            page_dependencies.known_parameters("page")

    def feeds(self) -> list[Alternate]:
        """Return the feeds with the same rows."""
        return feed_alternates(self.feed)


class ObjectPage(PublicPage, DetailView):
    """A page about one object."""


class RecurringList(ListPage):
    """A list of names that occur in two or more public episodes; names with one episode are found by search.

    With fewer than MIN_ENTRIES recurring names the list holds all: on a small site nearly every name occurs once.
    """

    _lists_all = True

    def everything(self) -> QuerySet:
        """Return all names."""
        raise NotImplementedError

    def recurring(self) -> QuerySet:
        """Return the names with two or more episodes."""
        raise NotImplementedError

    def rows(self) -> QuerySet:
        if not self.request.GET.get("q", "").strip():
            self._lists_all = self.state_cache.get_or_compute(
                "few", lambda: not self.recurring()[MIN_ENTRIES - 1 : MIN_ENTRIES].exists()
            )
        return self.everything() if self._lists_all else self.recurring()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if not self._lists_all and self.filterset.is_valid():
            everything = self.filterset.filter_queryset(self.everything())
            counted = self.state_cache.get_or_compute(("everything", self.list_parameters()), everything.count)
            context["single_count"] = counted - context["paginator"].count
        return context


class ObjectListPage(ListPage):
    """A page about one object that lists its episodes: a speaker, an entity, a tag, a series.

    With a single episode it has `noindex`, because it repeats the episode's page.
    """

    object: Any = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        return super().get(request, *args, **kwargs)

    def get_object(self) -> Any:
        """Return the object, or raise Http404."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(object=self.object, **kwargs)
        return {"is_single_episode": context["paginator"].count < 2, **context}

    def feeds(self) -> list[Alternate]:
        return feed_alternates(self.feed, self.object.name, self.object.slug)

    def page_head(self, context: dict[str, Any]) -> Head:
        return plain_head(self.request, str(self.object))


# --- robots.txt


@public_page
def robots(request: HttpRequest) -> HttpResponse:
    """Return robots.txt, with the sitemap if anything is public."""
    disallowed = ("/admin/", "/en/admin/", "/episodes/*/report/", "/en/episodes/*/report/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in disallowed), ""]
    if Episode.objects.public().exists():
        lines += [f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
