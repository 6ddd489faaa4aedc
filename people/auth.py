"""Who may log in. Demo accounts have passwords that everybody knows: they exist only while DEBUG is on."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend

DEMO_PREFIX = "demo-"


class StaffBackend(ModelBackend):
    """Django's own backend, less the demo accounts of a site that is not in DEBUG."""

    def user_can_authenticate(self, user: Any) -> bool:
        if user.get_username().startswith(DEMO_PREFIX) and not settings.DEBUG:
            return False
        return super().user_can_authenticate(user)
