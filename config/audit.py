"""One log line per editorial act: who did what to which row, and what was refused.

Lines carry keys, statuses, counts and user names; never titles, texts, reasons or addresses of readers, since logs
travel further than the database.
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
    """Log `act` when the current transaction commits: what was rolled back did not happen."""
    transaction.on_commit(lambda: record(act, **fields))


def operator() -> str:
    """Return who runs a command, as the system knows them: `shell:NAME`."""
    try:
        return f"shell:{getpass.getuser()}"
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        return f"shell:{os.getuid()}"


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 as Django does, and log who asked for which view."""
    match = request.resolver_match
    if match is not None and "admin" in match.app_names:
        record("refused", by=request.user.get_username(), view=match.view_name, **match.kwargs)
    return permission_denied(request, exception)


def _value(value: Any) -> str:
    """Return a value that cannot break the line or pass for another field."""
    text = str(value)
    return text if _PLAIN.fullmatch(text) else ascii(text[:150])
