"""How much a request may carry. The large limits of the settings are for people on staff, at the desk.

An episode with four hundred items is one form with thousands of fields. A visitor sends a report or logs in: a few
fields. Django knows one limit for all, so what comes from anybody else is measured before anything reads its body.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

# Three times a report of the greatest length in percent-encoded Chinese.
MAX_BYTES = 64 * 1024
MAX_FIELDS = 20
TOO_LARGE = "Request body too large.\n"


def limits_own_body(view: Any) -> Any:
    """Decorator of a view that measures for itself, to answer with its form instead of a bare 413."""
    view.limits_own_body = True
    return view


class RequestLimits:
    """Middleware before that for CSRF, which reads the body: refuse with 413 what nobody but staff may send."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.method in ("GET", "HEAD", "OPTIONS") or getattr(view, "limits_own_body", False):
            return None
        desk = reverse("admin:index")
        at_desk = request.path.startswith(desk)
        # Only the desk looks at the session: public pages stay free of cookies.
        if at_desk and request.user.is_active and request.user.is_staff:
            return None
        if not too_large(request):
            return None
        if at_desk and request.path != reverse("admin:login"):
            # As the desk answers anybody who is not logged in (any more).
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return HttpResponse(TOO_LARGE, status=413, content_type="text/plain; charset=utf-8")


def body_length(request: HttpRequest) -> int:
    """Return the length of the body in bytes. Nonsense is too much: Django would stumble over it."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else MAX_BYTES + 1


def too_large(request: HttpRequest) -> bool:
    """Return whether a body has too many bytes or fields; it is not read if it is too long."""
    if body_length(request) > MAX_BYTES:
        return True
    if request.content_type == "multipart/form-data":
        return request.body.lower().count(b"content-disposition") > MAX_FIELDS
    return request.body.count(b"&") >= MAX_FIELDS
