"""Limits on failed logins, counted by django-axes in the database, and the log of logins.

A pair of name and address is locked for 15 minutes after five failures. A name alone is never locked: an attacker could
lock out its owner. Instead each login with a name under attack is delayed by one second, which its owner hardly
notices and which stops guessing from many addresses.
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

from config.audit import record
from config.client_address import client_address
from episodes.bases.users import User

# Failures of one name from all addresses within AXES_COOLOFF_TIME, from which logins with it are delayed.
SLOW_AFTER = 10
# Seconds. The worker is blocked meanwhile, so a longer delay would let an attacker occupy all workers.
DELAY = 1.0


class LoginLimits(AxesStandaloneBackend):
    """Authentication backend that refuses locked pairs and delays names under attack; the first in the settings."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None, **kwargs: Any) -> None:  # type: ignore[override]
        """Raise PermissionDenied for a locked pair; return None to let the next backend check the password."""
        if request is None:
            # A shell or a test, not a visitor.
            return
        super().authenticate(request, username=username, **kwargs)
        if username and failures_of(username) >= SLOW_AFTER:
            time.sleep(DELAY)


def failures_of(username: str) -> int:
    """Return the number of failed logins with this name within AXES_COOLOFF_TIME, from all addresses."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    recent = AccessAttempt.objects.filter(username=username, attempt_time__gte=since)
    return recent.aggregate(Sum("failures_since_start"))["failures_since_start__sum"] or 0


class LoginForm(AdminAuthenticationForm):
    """The admin's login form, with an error for locked addresses."""

    def clean(self) -> dict[str, Any]:
        """Refuse names that are too long before they are counted."""
        # The form has no max_length validator, and PostgreSQL refuses longer values in django-axes' table.
        if len(self.cleaned_data.get("username", "")) > (self.username_field.max_length or 150):
            raise self.get_invalid_login_error()
        return super().clean()

    def get_invalid_login_error(self) -> ValidationError:
        """Return the error of a failed login, or how long the pair is locked."""
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
    """Return the login page, whose form has the error, with status 429 and Retry-After (AXES_LOCKOUT_CALLABLE)."""
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
