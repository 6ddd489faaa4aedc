"""Filters that say what there is to do: in the list of episodes, and in those of what somebody said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from episodes.bases import labels
from episodes.checks import due_dates
from episodes.desk.base import EpisodeFilter, key_in
from episodes.models import Episode, Finding
from episodes.workflow import CLAIM_LAPSES_AFTER


class NextStepFilter(admin.SimpleListFilter):
    title = _("next step")
    parameter_name = "next"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("mine", _("mine to finish")),
            ("free", _("nobody's yet")),
            ("errors", _("with open errors")),
            ("publish", _("to be published")),
            ("changes", _("changes to publish")),
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
            case "changes":
                return queryset.filter(revises__isnull=False)
            case "scheduled":
                return queryset.filter(status__in=Episode.PUBLIC_STATUSES, published_at__gt=now)
        return queryset


class NamedValuesFilter(admin.AllValuesFieldListFilter):
    """The values of a column of codes, by the names people know them by."""

    def name_of(self, value: str) -> Any:
        raise NotImplementedError

    def choices(self, changelist: Any) -> Iterator[Any]:
        stored = {str(value) for value in self.lookup_choices}
        for choice in super().choices(changelist):
            display = choice["display"]
            yield {**choice, "display": self.name_of(display) if display in stored else display}


class FindingCodeFilter(NamedValuesFilter):
    def name_of(self, value: str) -> Any:
        return labels.finding_code(value)


class DialectFilter(NamedValuesFilter):
    def name_of(self, value: str) -> Any:
        return labels.dialect(value)


class SpeakerFilter(admin.SimpleListFilter):
    """Whether it is known who said it."""

    title = _("speaker")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("open")), ("known", _("known"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        return queryset.filter(speaker__isnull=value == "open") if value in ("open", "known") else queryset


class DueFilter(admin.SimpleListFilter):
    """What there is to do about predictions: which are due, and what they lack until then."""

    title = _("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("due", _("due and open")),
            ("soon", _("due within 30 days")),
            ("proposed", _("with a proposed day")),
            ("bare", _("without criteria")),
            ("never", _("never scored")),
            ("resolved", _("resolved")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        match self.value():
            case "due":
                return queryset.due()
            case "soon":
                return queryset.due_soon()
            case "proposed":
                return queryset.without_due_date().filter(_is_proposed())
            case "bare":
                return queryset.without_criteria()
            case "never":
                return queryset.without_due_date().exclude(_is_proposed())
            case "resolved":
                return queryset.resolved()
        return queryset


def _is_proposed() -> Exists:
    """Predictions whose horizon proposes a day that nobody has applied or waived yet."""
    found = Finding.objects.open().filter(code=due_dates.CODE, target_type__model="prediction")
    return Exists(found.filter(target_id=OuterRef("pk")))


class LabelFilter(admin.SimpleListFilter):
    """Names as the note spells them, with how often: one episode's. Those of all episodes would be no choice."""

    title = _("label")
    parameter_name = "label"
    most = 50

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        episode, chosen = request.GET.get(EpisodeFilter.parameter_name), request.GET.get(self.parameter_name)
        if episode is None:
            return [] if chosen is None else [(chosen, chosen)]
        rows = model_admin.model._default_manager.filter(episode=key_in(episode)).order_by("label")
        counted = rows.values_list("label").annotate(n=Count("pk"))[: self.most]
        lines = [(label, f"{label or '–'} ({n})") for label, n in counted]
        # Without a line here Django would drop the filter and show everything.
        return lines if chosen is None or chosen in dict(lines) else [*lines, (chosen, chosen)]

    def has_output(self) -> bool:
        return bool(self.lookup_choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if self.value() is None else queryset.filter(label=self.value())
