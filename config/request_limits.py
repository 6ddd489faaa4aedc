"""Limit the size of request bodies from visitors.

Django has one limit for all requests (DATA_UPLOAD_MAX_…), which has to allow an episode's form with thousands of fields
on the desk. Visitors send a report or a login, so their bodies are measured before anything reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

# 64 KiB: three times a report of maximum length in percent-encoded Chinese.
MAX_BYTES = 64 * 1024
# More than twice the fields of the forms for visitors.
MAX_FIELDS = 20
TOO_LARGE = "Request body too large.\n"


def limits_own_body(view: Any) -> Any:
    """Decorate a view that checks the limits itself, to answer with its form instead of a bare 413."""
    view.limits_own_body = True
    return view


class RequestLimits:
    """Middleware that refuses large bodies with 413 unless the user is staff.

    Has to precede CsrfViewMiddleware, which reads the body.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Return 413 or a redirect to the login for a body that is too large, else None."""
        if request.method in ("GET", "HEAD", "OPTIONS") or getattr(view, "limits_own_body", False):
            return None
        desk = reverse("admin:index")
        at_desk = request.path.startswith(desk)
        # The session is read on the desk only: reading it elsewhere would add `Vary: Cookie` to public pages.
        if at_desk and request.user.is_active and request.user.is_staff:
            return None
        if not too_large(request):
            return None
        if at_desk and request.path != reverse("admin:login"):
            # As the admin answers users who are not logged in.
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return HttpResponse(TOO_LARGE, status=413, content_type="text/plain; charset=utf-8")


def body_length(request: HttpRequest) -> int:
    """Return the length of the body in bytes; for an invalid Content-Length more than MAX_BYTES."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else MAX_BYTES + 1


def too_large(request: HttpRequest) -> bool:
    """Return whether a body exceeds MAX_BYTES, without reading it, or has more than MAX_FIELDS fields."""
    if body_length(request) > MAX_BYTES:
        return True
    if request.content_type == "multipart/form-data":
        return request.body.lower().count(b"content-disposition") > MAX_FIELDS
    return request.body.count(b"&") >= MAX_FIELDS
