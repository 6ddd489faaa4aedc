"""Refuse forms sent to the desk without a valid session or by another user, without losing what was typed.

A session can end while a form is open: it expires, the user logs out in another tab, or a login there changes the CSRF
token. With scripts, the page asks the login page (GET, JSON) first and keeps the form; without, the refusal shows the
text with a button that sends it again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure as plain_csrf_failure

# Form field and header with the key of the user for whom the page was rendered.
FIELD, HEADER = "desk_user", "X-Desk-User"
UNAUTHORIZED, FORBIDDEN, CONFLICT = 401, 403, 409
# Fields that get new values when a form is sent again.
_OWN = ("csrfmiddlewaretoken", FIELD)
# Characters. Shorter values without a space are keys and numbers, which are sent again but not shown.
_SHORT = 20


def _session_of(request: HttpRequest) -> dict[str, Any]:
    """Return the desk user and a valid CSRF token. Two queries.

    The token is safe in a response: without CORS headers no other site can read it.
    """
    user = request.user if admin.site.has_permission(request) else None
    return {
        "user": str(user.pk) if user else "",
        "name": user.get_username() if user else "",
        "token": get_token(request),
    }


def _never_cached(response: Any) -> Any:
    add_never_cache_headers(response)
    return response


class SameUserMiddleware:
    """Middleware that refuses POSTs to the desk without a session or from a page rendered for another user.

    It also answers GETs of the login page that accept JSON with the current session. Has to follow
    AuthenticationMiddleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """Return the session as JSON or a refusal, or None to go on."""
        if _asks_for_session(request):
            return _never_cached(JsonResponse(_session_of(request)))
        if request.method != "POST" or not _is_desk(request):
            return None
        typed_by = request.headers.get(HEADER) or request.POST.get(FIELD, "")
        if not admin.site.has_permission(request):
            return _refusal(request, "signed-out", UNAUTHORIZED)
        if typed_by and typed_by != str(request.user.pk):
            return _refusal(request, "other-user", CONFLICT)
        return None


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a POST with an invalid CSRF token (CSRF_FAILURE_VIEW): on the desk with the text and a new token.

    A login rotates the token, so every form opened before it fails.
    """
    answer = _refusal(request, "csrf", FORBIDDEN) if _is_desk(request) else None
    return answer or plain_csrf_failure(request, reason)


def _asks_for_session(request: HttpRequest) -> bool:
    match = request.resolver_match
    is_login = match is not None and match.view_name == "admin:login"
    return is_login and request.method == "GET" and _wants_json(request)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _is_desk(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.app_names[:1] == ["admin"] and match.url_name not in ("login", "logout")


def _refusal(request: HttpRequest, error: str, status: int) -> HttpResponse | None:
    """Return JSON for a script, a page with the text for a browser, or None to use Django's own answer."""
    now = _session_of(request)
    sentence = _sentence(error, now)
    if _wants_json(request):
        return _never_cached(JsonResponse({"error": error, "messages": [sentence], **now}, status=status))
    if not is_same_origin(request) or not (carried := _carried(request.POST)):
        # Text from another site must not be offered with a button that sends it with a valid token.
        return None if error != "other-user" else _page(request, sentence, [], status)
    return _page(request, sentence, carried, status if error != "signed-out" else FORBIDDEN)


def _sentence(error: str, now: dict[str, Any]) -> str:
    if not now["user"]:
        return _("You are signed out. Nothing was saved.")
    if error == "other-user":
        said = _("You are logged in as %(name)s, but this text was typed by someone else. Nothing was saved.")
        return said % {"name": now["name"]}
    return _("You have logged in since this page was opened. Nothing was saved yet.")


def is_same_origin(request: HttpRequest) -> bool:
    """Return whether a page of this site sent the request. Browsers set Origin on every POST; scripts cannot."""
    origin = request.headers.get("Origin", "")
    if not origin or origin == "null":
        return request.headers.get("Sec-Fetch-Site") == "same-origin"
    return origin == f"{request.scheme}://{request.get_host()}"


def _carried(data: QueryDict) -> list[tuple[str, str]]:
    """Return the fields to send again; none of a form with a password, which must not appear in a page."""
    if any("password" in name for name in data):
        return []
    return [(name, str(value)) for name, values in data.lists() if name not in _OWN for value in values]


def _page(request: HttpRequest, sentence: str, carried: list[tuple[str, str]], status: int) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Not saved yet"),
        "sentence": sentence,
        "carried": carried,
        "words": [value for _name, value in carried if len(value) > _SHORT or len(value.split()) > 1],
        "address": request.get_full_path(),
        "typed_by": request.POST.get(FIELD, ""),
        "files": bool(request.FILES),
    }
    return _never_cached(TemplateResponse(request, "desk/send_again.html", context, status=status))
