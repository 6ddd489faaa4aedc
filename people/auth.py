"""Authentication backend. Demo accounts, whose password is public, can log in with DEBUG only."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Q

DEMO_PREFIX = "demo-"


class StaffBackend(ModelBackend):
    """Django's ModelBackend without demo accounts outside DEBUG, and with one query for all permissions."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Return whether the user may log in."""
        if user.get_username().startswith(DEMO_PREFIX) and not settings.DEBUG:
            return False
        return super().user_can_authenticate(user)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return all permissions, own and of groups, cached on the user. One query, where Django makes two."""
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            granted = Permission.objects.order_by()
            if not user_obj.is_superuser:
                granted = granted.filter(Q(user=user_obj) | Q(group__user=user_obj))
            names = granted.values_list("content_type__app_label", "codename")
            user_obj._perm_cache = {f"{app}.{name}" for app, name in names}
        return user_obj._perm_cache
