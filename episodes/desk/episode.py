"""The episode: its list, and the form of its own fields. Its sections and items have lists and forms of their own."""

from __future__ import annotations

import json
from functools import reduce
from operator import add
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import NestedObjects
from django.contrib.contenttypes.models import ContentType
from django.db import router
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from episodes import derived, workflow
from episodes.bases.slugs import free_slug_for
from episodes.bases.users import staff_user
from episodes.desk.base import (
    CLOCKS,
    LONG,
    LockedFormAdmin,
    address_of,
    clocked,
    image,
    shown,
    state,
    without,
)
from episodes.desk.episode_views import PUBLISH, REVIEW, EpisodeViews
from episodes.desk.forms import LockedForm
from episodes.desk.list_actions import too_many, transition_all
from episodes.desk.list_filters import NextStepFilter
from episodes.desk.preview import PreviewViews
from episodes.desk.record_links import target_of
from episodes.desk.review import ReviewViews
from episodes.desk.transition_buttons import TransitionViews, status_label, toolbar_context
from episodes.desk.widgets import TagNamesField, TagNamesWidget
from episodes.desk.working_copy import WorkingCopyViews, publish_changes_of, working_copy_context
from episodes.models import REVIEWED, Appearance, Decision, Episode, Finding, Note, TaggedEpisode
from episodes.notes.sources import source_id

LISTED_FINDINGS = 50


