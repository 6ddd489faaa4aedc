"""Filters of the desk's lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from episodes.bases import code_labels
from episodes.checks import due_dates
from episodes.desk.base import EpisodeFilter, key_in
from episodes.models import Episode, Finding
from episodes.workflow import CLAIM_LAPSES_AFTER


class NextStepFilter(admin.SimpleListFilter):
    """Filter episodes by what has to be done next."""

    title = _("next step")
    parameter_name = "next"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("mine", _("assigned to me")),
            ("free", _("unassigned")),
            ("errors", _("with open errors")),
            ("publish", _("to be published")),
            ("changes", _("with unpublished changes")),
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
    """Filter by the values of a column of codes, shown with their names."""

    def name_of(self, value: str) -> Any:
        raise NotImplementedError

    def choices(self, changelist: Any) -> Iterator[Any]:
        stored = {str(value) for value in self.lookup_choices}
        for choice in super().choices(changelist):
            display = choice["display"]
            yield {**choice, "display": self.name_of(display) if display in stored else display}


class FindingCodeFilter(NamedValuesFilter):
    """Filter findings by the name of their code."""

    def name_of(self, value: str) -> Any:
        return code_labels.finding_code(value)


class DialectFilter(NamedValuesFilter):
    """Filter notes by the name of their dialect."""

    def name_of(self, value: str) -> Any:
        return code_labels.dialect(value)


class SpeakerFilter(admin.SimpleListFilter):
    """Filter by whether the speaker is identified."""

    title = _("speaker")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("unknown")), ("known", _("known"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        return queryset.filter(speaker__isnull=value == "open") if value in ("open", "known") else queryset


class DueFilter(admin.SimpleListFilter):
    """Filter predictions by due date and by what they still lack."""

    title = _("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("due", _("due, not yet judged")),
            ("soon", _("due within 30 days")),
            ("proposed", _("with a suggested due date")),
            ("bare", _("without criteria")),
            ("never", _("not scored (no due date)")),
            ("resolved", _("judged")),
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
    """Return the condition for predictions with a suggested due date that is neither applied nor waived."""
    found = Finding.objects.open().filter(code=due_dates.CODE, target_type__model="prediction")
    return Exists(found.filter(target_id=OuterRef("pk")))


class LabelFilter(admin.SimpleListFilter):
    """Filter by the name as written in the note, for one episode: the names of all episodes are too many."""

    title = _("name as written")
    parameter_name = "label"
    most = 50

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        episode, chosen = request.GET.get(EpisodeFilter.parameter_name), request.GET.get(self.parameter_name)
        if episode is None:
            return [] if chosen is None else [(chosen, chosen)]
        rows = model_admin.model._default_manager.filter(episode=key_in(episode)).order_by("label")
        counted = rows.values_list("label").annotate(n=Count("pk"))[: self.most]
        lines = [(label, f"{label or '–'} ({n})") for label, n in counted]
        # Without a choice here Django would drop the filter and show all rows.
        return lines if chosen is None or chosen in dict(lines) else [*lines, (chosen, chosen)]

    def has_output(self) -> bool:
        return bool(self.lookup_choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if self.value() is None else queryset.filter(label=self.value())
