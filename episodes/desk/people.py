"""People, channels, index entries and aliases. Changes take effect at once, also on public pages."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import unquote

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, IntegerField, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from episodes import derived, workflow
from episodes.bases.slugs import free_slug_for
from episodes.bases.users import staff_user
from episodes.desk.base import (
    BaseAdmin,
    CheckedLists,
    LockedFormAdmin,
    address_of,
    image,
    shown,
)
from episodes.desk.forms import LockedForm
from episodes.desk.list_actions import ReviewableAdmin
from episodes.desk.preview import private
from episodes.desk.view_permissions import may_view
from episodes.models import Appearance, Mention, Prediction, Quote
from episodes.site.pages.images import image_response
from episodes.workflow import Refused
from episodes.workflow.name_resolution import resolve_label
from people.models import Alias, Entity, Speaker


def count_of(model: type[Model], field: str) -> Coalesce:
    """Return the number of rows of `model` that point to the row, as an annotation for the listed rows only."""
    rows = model._default_manager.filter(**{field: OuterRef("pk")}).order_by().values(field)
    counted = rows.annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


class NamedForm(LockedForm):
    """The form of a speaker or an entity."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "photo" in self.fields and self.instance.pk:
            self.fields["photo"].widget.address = address_of(self.instance, "photo")


class Aliases(admin.TabularInline):
    """Aliases in the form of their speaker or entity."""

    model = Alias
    extra = 0
    fields = ("name",)


