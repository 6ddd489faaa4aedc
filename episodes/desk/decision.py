"""Decisions: the read-only list of what editors decided and changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from episodes.bases import code_labels
from episodes.bases.reviewable import Status
from episodes.bases.users import staff_user
from episodes.desk.base import (
    RecordAdmin,
)
from episodes.desk.history.steps import targets
from episodes.desk.record_links import field_of, target_of
from episodes.desk.view_permissions import may_view_whole
from episodes.models import Decision, Episode, Finding


class DecisionStatusFilter(admin.SimpleListFilter):
    """Filter by the label of the new status; some labels belong to items and episodes alike."""

    title = _("new status")
    parameter_name = "to"
    names = {**dict(Finding.State.choices), **dict(Status.choices), **dict(Episode.Status.choices)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.names.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(to_status=self.value()) if self.value() in self.names else queryset


_NUMBERED = {"about": "about_number"}


@admin.register(Decision)
class DecisionAdmin(RecordAdmin):
    """Read-only list of decisions."""

    list_display = ("at", "by", "about", "of_field", "change", "why")
    list_filter = (DecisionStatusFilter, ("target_type", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("by", "target_type")
    search_fields = ("reason", "by__username")
    date_hierarchy = "at"
    fields = ("at", "by", "about", "of_field", "change", "why", "version")

    def listed(self, rows: QuerySet) -> QuerySet:
        """Prefetch what was decided on, one query per kind in the list, without long text."""
        return super().listed(rows).prefetch_related(GenericPrefetch("target", targets()))

    def _numbered(self, request: HttpRequest, names: Any) -> Any:
        """Replace names of targets by numbers, unless the user may view all kinds of targets."""
        if may_view_whole(staff_user(request)):
            return names
        return [
            self._numbered(request, each) if isinstance(each, tuple) else _NUMBERED.get(each, each) for each in names
        ]

    def get_list_display(self, request: HttpRequest) -> Any:
        return self._numbered(request, super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self._numbered(request, super().get_fields(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *_NUMBERED.values())

    @admin.display(description=_("about"))
    def about_number(self, obj: Decision) -> str:
        return target_of(obj)

    @admin.display(description=_("about"))
    def about(self, obj: Decision) -> str:
        label = Truncator(obj.target).chars(80) if obj.target is not None else ""
        return target_of(obj, label)

    @admin.display(description=_("change"))
    def change(self, obj: Decision) -> str:
        return code_labels.change_of(obj)

    @admin.display(description=_("field"))
    def of_field(self, obj: Decision) -> str:
        return field_of(obj)

    @admin.display(description=_("reason"))
    def why(self, obj: Decision) -> str:
        return code_labels.reason_of(obj) or "-"
