"""What all lists and forms of the desk share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import DataError, models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from episodes import derived, workflow
from episodes.bases.fields import SecondsField
from episodes.bases.uploads import PictureField
from episodes.bases.users import staff_user
from episodes.desk.forms import LockedForm
from episodes.desk.view_permissions import VisibleAdmin, VisibleFields, may_view
from episodes.desk.widgets import (
    LinesField,
    LinksField,
    MarkdownTextarea,
    PictureInput,
)
from episodes.models import Episode
from episodes.notes import timecodes
from episodes.workflow import Refused

# Columns that no list loads.
LONG = ("summary", "insight", "extra", "projects")
LONG_OF = {
    "episode": LONG,
    "content_object": LONG,
    "speaker": ("bio", "links"),
    "entity": ("summary", "links"),
}
MARKDOWN = {
    "episode.summary",
    "episode.insight",
    "section.text",
    "takeaway.text",
    "speaker.bio",
    "entity.summary",
}


def message_result(request: HttpRequest, refused: Refused) -> None:
    """The reasons of a refusal as one message."""
    message_results(request, refused.reasons)


def message_results(request: HttpRequest, lines: list[str]) -> None:
    """What went wrong, as one message however much it is."""
    if len(lines) == 1:
        messages.error(request, lines[0])
    elif lines:
        listed = format_html_join("", "<li>{}</li>", ((line,) for line in lines))
        messages.error(request, format_html("{}<ul>{}</ul>", _("This stands in the way:"), listed))


def address_of(obj: models.Model, view: str = "change") -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{view}", args=[obj.pk])


def link_to(obj: models.Model | None) -> str:
    return format_html('<a href="{}">{}</a>', address_of(obj), obj) if obj is not None else "-"


def state(status: str, label: Any) -> str:
    """A status as a small coloured word."""
    return format_html('<span class="state state-{}">{}</span>', status, label)


def key_in(text: str | None) -> int | None:
    """The primary key that somebody put into an address; None for anything else. A longer number overflows SQLite."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def without_long(rows: QuerySet, *joined: str) -> QuerySet:
    """Leaves the long columns of joined tables where they are."""
    return rows.defer(*(f"{name}__{column}" for name in joined for column in LONG_OF.get(name, ())))


class CheckedChangeList(ChangeList):
    """A list that any address may ask for: a value that no column can be compared with is a wrong lookup.

    Django says so of values that do not fit a field's type, not of those that the database refuses: a number beyond 64
    bits, the year 0 or 9999, NUL in PostgreSQL. It answers wrong lookups with the whole list (`?e=1`).
    """

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        try:
            super().__init__(request, *args, **kwargs)
        except (ValueError, OverflowError, DataError) as error:
            # Without a parameter it is no wrong lookup but a fault of ours.
            if not request.GET:
                raise
            raise IncorrectLookupParameters(error) from error


class CheckedLists:
    """Mixin for the admin classes of other applications."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CheckedChangeList


class BaseChangeList(CheckedChangeList):
    """A list that leaves long columns where they are."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        desk: Any = self.model_admin
        return desk.listed(super().get_queryset(request, exclude_parameters))


class BaseFields(VisibleFields):
    """Form fields for the model fields this project has: long text, lists of lines, pictures."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if f"{db_field.model._meta.model_name}.{db_field.name}" in MARKDOWN:
            kwargs["widget"] = MarkdownTextarea
        elif isinstance(db_field, SecondsField):
            # The admin gives whole numbers an input for numbers, which shows 01:02:03 as nothing and sends nothing.
            kwargs["widget"] = forms.TextInput
        elif isinstance(db_field, models.JSONField):
            kwargs["form_class"] = LinksField if db_field.name == "links" else LinesField
        elif isinstance(db_field, models.ImageField):
            kwargs |= {"form_class": PictureField, "widget": PictureInput}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=_("time"))
    def start_clock(self, obj: Any) -> str:
        return obj.start_text or "-"

    @admin.display(description=_("duration"))
    def duration_clock(self, obj: Any) -> str:
        return timecodes.format(obj.duration) if obj.duration is not None else "-"


class BaseAdmin(BaseFields, VisibleAdmin):
    """Lists that stay cheap however many rows there are."""

    list_select_related: ClassVar[Any] = ()
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    # The shortcut "view on site" would lead to a page that does not exist yet.
    view_on_site = False
    # Form fields beside the list's action that serve one action only, by that action's name.
    fields_of_actions: ClassVar[dict[str, str]] = {}
    # Only where nothing but the row itself can disappear.
    deletes_in_bulk = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BaseChangeList

    def listed(self, rows: QuerySet) -> QuerySet:
        """The rows as a list needs them: what is joined comes without its long columns."""
        return without_long(rows, *self.list_select_related)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if not self.deletes_in_bulk:
            actions.pop("delete_selected", None)
        return actions

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        form = (getattr(response, "context_data", None) or {}).get("action_form")
        if form is not None:
            offered = {name for name, _label in form.fields["action"].choices}
            for action, field in self.fields_of_actions.items():
                if action not in offered:
                    form.fields.pop(field, None)
        return response

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The Decisions about an object, and what Django's log says beyond them."""
        # Imported here: the lists and forms of the desk are made of this module.
        from episodes.desk.history import history_page

        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        return history_page(self, request, obj)

    def back_to(self, obj: models.Model) -> HttpResponseRedirect:
        return HttpResponseRedirect(address_of(obj))