class EpisodeForm(LockedForm):
    """The form of an episode."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "cover" in self.fields and self.instance.pk:
            self.fields["cover"].widget.address = address_of(self.instance, "cover")
        if "title" in self.fields and not self.instance.pk:
            # Imported episodes may lack a title; episodes added by hand must have one.
            self.fields["title"].required = True

    def clean_slug(self) -> str:
        """Return the slug; an emptied field keeps the stored slug."""
        return self.cleaned_data["slug"] or self.instance.slug

    def _save_m2m(self) -> None:
        # taggit queries every tag even when none has changed.
        if "tags" in self.changed_data:
            super()._save_m2m()  # type: ignore[misc]


def _number_of(rows: QuerySet) -> Coalesce:
    """Return the number of `rows` per episode as an annotation, computed for the listed episodes only."""
    counted = rows.filter(episode=OuterRef("pk")).order_by().values("episode").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


@admin.register(Episode)
class EpisodeAdmin(LockedFormAdmin):
    """List and form of episodes. The views beside the form are in the modules of `views`."""

    form = EpisodeForm
    views: ClassVar[tuple[type[EpisodeViews], ...]] = (TransitionViews, PreviewViews, WorkingCopyViews, ReviewViews)
    # Earlier versions had forms of all rows in the episode's form and logged them by name.
    logged_models = (Appearance, *REVIEWED)
    save_on_top = True
    list_display = ("title_link", "to_review", "status_label", "open_errors", "reviewer", "aired_on", "area")
    list_filter = ("status", NextStepFilter, "form", "language", "area", "category", "adopted")
    list_select_related = ("claimed_by",)
    search_fields = ("title", "slug", "source_url", "series", "appearances__label")
    search_help_text = gettext_lazy("Title (also in pinyin), source, series or the name of a credited person.")
    date_hierarchy = "aired_on"
    actions = ("claim_selected", "publish_selected", "publish_changes_selected")
    readonly_fields = (
        "status_label",
        "published_at",
        "claim",
        "approved",
        "source_id",
        "note",
        "front_matter",
        "findings_list",
    )
    fieldsets = (
        (None, {"fields": ("title", "slug", "summary", ("insight", "insight_public"))}),
        (gettext_lazy("Flags"), {"fields": ("findings_list",)}),
        (
            gettext_lazy("Source"),
            {"fields": (("form", "number"), ("aired_on", "duration"), "source_url", ("source_id", "note"), "cover")},
        ),
        (
            gettext_lazy("Classification"),
            {
                "fields": (
                    ("language", "translation_key"),
                    ("area", "category"),
                    "series",
                    "tags",
                    "projects",
                    "front_matter",
                )
            },
        ),
        (
            gettext_lazy("Status"),
            {"fields": (("status_label", "published_at"), ("claim", "approved")), "classes": ["collapse"]},
        ),
    )

    def get_urls(self) -> list[Any]:
        return [*(found for views in self.views for found in views(self).paths()), *super().get_urls()]

    # --- the list

    def listed(self, rows: QuerySet) -> QuerySet:
        undecided = (_number_of(model.objects.undecided()) for model in REVIEWED)
        rows = rows.defer(*LONG).annotate(
            undecided=reduce(add, undecided), errors=_number_of(Finding.objects.blocking())
        )
        return rows.annotate(revised=F("revises__title"))

    @admin.display(description=gettext_lazy("to review"))
    def to_review(self, obj: Any) -> str:
        """Return the number of undecided items as a link to the review screen."""
        return format_html(
            '<a class="review-link" href="{}">{}</a>', address_of(obj, "review"), obj.undecided or _("Review")
        )

    @admin.display(description=gettext_lazy("errors"))
    def open_errors(self, obj: Any) -> int | str:
        return obj.errors or "–"

    @admin.display(description=gettext_lazy("reviewer"), ordering="claimed_by")
    def reviewer(self, obj: Episode) -> str:
        """Return the reviewer; a lapsed claim counts as none."""
        return str(workflow.holder(obj) or "–")

    @admin.display(description=gettext_lazy("episode"), ordering="title")
    def title_link(self, obj: Any) -> str:
        if obj.revises_id is None:
            return str(obj)
        of = _("draft of changes to “%(title)s”") % {"title": obj.revised or obj.revises_id}
        return format_html('{}<span class="copy-of">{}</span>', obj, of)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_label(self, obj: Episode) -> str:
        return status_label(obj)

    @admin.action(description=gettext_lazy("Start review"), permissions=["review"])
    def claim_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        if not too_many(request, queryset):
            transition_all(request, queryset, Episode.Status.IN_REVIEW)

    @admin.action(description=gettext_lazy("Publish now"), permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        if not too_many(request, queryset):
            transition_all(request, queryset, Episode.Status.PUBLISHED)

    @admin.action(description=gettext_lazy("Publish changes"), permissions=["publish"])
    def publish_changes_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        publish_changes_of(request, queryset)

    # --- permissions

    def has_review_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(REVIEW)

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PUBLISH)

    def has_change_permission(self, request: HttpRequest, obj: Episode | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or workflow.open_to_edits(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Episode | None = None) -> bool:
        """Return whether the user may delete: superusers, and only drafts that were never public.

        Working copies are discarded instead, which keeps their note.
        """
        if not request.user.is_superuser or (obj is not None and obj.revises_id):
            return False
        return obj is None or (obj.status == Episode.Status.DRAFT and not was_public(obj))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Count related rows instead of naming them: three hundred names would cost a query each.

        Related rows are deleted also where the user may not delete them by themselves.
        """
        collector = NestedObjects(using=router.db_for_write(Episode))
        collector.collect(objs)
        kinds: Any = collector.model_objs
        counts = {model._meta.verbose_name_plural: len(rows) for model, rows in kinds.items()}
        allowed = all(self.has_delete_permission(request, obj) for obj in objs)
        return [str(obj) for obj in objs], counts, set() if allowed else {self.opts.verbose_name}, []

    # --- the form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "tags":
            widget = TagNamesWidget(TaggedEpisode._meta.get_field("tag"), self.admin_site)
            kwargs |= {"form_class": TagNamesField, "widget": widget, "help_text": _("Type a name and press Enter.")}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Episode | None = None) -> Any:
        if obj is None:
            return self.visible(request, (self.fieldsets[0], *self.fieldsets[2:4]))
        # A working copy has no public address, so its slug is not shown.
        fieldsets = self.visible(request, without(self.fieldsets, "slug") if obj.revises_id else self.fieldsets)
        return fieldsets if self.has_change_permission(request, obj) else clocked(shown(fieldsets, "cover"))

    def get_readonly_fields(self, request: HttpRequest, obj: Episode | None = None) -> Any:
        if obj is None:
            return self.readonly_fields
        # A public address never changes, even after a withdrawal.
        known = ("slug",) if obj.revises_id or was_public(obj) else ()
        clocks = () if self.has_change_permission(request, obj) else CLOCKS.values()
        return (*self.readonly_fields, *known, *clocks)

    def save_model(self, request: HttpRequest, obj: Episode, form: Any, change: bool) -> None:
        """Create the episode. Changes are saved in `save_related()`, in one act with the tags."""
        if change:
            return
        obj.slug = obj.slug or free_slug_for(Episode, obj.title)
        obj.source_id = source_id(obj.source_url) or ""
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        episode, by = form.instance, staff_user(request)
        changed = form.has_changed()
        was_approved = episode.status == Episode.Status.APPROVED
        with workflow.one_act():
            if change and changed:
                workflow.edited(episode, by)
                workflow.save_words(episode, form.changed_data, by)
            super().save_related(request, form, formsets, change)
        if changed:
            derived.refresh(episode)
        if was_approved and changed:
            messages.warning(request, _("The text has changed, so the approved episode is in review again."))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        episode = kwargs.get("obj")
        if episode is not None:
            context["show_save_and_add_another"] = False
            context["desk"] = toolbar_context(request, episode)
            context["revising"] = working_copy_context(request, episode)
        return super().render_change_form(request, context, *args, **kwargs)

    # --- read-only fields

    @admin.display(description=gettext_lazy("reviewer"))
    def claim(self, obj: Episode) -> str:
        held = workflow.holder(obj)
        return (
            _("%(name)s, since %(when)s") % {"name": held, "when": localize(localtime(obj.claimed_at))} if held else "-"
        )

    @admin.display(description=gettext_lazy("approved"))
    def approved(self, obj: Episode) -> str:
        return _("revision %d") % obj.approved_version if obj.approved_version else "-"

    @admin.display(description=gettext_lazy("cover"))
    def picture(self, obj: Episode) -> str:
        return image(obj, "cover")

    @admin.display(description=gettext_lazy("note"))
    def note(self, obj: Episode) -> str:
        note = Note.objects.for_spans_of(obj).without_text().first()
        return format_html('<a href="{}">{}</a>', address_of(note), note) if note else "-"

    @admin.display(description=gettext_lazy("open flags"))
    def findings_list(self, obj: Episode) -> str:
        found = sorted(
            obj.findings.open().select_related("target_type").defer("repair"), key=lambda finding: finding.rank
        )
        rows = [
            {"severity": state(f.severity, f.get_severity_display()), "finding": f, "about": target_of(f)}
            for f in found[:LISTED_FINDINGS]
        ]
        context = {"rows": rows, "more": len(found[LISTED_FINDINGS:]), "episode": obj}
        return render_to_string("desk/episode/findings.html", context)

    @admin.display(description=gettext_lazy("other front matter"))
    def front_matter(self, obj: Episode) -> str:
        if not obj.extra:
            return "-"
        return format_html("<pre>{}</pre>", json.dumps(obj.extra, ensure_ascii=False, indent=2))


def was_public(episode: Episode) -> bool:
    """Return whether visitors could ever see the episode, so that its address is known.

    One query, cached on the episode.
    """
    if not hasattr(episode, "_was_public"):
        published = Decision.objects.filter(
            target_type=ContentType.objects.get_for_model(Episode),
            target_id=episode.pk,
            field="",
            to_status__in=Episode.PUBLIC_STATUSES,
        )
        episode._was_public = bool(episode.published_at) or published.exists()  # type: ignore[attr-defined]
    return episode._was_public  # type: ignore[attr-defined]
