"""Filters of the episode list that say what there is to do."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from episodes.models import Episode, Finding
from episodes.workflow import CLAIM_LAPSES_AFTER


class NextStep(admin.SimpleListFilter):
    title = _("next step")
    parameter_name = "next"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("mine", _("mine to finish")),
            ("free", _("nobody's yet")),
            ("errors", _("with open errors")),
            ("publish", _("to be published")),
            ("scheduled", _("scheduled")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        now, status = timezone.now(), Episode.Status
        still_held = {"claimed_at__gt": now - CLAIM_LAPSES_AFTER}
        match self.value():
            case "mine":
                return queryset.filter(claimed_by=request.user, **still_held)
            case "free":
                return queryset.filter(status__in=(status.DRAFT, status.CHANGES_REQUESTED)).exclude(**still_held)
            case "errors":
                return queryset.filter(Exists(Finding.objects.blocking().filter(episode=OuterRef("pk"))))
            case "publish":
                return queryset.filter(status=status.APPROVED)
            case "scheduled":
                return queryset.filter(status__in=Episode.PUBLIC_STATUSES, published_at__gt=now)
        return queryset