# Read-only times come as what people read: Django would write the seconds.
CLOCKS = {"start": "start_clock", "duration": "duration_clock"}


def clocked(fieldsets: Any) -> Any:
    """The fieldsets of a form that is only read, with times as HH:MM:SS."""

    def read(field: Any) -> Any:
        return tuple(map(read, field)) if isinstance(field, list | tuple) else CLOCKS.get(field, field)

    return [
        (title, {**options, "fields": [read(field) for field in options["fields"]]}) for title, options in fieldsets
    ]


def shown(fieldsets: Any, upload: str) -> Any:
    """The fieldsets of a form that is only read: the picture itself in place of Django's link to an upload, since
    uploads have no address of their own."""
    return [
        (title, {**options, "fields": ["picture" if field == upload else field for field in options["fields"]]})
        for title, options in fieldsets
    ]


def without(fieldsets: Any, name: str) -> Any:
    """The fieldsets without this field."""
    return [
        (title, {**options, "fields": [field for field in options["fields"] if field != name]})
        for title, options in fieldsets
    ]


def image(obj: models.Model, upload: str) -> str:
    return format_html('<img class="upload" src="{}" alt="">', address_of(obj, upload)) if getattr(obj, upload) else "-"


class RecordAdmin(BaseAdmin):
    """Looked at by everybody, written by nobody: superusers neither."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LockedFormAdmin(BaseAdmin):
    """Forms whose saves may be refused: nothing is written then and the form says why."""

    form = LockedForm

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused:
            # Somebody wrote between our reading and our writing, and all of ours was rolled back. The second pass
            # reads what they wrote and gives the form back with it.
            return self._once_more(super().changeform_view, request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._once_more(super().delete_view, request, *args, **kwargs)

    def _once_more(self, view: Callable[..., HttpResponse], request: HttpRequest, *args: Any, **more: Any) -> Any:
        try:
            return view(request, *args, **more)
        except Refused as refused:
            message_result(request, refused)
            return HttpResponseRedirect(request.path)


class OfEpisodeAdmin(LockedFormAdmin):
    """What belongs to an episode, on a page of its own. It is added under its episode only."""

    readonly_fields: ClassVar[Any] = ("episode_link",)
    list_select_related: ClassVar[Any] = ("episode",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or workflow.open_to_edits(obj.episode))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or workflow.open_to_edits(obj.episode))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not form.has_changed():
            return
        workflow.edited(obj.episode, staff_user(request))
        workflow.save_words(obj, form.changed_data, staff_user(request))
        derived.refresh(obj.episode)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        workflow.edited(obj.episode, staff_user(request))
        super().delete_model(request, obj)
        derived.refresh(obj.episode)

    @admin.display(description=_("episode"), ordering="episode__title")
    def episode_link(self, obj: Any) -> str:
        return link_to(obj.episode)


class EpisodeFilter(admin.SimpleListFilter):
    """Only what belongs to one episode, chosen by a link from its form: a list of ten thousand is no filter."""

    title = _("episode")
    parameter_name = "episode"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = request.GET.get(self.parameter_name)
        if chosen is None:
            return []
        if not may_view(request.user, "episode"):
            return [(chosen, f"#{chosen}")]
        self.episode = Episode.objects.listed().filter(pk=key_in(chosen) or 0).first()
        # Without a line here Django would drop the filter, and a mistyped address would show everything.
        return [(chosen, str(self.episode or _("no such episode")))]

    def has_output(self) -> bool:
        return bool(self.lookup_choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if self.value() is None else queryset.filter(episode=key_in(self.value()))
