"""Audit log: one line per editorial act or refusal, with user, row and statuses.

Lines contain keys, statuses, counts and user names; never titles, texts, reasons or addresses of visitors, since logs
are often kept and sent elsewhere.
"""

from __future__ import annotations

import getpass
import logging
import os
import re
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.defaults import permission_denied

logger = logging.getLogger("greenroom")

_PLAIN = re.compile(r"[\w.@+:/-]+", re.ASCII)


def record(act: str, /, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log `act` with its fields as key=value at once: for refusals, logins and commands."""
    logger.log(level, "%s", " ".join([act, *(f"{key}={_value(value)}" for key, value in fields.items())]))


def record_on_commit(act: str, /, **fields: Any) -> None:
    """Log `act` when the current transaction commits; nothing is logged on a rollback."""
    transaction.on_commit(lambda: record(act, **fields))


def operator() -> str:
    """Return the operating system's user who runs a command: `shell:NAME`, or `shell:UID` without a name."""
    try:
        return f"shell:{getpass.getuser()}"
    except (KeyError, OSError):
        # Containers often run under a UID without an entry in passwd.
        return f"shell:{os.getuid()}"


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return Django's 403 response (handler403), and log user and view for the desk."""
    match = request.resolver_match
    if match is not None and "admin" in match.app_names:
        record("refused", by=request.user.get_username(), view=match.view_name, **match.kwargs)
    return permission_denied(request, exception)


def _value(value: Any) -> str:
    """Return a value escaped so that it cannot add lines or fields."""
    text = str(value)
    return text if _PLAIN.fullmatch(text) else ascii(text[:150])
