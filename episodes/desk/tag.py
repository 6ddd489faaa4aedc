"""Tags: the list, and the names offered by the tag box of the episode form."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from episodes import derived
from episodes.bases.slugs import free_slug_for
from episodes.desk.base import BaseAdmin, RecordAdmin, link_to
from episodes.models import Episode, Tag, TaggedEpisode

OFFERED = 20


@admin.register(Tag)
class TagAdmin(BaseAdmin):
    """List and form of tags. Renaming takes effect at once on public pages; a tag in use cannot be deleted."""

    list_display = ("name", "slug", "episodes")
    search_fields = ("name", "slug")
    search_help_text = _("Name, also in pinyin.")
    ordering = ("name",)
    fields = ("name", "slug")
    deletes_in_bulk = True

    def listed(self, rows: QuerySet) -> QuerySet:
        used = TaggedEpisode.objects.filter(tag=OuterRef("pk")).order_by().values("tag")
        count = Subquery(used.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        return rows.annotate(used=Coalesce(count, Value(0)))

    @admin.display(description=_("episodes"))
    def episodes(self, obj: Any) -> int:
        return obj.used

    def get_readonly_fields(self, request: HttpRequest, obj: Tag | None = None) -> Any:
        return ("slug",) if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "slug" in form.base_fields:
            form.base_fields["slug"].required = False
        return form

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        obj.slug = obj.slug or free_slug_for(Tag, obj.name, "tag")
        super().save_model(request, obj, form, change)
        derived.touch_public(Episode.objects.filter(tagged__tag=obj))

    def get_urls(self) -> list[Any]:
        names = path("names/", self.admin_site.admin_view(self.names_view), name="episodes_tag_names")
        return [names, *super().get_urls()]

    def names_view(self, request: HttpRequest) -> HttpResponse:
        """Return the tag names that contain ?term= as JSON, those that begin with it first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        term = request.GET.get("term", "").replace("\0", "").strip()
        tags = Tag.objects.order_by("name")
        first = tags.filter(name__istartswith=term)[:OFFERED]
        names = list(first.values_list("name", flat=True))
        if term and len(names) < OFFERED:
            others = tags.filter(Q(name__icontains=term) | Q(slug__icontains=term)).exclude(name__istartswith=term)
            names += others.values_list("name", flat=True)[: OFFERED - len(names)]
        results = [{"id": name, "text": name} for name in names]
        return JsonResponse({"results": results, "pagination": {"more": False}})


@admin.register(TaggedEpisode)
class TaggedEpisodeAdmin(RecordAdmin):
    """Read-only list of tagged episodes; tags are edited in the episode form."""

    list_display = ("tag", "episode")
    list_select_related = ("tag", "content_object")
    search_fields = ("tag__name", "tag__slug", "content_object__title")
    ordering = ("-pk",)
    fields = ("tag", "episode")
    names_rows = ("tag", "content_object")

    @admin.display(description=_("episode"), ordering="content_object__title")
    def episode(self, obj: TaggedEpisode) -> str:
        return link_to(obj.content_object)
