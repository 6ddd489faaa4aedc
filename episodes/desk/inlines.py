"""Inlines of the episode form, one per kind of row, ordered by time.

An episode can have three hundred rows, so nothing here may cost a query per row: relations use select_related,
autocomplete boxes get their row's name from RowForm, and untouched rows are not validated.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from episodes import workflow
from episodes.bases.fields import LongTextField
from episodes.desk.base import (
    CLOCKS,
    BaseFields,
    address_of,
    clocked,
    without_long,
)
from episodes.desk.forms import RowForm, RowFormSet
from episodes.desk.plain_widgets import quick_renderer
from episodes.desk.widgets import MarkdownTextarea, NamedAutocomplete
from episodes.models import (
    Appearance,
    Chapter,
    Episode,
    Mention,
    Observation,
    Prediction,
    Quote,
    Section,
    Takeaway,
)


class QuickRowForm(RowForm):
    """A row rendered without templates (desk.plain_widgets)."""

    default_renderer = quick_renderer


class ItemInline(BaseFields, admin.options.InlineModelAdmin):
    """Rows under their episode; read-only while the episode is public."""

    form = QuickRowForm
    formset = RowFormSet
    extra = 0
    view_on_site = False
    classes = ["collapse", "rows"]
    readonly_fields: ClassVar[Any] = ["decision"]
    joined: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return without_long(rows.select_related(*self.joined), *self.joined) if self.joined else rows

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.autocomplete_fields:
            kwargs["widget"] = NamedAutocomplete(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, LongTextField) and not isinstance(field.widget, MarkdownTextarea):
            field.widget.attrs["rows"] = 2
        if isinstance(db_field, models.ForeignKey) and field is not None:
            # Only the "add" link is kept: three links beside each of a hundred boxes are clutter.
            field.widget.can_change_related = field.widget.can_delete_related = field.widget.can_view_related = False
        return field

    def get_fieldsets(self, request: HttpRequest, obj: Episode | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if self.has_change_permission(request, obj) else clocked(fieldsets)

    def get_readonly_fields(self, request: HttpRequest, obj: Episode | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if self.has_change_permission(request, obj) else (*fields, *CLOCKS.values())

    def has_add_permission(self, request: HttpRequest, obj: Episode | None = None) -> bool:
        return super().has_add_permission(request, obj) and _open(obj)

    def has_change_permission(self, request: HttpRequest, obj: Episode | None = None) -> bool:
        return super().has_change_permission(request, obj) and _open(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Episode | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _open(obj)

    @admin.display(description=_("status"))
    def decision(self, row: Any) -> str:
        if not row.pk:
            return "-"
        return format_html(
            # The preserved filter limits "next item" on the item's page to this episode.
            '<a class="state state-{}" href="{}?_changelist_filters=episode%3D{}">{}</a>',
            row.status,
            address_of(row),
            row.episode_id,
            row.get_status_display(),
        )


def _open(episode: Episode | None) -> bool:
    return episode is None or workflow.open_to_edits(episode)


class Table(ItemInline, admin.TabularInline):
    """One line per row."""


class Sections(ItemInline, admin.StackedInline):
    """Sections of the episode, one block each."""

    model = Section
    fieldsets = ((None, {"fields": (("heading", "decision"), ("kind", "level", "order"), "text")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("html")


class Appearances(Table):
    """People who appear in the episode, with their role."""

    model = Appearance
    fields = ("role", "label", "speaker")
    readonly_fields = ()
    autocomplete_fields = ("speaker",)
    joined = ("speaker",)


class Chapters(Table):
    """Chapters of the recording."""

    model = Chapter
    fields = ("start", "title", "summary", "decision")


class Quotes(Table):
    """Quotes from the episode."""

    model = Quote
    fields = ("start", "label", "speaker", "text", "context", "decision")
    autocomplete_fields = ("speaker",)
    joined = ("speaker",)


class Predictions(ItemInline, admin.StackedInline):
    """Predictions from the episode; their outcome is read-only here."""

    model = Prediction
    fieldsets = (
        (None, {"fields": (("start", "label", "speaker", "decision"), "words", "claim", ("horizon", "due_on"))}),
        (_("Outcome"), {"fields": ("criteria", ("outcome", "resolved_on"), "evidence"), "classes": ["collapse"]}),
    )
    # Outcomes are entered on the prediction's own page, not as text of the episode.
    readonly_fields = ("decision", "outcome", "resolved_on", "evidence")
    autocomplete_fields = ("speaker",)
    joined = ("speaker",)


class Observations(Table):
    """Details seen on screen."""

    model = Observation
    fields = ("start", "kind", "cue", "detail", "reading", "decision")


class Takeaways(Table):
    """Takeaways of the episode."""

    model = Takeaway
    fields = ("order", "depth", "heading", "text", "decision")


class Mentions(Table):
    """Index entries mentioned in the episode."""

    model = Mention
    fields = ("entity", "listed_as", "decision")
    autocomplete_fields = ("entity",)
    joined = ("entity",)


INLINES = (Sections, Appearances, Chapters, Quotes, Predictions, Observations, Takeaways, Mentions)
