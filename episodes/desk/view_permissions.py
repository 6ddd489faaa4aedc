"""Hide from desk pages what belongs to models that the user may not view.

Django checks permissions on the model of a page only, and then shows related rows: a list of quotes shows speakers and
titles of drafts, and its search finds by them. Here each column, field, filter and search path is left out unless the
user may view every model whose data it shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import NestedObjects
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import models, router
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from episodes.bases.users import User, staff_user

OURS = ("episodes", "people")
# Models shown on an episode's page, its review screen and comparisons; these pages require permission for all.
WHOLE = frozenset(
    {
        *("episode", "section", "appearance", "chapter", "quote", "prediction", "observation", "takeaway", "mention"),
        *("taggedepisode", "tag", "gloss", "note", "finding", "speaker", "entity"),
    }
)
# {name of a computed column or filter: models whose rows it shows}.
SHOWN: dict[str, frozenset[str]] = {
    "episode_link": frozenset({"episode"}),
    "who": frozenset({"speaker"}),
    "to_review": WHOLE,
    "open_errors": frozenset({"finding"}),
    "findings_list": frozenset({"finding"}),
    "note": frozenset({"note"}),
    "tags": frozenset({"tag", "taggedepisode"}),
    "credits": frozenset({"appearance"}),
    "mentions": frozenset({"mention"}),
    "episode": frozenset({"episode"}),
    "episodes": frozenset({"taggedepisode"}),
    "uses": frozenset({"appearance", "quote", "prediction", "mention"}),
    "proposal": frozenset({"speaker", "entity"}),
    "NextStep": frozenset({"finding"}),
}
_APP = {
    model._meta.model_name: model._meta.app_label for app in OURS for model in apps.get_app_config(app).get_models()
}


def may_view(user: User, *names: str) -> bool:
    """Return whether the user may view or change rows of all these models, by their names in lower case."""
    return all(
        user.has_perm(f"{_APP[name]}.view_{name}") or user.has_perm(f"{_APP[name]}.change_{name}") for name in names
    )


def may_view_whole(user: User) -> bool:
    """Return whether the user may view every model in WHOLE."""
    return may_view(user, *WHOLE)


def hidden_from(user: User) -> frozenset[str]:
    """Return the names of the models in WHOLE that the user may not view."""
    return frozenset(name for name in WHOLE if not may_view(user, name))


def require_whole(request: HttpRequest) -> None:
    """Raise PermissionDenied unless the user may view every model in WHOLE."""
    if not may_view_whole(staff_user(request)):
        raise PermissionDenied


def models_shown(model: Any, name: str) -> set[str]:
    """Return the names of the other models whose data a column, field or search path (`speaker__name`) shows."""
    if name in SHOWN and "__" not in name:
        return set(SHOWN[name])
    found, at = set(), model
    for part in name.lstrip("^=@-").split("__"):
        try:
            field = at._meta.get_field(part)
        except FieldDoesNotExist:
            break
        if not field.is_relation or field.related_model is None:
            break
        at = field.related_model
        if at._meta.app_label in OURS:
            found.add(at._meta.model_name)
    return found - {model._meta.model_name}


class VisibleFields(admin.options.BaseModelAdmin):
    """Base of forms and inlines: fields the user may not see are left out."""

    def is_visible(self, request: HttpRequest, name: str) -> bool:
        return may_view(staff_user(request), *models_shown(self.model, name))

    def visible(self, request: HttpRequest, fieldsets: Any) -> Any:
        """Return the fieldsets without fields the user may not see, and without fieldsets that are empty then."""
        left = [
            (title, {**options, "fields": self._visible_names(request, options["fields"])})
            for title, options in fieldsets
        ]
        return [(title, options) for title, options in left if options["fields"]]

    def _visible_names(self, request: HttpRequest, names: Iterable[Any]) -> list[Any]:
        kept: list[Any] = []
        for name in names:
            if not isinstance(name, str):
                if line := self._visible_names(request, name):
                    kept.append(tuple(line))
            elif self.is_visible(request, name):
                kept.append(name)
        return kept

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.visible(request, super().get_fieldsets(request, obj))


class VisibleAdmin(VisibleFields, admin.ModelAdmin):
    """Base of lists and pages: columns, filters and search paths the user may not see are left out."""

    # Relations used in the row's __str__: shown as their key to users who may not view them.
    names_rows: ClassVar[tuple[str, ...]] = ()
    # Models whose rows the log of an object can name: its history is for who may view all of them.
    logged_models: ClassVar[tuple[type[models.Model], ...]] = ()

    def get_list_display(self, request: HttpRequest) -> Any:
        names = super().get_list_display(request)
        return [name for name in names if self.is_visible(request, str(name))] or ["id"]

    def get_search_fields(self, request: HttpRequest) -> Any:
        # Without search fields, Django also turns off autocomplete for the model.
        if not all(self.is_visible(request, name) for name in self.names_rows):
            return []
        return [name for name in super().get_search_fields(request) if self.is_visible(request, name)]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [each for each in super().get_list_filter(request) if self.is_visible(request, _name_of(each))]

    def get_object(self, request: HttpRequest, object_id: Any, from_field: Any = None) -> Any:
        obj = super().get_object(request, object_id, from_field)
        for name in self.names_rows if obj is not None else ():
            if not self.is_visible(request, name):
                self._number(obj, name)
        return obj

    def _number(self, obj: Any, name: str) -> None:
        """Replace a related row by an unsaved one that is named by its key."""
        relation: Any = self.model._meta.get_field(name)
        remote: Any = relation.related_model
        stand_in = remote(pk=getattr(obj, relation.attname))
        column = next((field.name for field in remote._meta.fields if field.name in ("name", "title")), None)
        if column:
            setattr(stand_in, column, f"#{stand_in.pk}")
        setattr(obj, name, stand_in)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the history to users who may view all models whose rows it can name."""
        named = {inline.model._meta.model_name for inline in self.inlines}
        named |= {str(model._meta.model_name) for model in self.logged_models}
        if not may_view(staff_user(request), *named):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Count related and protected rows instead of naming them, unless the user may view their models."""
        listed, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        collector = NestedObjects(using=router.db_for_write(self.model))
        collector.collect(objs)
        models: set[Any] = {type(obj) for obj in collector.protected} | set(collector.model_objs)  # type: ignore[arg-type]
        kinds = (model._meta.model_name for model in models if model._meta.app_label in OURS)
        if may_view(staff_user(request), *kinds):
            return listed, counts, perms_needed, protected
        number = len(collector.protected)
        hidden = [_("%(count)d rows that you may not view") % {"count": number}] if number else []
        return [str(obj) for obj in objs], counts, perms_needed, hidden


def _name_of(list_filter: Any) -> str:
    if isinstance(list_filter, tuple | list):
        list_filter = list_filter[0]
    return list_filter if isinstance(list_filter, str) else getattr(list_filter, "__name__", "")
