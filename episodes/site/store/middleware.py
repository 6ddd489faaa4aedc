"""The outermost middleware: answers from the store, and stores what it renders.

It also does for all other responses what GZipMiddleware and ConditionalGetMiddleware do, with which it shares their
headers: a page that is rendered must not be compressed or reduced to a 304 before it is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware

from episodes.bases.page_dependencies import Dependencies
from episodes.site.contexts.site_state import SiteState, site_state
from episodes.site.store import page_index
from episodes.site.store.addresses import address_of, parameters, use_site_url
from episodes.site.store.answers import Page, answer
from episodes.site.store.maker_lock import making

_HELD_BACK = ("HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
# Headers that each answer gets anew.
_NOT_STORED = {"etag", "vary", "content-length", "content-encoding", "date"}


class StoredPages:
    """Middleware, see the module."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._conditional = ConditionalGetMiddleware(get_response)
        self._gzip = GZipMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(settings.STATIC_URL):
            # WhiteNoise has files that are compressed already.
            return self.get_response(request)
        address = address_of(request.META) if settings.STORED_PAGES else None
        if address is None:
            return self._finished(request, self.get_response(request))
        if page := _found(address):
            return _as_response(page, request)
        with making(address) as waited:
            if waited and (page := _found(address)):
                return _as_response(page, request)
            return self._rendered(request, address)

    def _rendered(self, request: HttpRequest, address: str) -> HttpResponseBase:
        # Before rendering: a change that is committed meanwhile makes the page out of date.
        state = site_state()
        if settings.SITE_URL:
            use_site_url(request.META)
        held_back = {name: request.META.pop(name) for name in _HELD_BACK if name in request.META}
        response = self.get_response(request)
        request.META.update(held_back)
        if page := _stored(address, response, state):
            return _as_response(page, request)
        return self._finished(request, response)

    def _finished(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        return self._gzip.process_response(request, self._conditional.process_response(request, response))


def _found(address: str) -> Page | None:
    found = page_index.find(address)
    if found.page is None and found.revision is not None and found.sections is None:
        # The first request after a public change: with the menu known, most stored pages hold again.
        site_state()
        found = page_index.find(address)
    return found.page


def _stored(address: str, response: HttpResponse, state: SiteState) -> Page | None:
    """Store the response if it may be. Returns the page, or None if the response is to be sent as it is."""
    dependencies: Dependencies | None = getattr(response, "dependencies", None)
    if dependencies is None:
        return None
    storable = (
        dependencies.storable
        and state.revision is not None
        and response.status_code == 200
        and not response.streaming
        and not response.cookies
        and parameters(address) <= dependencies.parameters
        and "no-store" not in response.get("Cache-Control", "no-store")
        and "nonce-" not in response.get("Content-Security-Policy", "")
    )
    if not storable:
        return None
    headers = {name: value for name, value in response.items() if name.lower() not in _NOT_STORED}
    return page_index.keep(address, response.content, headers, dependencies, state)


def _as_response(page: Page, request: HttpRequest) -> HttpResponse:
    status, headers, body = answer(page, request.META)
    response = HttpResponse(body, status=int(status.split()[0]))
    del response["Content-Type"]
    for name, value in headers:
        response[name] = value
    return response
