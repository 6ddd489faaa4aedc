"""Type of the user model, for annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.auth.models import User
else:
    # Importing the model would need a loaded app registry, which modules of abstract bases cannot wait for.
    User = Any

__all__ = ["User", "staff_user"]


def staff_user(request: HttpRequest) -> User:
    """Return the user of a request to the admin, typed: `admin_view()` lets no anonymous user through."""
    return cast("User", request.user)
