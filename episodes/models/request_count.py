"""Count requests per period in the database, shared by all processes."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

# Keeps the keys apart from other uses of SECRET_KEY.
SALT = "episodes.request_count"


class RequestCount(models.Model):
    """A counter with an expiry. Its key is a keyed hash: no address is stored."""

    key = models.UUIDField(primary_key=True)
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} until {self.expires_at}"

    @classmethod
    def increment(cls, name: str, seconds: int) -> int:
        """Count once more under `name` and return the count, which restarts `seconds` after its first request."""
        now = timezone.now()
        key = uuid.UUID(salted_hmac(SALT, name).hexdigest()[:32])
        cls._drop_expired(now)
        with transaction.atomic():
            # The UPDATE locks the row, so the count read afterwards includes exactly this increment.
            while not cls.objects.filter(pk=key).update(count=F("count") + 1):
                fresh = RequestCount(key=key, expires_at=now + timedelta(seconds=seconds))
                RequestCount.objects.bulk_create([fresh], ignore_conflicts=True)
            return cls.objects.values_list("count", flat=True).get(pk=key)

    @classmethod
    def _drop_expired(cls, now: datetime) -> None:
        # Two deletions at once could deadlock; rows locked by the other one are skipped.
        expired = cls.objects.filter(expires_at__lte=now).select_for_update(skip_locked=True)
        with transaction.atomic():
            cls.objects.filter(pk__in=list(expired.values_list("pk", flat=True)[:1_000])).delete()
