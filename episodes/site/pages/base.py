"""What every public page has in common: who may ask, how long a browser may keep it, what it is allowed to load.

No public page touches the session or sets a cookie, so that one answer serves everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView, TemplateView

from episodes.models import Episode
from episodes.site.cache import StateCache
from episodes.site.contexts.alternates import Alternate, feeds_of
from episodes.site.contexts.content_policy import CONTENT_SECURITY_POLICY
from episodes.site.contexts.head_data import Head, plain_head
from episodes.site.contexts.pagination import RememberingPaginator
from episodes.site.contexts.site_state import FEWEST, SiteState, site_state

# Always asked again: a page must not outlive the next scheduled publication, nor a withdrawal.
CACHE_CONTROL = "public, max-age=0, must-revalidate"
PAGE_SIZE = 30

View = Callable[..., Any]


def with_public_headers(response: HttpResponse) -> HttpResponse:
    """The headers of a public answer, where the view has not set its own."""
    response.headers.setdefault("Cache-Control", CACHE_CONTROL)
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    return response


def public_page(view: View) -> View:
    """GET and HEAD only, asked again each time, and nothing loaded from elsewhere."""

    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return with_public_headers(view(request, *args, **kwargs))

    return answer


# --- the bases of views


@method_decorator(public_page, name="dispatch")
class PublicPage:
    """Mixin for Django's generic views: adds the facts to the context and the date to the answer."""

    @cached_property
    def site(self) -> SiteState:
        return site_state()

    def facts(self) -> SiteState:
        return self.site

    @property
    def state_cache(self) -> StateCache:
        """What the site remembers for this page, in either language of the interface."""
        return self.site.state_cache.within(self.request.path)  # type: ignore[attr-defined]

    def page_head(self, context: dict[str, Any]) -> Head:
        """What it tells those who link to it (site/includes/metadata.html); the page of one thing has more to say."""
        title, description = getattr(self, "heading", ""), getattr(self, "description", "")
        return plain_head(self.request, str(title), str(description))  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(facts=self.facts(), **kwargs)  # type: ignore[misc]

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        context = {**context, "head": self.page_head(context)}
        response = super().render_to_response(context, **kwargs)  # type: ignore[misc]
        if changed := context["facts"].changed:
            response["Last-Modified"] = http_date(changed.timestamp())
        return response

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class PlainPage(PublicPage, TemplateView):
    """A page that is neither a list nor one thing."""


class ListPage(PublicPage, ListView):
    """Thirty rows at a time; a page that does not exist is 404. With `filterset_class`, filters from the address."""

    paginate_by = PAGE_SIZE
    paginator_class = RememberingPaginator
    heading: Any = ""
    description: Any = ""
    # The kind of feed that holds what is listed, if there is one.
    feed = ""
    filterset_class: Any = None
    filterset: Any = None

    def get_queryset(self) -> QuerySet:
        queryset = self.rows()
        if self.filterset_class is None:
            return queryset
        self.filterset = self.filterset_class(
            self.request.GET, queryset=queryset, request=self.request, state_cache=self.state_cache
        )
        # A value that cannot be right (NUL, ten thousand characters) finds nothing and is never sent to the database.
        return self.filterset.qs if self.filterset.is_valid() else queryset.none()

    def rows(self) -> QuerySet:
        raise NotImplementedError

    def asked(self) -> list[tuple[str, str]]:
        """What of the address decides which rows are listed, and in which order."""
        names = (*self.filterset.filters, "sort") if self.filterset is not None else ()
        return [(name, self.request.GET[name]) for name in names if self.request.GET.get(name)]

    def get_paginator(self, *args: Any, **kwargs: Any) -> Paginator:
        return super().get_paginator(*args, state_cache=self.state_cache.within(self.asked()), **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(filterset=self.filterset, **kwargs)
        if self.feed and context["page_obj"].object_list:
            context["feeds"] = self.feeds()
        return context

    def feeds(self) -> list[Alternate]:
        return feeds_of(self.feed)


class ObjectPage(PublicPage, DetailView):
    """The page of one thing."""


class RecurringList(ListPage):
    """A list of what occurs in two public episodes or more. What occurs once has a page, and is found by search.

    With fewer than five that recur, the list holds all: on a small site nearly everything occurs once.
    """

    _all = True

    def everything(self) -> QuerySet:
        raise NotImplementedError

    def recurring(self) -> QuerySet:
        raise NotImplementedError

    def rows(self) -> QuerySet:
        if not self.request.GET.get("q", "").strip():
            self._all = self.state_cache.get_or_compute(
                "few", lambda: not self.recurring()[FEWEST - 1 : FEWEST].exists()
            )
        return self.everything() if self._all else self.recurring()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if not self._all and self.filterset.is_valid():
            # How many occur once, of what the other filters leave.
            everything = self.filterset.filter_queryset(self.everything())
            counted = self.state_cache.get_or_compute(("everything", self.asked()), everything.count)
            context["once"] = counted - context["paginator"].count
        return context


class RowsOfObjectPage(ListPage):
    """The page of one thing that lists many: a speaker's, an entity's, a tag's episodes.

    One with a single episode says hardly more than the episode's own page: search engines need not keep it.
    """

    object: Any = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        return super().get(request, *args, **kwargs)

    def get_object(self) -> Any:
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(object=self.object, **kwargs)
        return {"lonely": context["paginator"].count < 2, **context}

    def feeds(self) -> list[Alternate]:
        return feeds_of(self.feed, self.object.name, self.object.slug)

    def page_head(self, context: dict[str, Any]) -> Head:
        return plain_head(self.request, str(self.object))


# --- what machines may ask for


@public_page
def robots(request: HttpRequest) -> HttpResponse:
    closed = ("/admin/", "/en/admin/", "/episodes/*/report/", "/en/episodes/*/report/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), ""]
    if Episode.objects.public().exists():
        lines += [f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
