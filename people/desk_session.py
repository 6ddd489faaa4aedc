"""Words sent to the desk by nobody, or by somebody else than who typed them: refused, and never lost.

A session ends while somebody writes: it runs out, is ended in another tab, or the login there gives the browser
another CSRF token. A script asks the login page first, by GET as JSON, and keeps the words in their boxes; without
one the refusal itself brings them back with a button that sends them again.
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

# Names under which a form or a request says who opened the page it was sent from.
FIELD, HEADER = "desk_user", "X-Desk-User"
UNAUTHORIZED, FORBIDDEN, CONFLICT = 401, 403, 409
# Sent along by every form, and made anew when it is sent again.
_OWN = ("csrfmiddlewaretoken", FIELD)
# Values up to this many characters without a space are keys and numbers: they are sent again, and not shown.
_SHORT = 20


def _session_of(request: HttpRequest) -> dict[str, Any]:
    """Who is logged in at the desk, and a CSRF token that is valid now. Two queries.

    Another site cannot read the answer that holds it: no CORS header allows it.
    """
    user = request.user if admin.site.has_permission(request) else None
    return {
        "user": str(user.pk) if user else "",
        "name": user.get_username() if user else "",
        "token": get_token(request),
    }


def _unkept(response: Any) -> Any:
    add_never_cache_headers(response)
    return response


class SameUserMiddleware:
    """Refuse what is sent to the desk without a session, or by another user than the page was made for, and tell a
    script that asks the login page for JSON who is logged in.

    Stands behind AuthenticationMiddleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        if _asks_for_session(request):
            return _unkept(JsonResponse(_session_of(request)))
        if request.method != "POST" or not _is_desk(request):
            return None
        typed_by = request.headers.get(HEADER) or request.POST.get(FIELD, "")
        if not admin.site.has_permission(request):
            return _refusal(request, "signed-out", UNAUTHORIZED)
        if typed_by and typed_by != str(request.user.pk):
            return _refusal(request, "other-user", CONFLICT)
        return None


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a POST whose CSRF token is not valid: on the desk with the words and a new token.

    A login gives the browser another token, so that every form opened before it ends here.
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
    """For a script what is wrong; for a browser the words with a button; None where Django's own answer is right."""
    now = _session_of(request)
    sentence = _sentence(error, now)
    if _wants_json(request):
        return _unkept(JsonResponse({"error": error, "said": [sentence], **now}, status=status))
    if not is_same_origin(request) or not (carried := _carried(request.POST)):
        # Words of another site must not be offered under a button of ours that sends them.
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
    """Whether a page of this site sent the request. Browsers name the origin of every POST; scripts cannot."""
    origin = request.headers.get("Origin", "")
    if not origin or origin == "null":
        return request.headers.get("Sec-Fetch-Site") == "same-origin"
    return origin == f"{request.scheme}://{request.get_host()}"


def _carried(data: QueryDict) -> list[tuple[str, str]]:
    """Return the fields to be sent again; nothing of a form with a password, which stays out of every page."""
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
    return _unkept(TemplateResponse(request, "desk/send_again.html", context, status=status))
