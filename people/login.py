"""How often one may fail to log in, and the log of it. django-axes counts, in the database.

The pair of name and address is locked after five failures, for a quarter of an hour. The name alone is never locked:
whoever knows the owner's name could keep the owner out. Failures on a name from everywhere slow its logins by a second
each, which is nothing to its owner and the end of guessing from a thousand addresses.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.models import AccessAttempt
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import ngettext

from config.addresses import client_address
from config.audit import record
from episodes.bases.users import User

# Failures on one name, from all addresses within the time of a lock-out, after which each login with it takes longer.
SLOW_AFTER = 10
# Seconds. A worker waits as long: more would let an attacker hold all of them.
DELAY = 1.0


class LoginLimits(AxesStandaloneBackend):
    """Authentication backend before the one that knows passwords: refuse a locked pair, slow a name under attack."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None, **kwargs: Any) -> None:  # type: ignore[override]
        if request is None:
            # Not a visitor: a shell or a test.
            return
        super().authenticate(request, username=username, **kwargs)
        if username and failures_of(username) >= SLOW_AFTER:
            time.sleep(DELAY)


def failures_of(username: str) -> int:
    """Return how often logins with this name failed lately, from all addresses together."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    recent = AccessAttempt.objects.filter(username=username, attempt_time__gte=since)
    return recent.aggregate(Sum("failures_since_start"))["failures_since_start__sum"] or 0


class LoginForm(AdminAuthenticationForm):
    """The admin's, which also says that an address is locked, and for how long."""

    def clean(self) -> dict[str, Any]:
        # Django only writes the length into the page. Nobody has such a name, and PostgreSQL could not count it.
        if len(self.cleaned_data.get("username", "")) > (self.username_field.max_length or 150):
            raise self.get_invalid_login_error()
        return super().clean()

    def get_invalid_login_error(self) -> ValidationError:
        if not getattr(self.request, "axes_locked_out", False):
            return super().get_invalid_login_error()
        minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
        return ValidationError(
            ngettext(
                "Too many failed attempts with this name from your address. Try again in %(n)d minute.",
                "Too many failed attempts with this name from your address. Try again in %(n)d minutes.",
                minutes,
            )
            % {"n": minutes},
            code="locked_out",
        )


def locked_out(request: HttpRequest, response: HttpResponse, credentials: Any) -> HttpResponse:
    """Return the login page with its sentence (LoginForm), as 429."""
    response.status_code = 429
    response["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME.total_seconds()))
    return response


# --- the log


@receiver(user_logged_in)
def _logged_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record("login", user=user.get_username(), address=client_address(request))


@receiver(user_login_failed)
def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    if request is not None and not getattr(request, "axes_locked_out", False):
        record("login-failed", level=logging.WARNING, name=credentials.get("username"), address=client_address(request))


@receiver(user_locked_out)
def _locked_out(request: HttpRequest, username: str, ip_address: str, **kwargs: Any) -> None:
    record("login-locked", level=logging.WARNING, name=username, address=client_address(request))