class NamedAdmin(ReviewableAdmin, LockedFormAdmin):
    """Base of the admin classes of speakers and entities."""

    form = NamedForm
    inlines = (Aliases,)
    list_filter: ClassVar[Any] = ("status", "kind")
    search_fields: ClassVar[Any] = ("name", "aliases__name", "slug")
    search_help_text = _("Name or alias, also in pinyin.")
    ordering = ("name", "pk")
    deletes_in_bulk = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Public pages may be linked from elsewhere; the slug can be changed until then.
        public = obj is not None and type(obj).objects.public().filter(pk=obj.pk).exists()
        return (*self.readonly_fields, "uses", *(("slug",) if public else ()))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.slug = obj.slug or form.initial.get("slug") or free_slug_for(type(obj), obj.name, str(self.opts.model_name))
        if not change:
            super().save_model(request, obj, form, change)
        elif form.has_changed():
            workflow.save_words(obj, form.changed_data, staff_user(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for alias in (new for formset in formsets for new in getattr(formset, "new_objects", ())):
            if isinstance(alias, Alias):
                resolve(request, alias)
        if change and (form.has_changed() or any(formset.has_changed() for formset in formsets)):
            derived.touch_public(derived.episodes_naming(form.instance))


@admin.register(Speaker)
class SpeakerAdmin(NamedAdmin):
    """List and form of people and channels."""

    list_display = ("name", "kind", "headline", "credits", "decided")
    autocomplete_fields = ("entity",)
    fields = (("name", "kind"), "slug", "headline", "entity", "bio", "photo", "links", "uses")

    def get_fieldsets(self, request: HttpRequest, obj: Speaker | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is None or self.has_change_permission(request, obj) else shown(fieldsets, "photo")

    @admin.display(description=_("photo"))
    def picture(self, obj: Speaker) -> str:
        return image(obj, "photo")

    def listed(self, rows: QuerySet) -> QuerySet:
        return rows.defer("bio", "links").annotate(uses=count_of(Appearance, "speaker"))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> Any:
        found, duplicates = super().get_search_results(request, queryset, search_term)
        asks = request.path == reverse("admin:autocomplete") and may_view(staff_user(request), "episode", "appearance")
        # Without these permissions the order would reveal who is credited.
        episode = _episode_worked_on(request) if asks else None
        if episode is not None:
            credited = Exists(Appearance.objects.filter(episode=episode, speaker=OuterRef("pk")))
            found = found.annotate(credited=credited).order_by("-credited", *self.ordering)
        return found, duplicates

    @admin.display(description=_("credited in"), ordering="uses")
    def credits(self, obj: Any) -> int:
        return obj.uses

    @admin.display(description=_("used in"))
    def uses(self, obj: Speaker) -> str:
        return uses_of(obj, "speaker", (Appearance, Quote, Prediction))

    def get_urls(self) -> list[Any]:
        photo = path("<int:pk>/photo/", self.admin_site.admin_view(self.photo_view), name="people_speaker_photo")
        return [photo, *super().get_urls()]

    def photo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return private(image_response(get_object_or_404(Speaker.objects.only("photo"), pk=pk).photo))


@admin.register(Entity)
class EntityAdmin(NamedAdmin):
    """List and form of index entries."""

    list_display = ("name", "kind", "mentions", "decided")
    fields = (("name", "kind"), "slug", "summary", "links", "uses")

    def listed(self, rows: QuerySet) -> QuerySet:
        return rows.defer("summary", "links").annotate(uses=count_of(Mention, "entity"))

    @admin.display(description=_("mentions"), ordering="uses")
    def mentions(self, obj: Any) -> int:
        return obj.uses

    @admin.display(description=_("used in"))
    def uses(self, obj: Entity) -> str:
        return uses_of(obj, "entity", (Mention,))


_EPISODE_IN_ADDRESS = re.compile(r"/episodes/episode/([0-9]{1,18})/|[?&]episode=([0-9]{1,18})(?:&|$)")


def _episode_worked_on(request: HttpRequest) -> int | None:
    """Return the episode of the page or list that an autocomplete box is on; it only affects the order of names.

    The admin's boxes send no more than a model and a field, so the Referer header is read; the site's Referrer-Policy
    lets pages of the desk send it to each other.
    """
    page = unquote(request.headers.get("Referer", "")).replace("_changelist_filters=", "&")
    found = _EPISODE_IN_ADDRESS.search(page)
    return int(found[1] or found[2]) if found else None


def uses_of(obj: Speaker | Entity, field: str, models: tuple[type[Model], ...]) -> str:
    """Return how many rows of each model point to the object, with links to the lists. One query per model."""
    if not obj.pk:
        return "-"
    links = [
        format_html(
            '<a href="{}?{}__id__exact={}">{} {}</a>',
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"),
            field,
            obj.pk,
            model._default_manager.filter(**{field: obj}).count(),
            model._meta.verbose_name_plural,
        )
        for model in models
    ]
    return format_html(" · ".join(["{}"] * len(links)), *links)


admin.site.unregister([User, Group])


@admin.register(User)
class CheckedUserAdmin(CheckedLists, UserAdmin):
    """Django's UserAdmin with CheckedChangeList."""


@admin.register(Group)
class CheckedGroupAdmin(CheckedLists, GroupAdmin):
    """Django's GroupAdmin with CheckedChangeList."""


@admin.register(Alias)
class AliasAdmin(BaseAdmin):
    """List and form of aliases."""

    list_display = ("name", "speaker", "entity")
    list_select_related = ("speaker", "entity")
    search_fields = ("name", "speaker__name", "entity__name")
    autocomplete_fields = ("speaker", "entity")
    fields = ("name", "speaker", "entity")

    def save_model(self, request: HttpRequest, obj: Alias, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        touch(obj)
        resolve(request, obj)

    def delete_model(self, request: HttpRequest, obj: Alias) -> None:
        touch(obj)
        super().delete_model(request, obj)


def touch(alias: Alias) -> None:
    """Mark the public pages that name the alias's speaker or entity as changed."""
    named = alias.speaker or alias.entity
    if named is not None:
        derived.touch_public(derived.episodes_naming(named))


def resolve(request: HttpRequest, alias: Alias) -> None:
    """Assign the alias's speaker to all rows whose label is this alias and that have no speaker yet."""
    if alias.speaker is None:
        return
    try:
        count = resolve_label(alias.name, alias.speaker, staff_user(request))
    except Refused as refusal:
        messages.error(request, " ".join(refusal.reasons))
        return
    if count:
        text = _("“%(label)s” now refers to %(speaker)s in %(count)d places.")
        messages.success(request, text % {"label": alias.name, "speaker": alias.speaker, "count": count})
