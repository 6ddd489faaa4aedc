"""Base classes and helpers that all lists and forms of the desk share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import DataError, ProgrammingError, models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from episodes import derived, workflow
from episodes.bases.fields import SecondsField
from episodes.bases.uploads import PictureField
from episodes.bases.users import staff_user
from episodes.desk.date_periods import MANY, find_periods_by_index
from episodes.desk.forms import LockedForm, OfEpisodeForm
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
    """Show the reasons of a refusal as one message."""
    message_results(request, refused.reasons)


def message_results(request: HttpRequest, lines: list[str]) -> None:
    """Show error messages as one message, with a list where there are several."""
    if len(lines) == 1:
        messages.error(request, lines[0])
    elif lines:
        listed = format_html_join("", "<li>{}</li>", ((line,) for line in lines))
        messages.error(request, format_html("{}<ul>{}</ul>", _("Not possible because:"), listed))


def address_of(obj: models.Model, view: str = "change") -> str:
    """Return the address of an object's admin view: `change`, or the name of a view of its own."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{view}", args=[obj.pk])


def link_to(obj: models.Model | None) -> str:
    """Return a link to the change page of an object, or "-" for None."""
    return format_html('<a href="{}">{}</a>', address_of(obj), obj) if obj is not None else "-"


def state(status: str, label: Any) -> str:
    """Return a status as a coloured label. `status` is part of the class name."""
    return format_html('<span class="state state-{}">{}</span>', status, label)


def key_in(text: str | None) -> int | None:
    """Return the primary key in a part of an address; None for anything else.

    At most 18 digits: a longer number overflows SQLite's integers.
    """
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def without_long(rows: QuerySet, *joined: str) -> QuerySet:
    """Defer the long columns of the joined tables."""
    return rows.defer(*(f"{name}__{column}" for name in joined for column in LONG_OF.get(name, ())))


class CheckedChangeList(ChangeList):
    """A list that treats values the database refuses as wrong lookups.

    Django does so for values that do not fit a field's type, not for those that the database refuses: a number beyond
    64 bits, the year 0 or 9999, NUL in PostgreSQL. Wrong lookups are answered with the whole list (`?e=1`).
    """

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        try:
            super().__init__(request, *args, **kwargs)
        except (ValueError, OverflowError, DataError, ProgrammingError) as error:
            # Without parameters the error is not a wrong lookup but a bug.
            if not request.GET:
                raise
            raise IncorrectLookupParameters(error) from error


class CheckedLists:
    """Mixin with CheckedChangeList, for the admin classes of other applications."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CheckedChangeList


class BaseChangeList(CheckedChangeList):
    """A list that defers long columns, and finds its years and months by an index."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        if self.result_count > MANY:
            find_periods_by_index(self.queryset)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        desk: Any = self.model_admin
        return desk.listed(super().get_queryset(request, exclude_parameters))


class BaseFields(VisibleFields):
    """Form fields for the model fields of this project: long text, lists of lines, pictures."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if f"{db_field.model._meta.model_name}.{db_field.name}" in MARKDOWN:
            kwargs["widget"] = MarkdownTextarea
        elif isinstance(db_field, SecondsField):
            # The admin uses a number input, which would show and send 01:02:03 as empty.
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
    """Base of all admin classes: lists whose cost does not grow with the number of rows."""

    list_select_related: ClassVar[Any] = ()
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    # Django's link "View on site" would lead to a page that is not public yet.
    view_on_site = False
    # {action: the extra form field that only this action needs}; hidden where the action is not offered.
    fields_of_actions: ClassVar[dict[str, str]] = {}
    # True only where deleting a row deletes nothing else.
    deletes_in_bulk = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BaseChangeList

    def listed(self, rows: QuerySet) -> QuerySet:
        """Return the rows as the list needs them: joined tables without their long columns."""
        return without_long(rows, *self.list_select_related)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> Any:
        """Search without NUL characters, which PostgreSQL refuses."""
        return super().get_search_results(request, queryset, search_term.replace("\0", ""))

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
        """Show the Decisions about an object, and the entries of Django's log that add to them."""
        # Imported here: desk.history imports this module.
        from episodes.desk.history import history_page

        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        return history_page(self, request, obj)

    def back_to(self, obj: models.Model) -> HttpResponseRedirect:
        return HttpResponseRedirect(address_of(obj))


# {field: method that shows it as HH:MM:SS}; Django would show a number of seconds.
CLOCKS = {"start": "start_clock", "duration": "duration_clock"}


def clocked(fieldsets: Any) -> Any:
    """Return the fieldsets of a read-only form with times as HH:MM:SS."""

    def read(field: Any) -> Any:
        return tuple(map(read, field)) if isinstance(field, list | tuple) else CLOCKS.get(field, field)

    return [
        (title, {**options, "fields": [read(field) for field in options["fields"]]}) for title, options in fieldsets
    ]


