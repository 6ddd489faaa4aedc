"""The episode: its list, and the form with everything in it."""

from __future__ import annotations

import json
from functools import reduce
from operator import add
from typing import Any

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
from episodes.bases.reviewable import DECIDED_STATUSES, Status
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
from episodes.desk.forms import LockedForm
from episodes.desk.inlines import INLINES
from episodes.desk.list_filters import NextStepFilter
from episodes.desk.preview import PreviewViews
from episodes.desk.records import target_of
from episodes.desk.review import Review
from episodes.desk.transition_buttons import TransitionButtons
from episodes.desk.widgets import TagNamesField, TagNamesWidget
from episodes.desk.working_copy import WorkingCopyViews
from episodes.models import REVIEWED, Decision, Episode, Finding, Note, TaggedEpisode
from episodes.notes.sources import source_id

LISTED_FINDINGS = 50


class EpisodeForm(LockedForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "cover" in self.fields and self.instance.pk:
            self.fields["cover"].widget.address = address_of(self.instance, "cover")
        if "title" in self.fields and not self.instance.pk:
            # An imported episode may lack one and is still saved; what a person adds has a name.
            self.fields["title"].required = True

    def clean_slug(self) -> str:
        """A slug is given once: emptied, it stays what it was."""
        return self.cleaned_data["slug"] or self.instance.slug

    def _save_m2m(self) -> None:
        # taggit would look at every tag again, also when none was changed.
        if "tags" in self.changed_data:
            super()._save_m2m()  # type: ignore[misc]


def _number_of(rows: QuerySet) -> Coalesce:
    """How many of these rows an episode has, as a column that is computed for the listed episodes only."""
    counted = rows.filter(episode=OuterRef("pk")).order_by().values("episode").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


@admin.register(Episode)
class EpisodeAdmin(TransitionButtons, PreviewViews, WorkingCopyViews, Review, LockedFormAdmin):
    form = EpisodeForm
    inlines = INLINES
    save_on_top = True
    list_display = ("named", "left", "stands", "open_errors", "held", "aired_on", "area")
    list_filter = ("status", NextStepFilter, "form", "language", "area", "category", "adopted")
    list_select_related = ("claimed_by",)
    search_fields = ("title", "slug", "source_url", "series", "appearances__label")
    search_help_text = gettext_lazy("Title (also in pinyin), source, series or the name of somebody who is credited.")
    date_hierarchy = "aired_on"
    actions = ("claim_selected", "publish_selected", "publish_changes_selected")
    readonly_fields = (
        "stands",
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
        (gettext_lazy("Findings"), {"fields": ("findings_list",)}),
        (
            gettext_lazy("Recording"),
            {"fields": (("form", "number"), ("aired_on", "duration"), "source_url", ("source_id", "note"), "cover")},
        ),
        (
            gettext_lazy("Filing"),
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
            gettext_lazy("Where it stands"),
            {"fields": (("stands", "published_at"), ("claim", "approved")), "classes": ["collapse"]},
        ),
    )

    # --- the list

    def listed(self, rows: QuerySet) -> QuerySet:
        undecided = (_number_of(model.objects.undecided()) for model in REVIEWED)
        rows = rows.defer(*LONG).annotate(left=reduce(add, undecided), errors=_number_of(Finding.objects.blocking()))
        return rows.annotate(revised=F("revises__title"))

    @admin.display(description=gettext_lazy("left"))
    def left(self, obj: Any) -> str:
        """How much is undecided, as the way to the review screen."""
        return format_html(
            '<a class="review-link" href="{}">{}</a>', address_of(obj, "review"), obj.left or _("Review")
        )

    @admin.display(description=gettext_lazy("errors"))
    def open_errors(self, obj: Any) -> int | str:
        return obj.errors or "–"

    @admin.display(description=gettext_lazy("claimed by"), ordering="claimed_by")
    def held(self, obj: Episode) -> str:
        """A claim that has lapsed is none."""
        return str(workflow.holder(obj) or "–")

    # --- what may be done

    def has_change_permission(self, request: HttpRequest, obj: Episode | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or workflow.open_to_edits(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Episode | None = None) -> bool:
        """A superuser, and only what no visitor can ever have seen. A working copy is discarded, with its note kept."""
        if not request.user.is_superuser or (obj is not None and obj.revises_id):
            return False
        return obj is None or (obj.status == Episode.Status.DRAFT and not was_public(obj))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What belongs to an episode goes with it, also what nobody may delete by itself. It is counted, not named:
        three hundred names would cost a query each.
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
        # A working copy has no address: its slug says nothing to anybody.
        fieldsets = self.visible(request, without(self.fieldsets, "slug") if obj.revises_id else self.fieldsets)
        return fieldsets if self.has_change_permission(request, obj) else clocked(shown(fieldsets, "cover"))

    def get_readonly_fields(self, request: HttpRequest, obj: Episode | None = None) -> Any:
        if obj is None:
            return self.readonly_fields
        # An address that visitors know stays, also after a withdrawal.
        known = ("slug",) if obj.revises_id or was_public(obj) else ()
        clocks = () if self.has_change_permission(request, obj) else CLOCKS.values()
        return (*self.readonly_fields, *known, *clocks)

    def get_inlines(self, request: HttpRequest, obj: Episode | None) -> Any:
        return self.inlines if obj else ()

    def get_inline_formsets(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Each kind's heading says how many there are, from the rows that are loaded anyway."""
        formsets = super().get_inline_formsets(request, *args, **kwargs)
        for formset in formsets:
            rows = formset.formset.get_queryset()
            formset.opts.rows_total = len(rows)
            formset.opts.rows_undecided = sum(
                getattr(row, "status", Status.ACCEPTED) not in DECIDED_STATUSES for row in rows
            )
            formset.opts.verbose_name_plural = f"{formset.opts.verbose_name_plural} ({len(rows)})"
        return formsets

    def save_model(self, request: HttpRequest, obj: Episode, form: Any, change: bool) -> None:
        """Creates. What was changed is saved in save_related(): only there it shows whether a row was."""
        if change:
            return
        obj.slug = obj.slug or free_slug_for(Episode, obj.title)
        obj.source_id = source_id(obj.source_url) or ""
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        episode, by = form.instance, staff_user(request)
        changed = form.has_changed() or any(formset.has_changed() for formset in formsets)
        was_approved = episode.status == Episode.Status.APPROVED
        with workflow.one_act():
            if change and changed:
                workflow.edited(episode, by)
                workflow.save_words(episode, form.changed_data, by)
            super().save_related(request, form, formsets, change)
        if changed:
            derived.refresh(episode)
        if was_approved and changed:
            messages.warning(request, _("It was approved and is in review again: its words have changed."))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for row in formset.deleted_objects:
            row.delete()
        for row, changed in formset.changed_objects:
            workflow.save_words(row, changed, staff_user(request))
        for row in formset.new_objects:
            row.save()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        episode = kwargs.get("obj")
        if episode is not None:
            context["show_save_and_add_another"] = False
            context["desk"] = self.desk(request, episode, context["inline_admin_formsets"])
            context["revising"] = self.revising(request, episode)
        return super().render_change_form(request, context, *args, **kwargs)

    # --- what is shown and not edited

    @admin.display(description=gettext_lazy("claim"))
    def claim(self, obj: Episode) -> str:
        held = workflow.holder(obj)
        return (
            _("%(name)s, since %(when)s") % {"name": held, "when": localize(localtime(obj.claimed_at))} if held else "-"
        )

    @admin.display(description=gettext_lazy("approved"))
    def approved(self, obj: Episode) -> str:
        return _("version %d") % obj.approved_version if obj.approved_version else "-"

    @admin.display(description=gettext_lazy("cover"))
    def picture(self, obj: Episode) -> str:
        return image(obj, "cover")

    @admin.display(description=gettext_lazy("note"))
    def note(self, obj: Episode) -> str:
        note = Note.objects.for_spans_of(obj).without_text().first()
        return format_html('<a href="{}">{}</a>', address_of(note), note) if note else "-"

    @admin.display(description=gettext_lazy("open findings"))
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

    @admin.display(description=gettext_lazy("further front matter"))
    def front_matter(self, obj: Episode) -> str:
        if not obj.extra:
            return "-"
        return format_html("<pre>{}</pre>", json.dumps(obj.extra, ensure_ascii=False, indent=2))


def was_public(episode: Episode) -> bool:
    """Whether visitors could ever see it: then its address is known. One query, remembered on the episode."""
    if not hasattr(episode, "_was_public"):
        published = Decision.objects.filter(
            target_type=ContentType.objects.get_for_model(Episode),
            target_id=episode.pk,
            field="",
            to_status__in=Episode.PUBLIC_STATUSES,
        )
        episode._was_public = bool(episode.published_at) or published.exists()  # type: ignore[attr-defined]
    return episode._was_public  # type: ignore[attr-defined]
