"""Who may log in. Demo accounts have passwords that everybody knows: they exist only while DEBUG is on."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Q

DEMO_PREFIX = "demo-"


class StaffBackend(ModelBackend):
    """Django's own backend, less the demo accounts of a site that is not in DEBUG."""

    def user_can_authenticate(self, user: Any) -> bool:
        if user.get_username().startswith(DEMO_PREFIX) and not settings.DEBUG:
            return False
        return super().user_can_authenticate(user)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Django asks twice, for the user's own and for the groups'. Every page of the desk asks, so once must do."""
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            granted = Permission.objects.order_by()
            if not user_obj.is_superuser:
                granted = granted.filter(Q(user=user_obj) | Q(group__user=user_obj))
            names = granted.values_list("content_type__app_label", "codename")
            user_obj._perm_cache = {f"{app}.{name}" for app, name in names}
        return user_obj._perm_cache