def shown(fieldsets: Any, upload: str) -> Any:
    """Return the fieldsets of a read-only form with the picture instead of Django's link to the upload.

    Uploads have no address of their own, so that link would be broken.
    """
    return [
        (title, {**options, "fields": ["picture" if field == upload else field for field in options["fields"]]})
        for title, options in fieldsets
    ]


def without(fieldsets: Any, name: str) -> Any:
    """Return the fieldsets without the field `name`."""
    return [
        (title, {**options, "fields": [field for field in options["fields"] if field != name]})
        for title, options in fieldsets
    ]


def image(obj: models.Model, upload: str) -> str:
    """Return an <img> of an uploaded picture, or "-" where there is none."""
    return format_html('<img class="upload" src="{}" alt="">', address_of(obj, upload)) if getattr(obj, upload) else "-"


class RecordAdmin(BaseAdmin):
    """Read-only for everybody, superusers included."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LockedFormAdmin(BaseAdmin):
    """Forms whose saves may be refused: then nothing is written and the form shows why."""

    form = LockedForm

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused:
            # Another user saved between our reading and writing, and our transaction was rolled back. The second
            # pass reads the new values and shows the form with the differences.
            return self._or_refusal(super().changeform_view, request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._or_refusal(super().delete_view, request, *args, **kwargs)

    def _or_refusal(self, view: Callable[..., HttpResponse], request: HttpRequest, *args: Any, **more: Any) -> Any:
        try:
            return view(request, *args, **more)
        except Refused as refused:
            message_result(request, refused)
            return HttpResponseRedirect(request.path)


class OfEpisodeAdmin(LockedFormAdmin):
    """Rows of an episode, each on a page of its own. One is added from its episode or from its episode's list."""

    form = OfEpisodeForm
    readonly_fields: ClassVar[Any] = ("episode_link",)
    list_select_related: ClassVar[Any] = ("episode",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may add a row to the episode that the address names; False if it names none."""
        if not (super().has_add_permission(request) and may_view(staff_user(request), "episode")):
            return False
        episode = episode_in(request)
        return episode is not None and workflow.open_to_edits(episode)

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        # The links of the navigation name no episode.
        return {**super().get_model_perms(request), "add": False}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return form if change else type(form.__name__, (form,), {"episode": episode_in(request)})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or workflow.open_to_edits(obj.episode))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or workflow.open_to_edits(obj.episode))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change and not form.has_changed():
            return
        with workflow.one_act():
            workflow.edited(obj.episode, staff_user(request))
            if change:
                workflow.save_words(obj, form.changed_data, staff_user(request))
            else:
                obj.save()
                workflow.record_created(obj, staff_user(request))
        derived.refresh(obj.episode)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        workflow.edited(obj.episode, staff_user(request))
        super().delete_model(request, obj)
        derived.refresh(obj.episode)

    @admin.display(description=_("episode"), ordering="episode__title")
    def episode_link(self, obj: Any) -> str:
        return link_to(obj.episode)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """After "Save and add another" the next one goes into the same episode."""
        response = super().response_add(request, obj, post_url_continue)
        if "_addanother" in request.POST:
            return HttpResponseRedirect(f"{request.path}?{urlencode({'episode': obj.episode_id})}")
        return response


def episode_in(request: HttpRequest) -> Episode | None:
    """Return the episode that the address names: `episode`, or the filter of the list it was opened from.

    One query, remembered on the request.
    """
    if not hasattr(request, "episode_in_address"):
        listed = parse_qs(request.GET.get("_changelist_filters", "")).get("episode", [""])[0]
        key = key_in(request.GET.get("episode") or listed)
        found = Episode.objects.defer(*LONG).filter(pk=key).first() if key is not None else None
        request.episode_in_address = found  # type: ignore[attr-defined]
    return request.episode_in_address  # type: ignore[attr-defined,no-any-return]


class EpisodeFilter(admin.SimpleListFilter):
    """Filter for the rows of one episode, set by links only: a list of ten thousand episodes is no filter."""

    title = _("episode")
    parameter_name = "episode"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = request.GET.get(self.parameter_name)
        if chosen is None:
            return []
        if not may_view(staff_user(request), "episode"):
            return [(chosen, f"#{chosen}")]
        self.episode = Episode.objects.listed().filter(pk=key_in(chosen) or 0).first()
        # Without a choice here Django would drop the filter, and a mistyped address would show all rows.
        return [(chosen, str(self.episode or _("episode not found")))]

    def has_output(self) -> bool:
        return bool(self.lookup_choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset if self.value() is None else queryset.filter(episode=key_in(self.value()))
