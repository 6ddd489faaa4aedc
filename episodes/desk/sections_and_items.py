"""Sections and items on pages of their own: lists for deciding, forms for editing one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, QuerySet
from django.db.models.functions import Substr
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from episodes.desk.base import (
    CLOCKS,
    EpisodeFilter,
    OfEpisodeAdmin,
    clocked,
    state,
)
from episodes.desk.list_actions import ReviewableAdmin
from episodes.desk.list_filters import DueFilter, LabelFilter, SpeakerFilter
from episodes.desk.prediction_outcome import OutcomeViews
from episodes.desk.set_speaker import SetSpeakerMixin
from episodes.models import (
    Appearance,
    Chapter,
    Mention,
    Observation,
    Prediction,
    Quote,
    Section,
    Takeaway,
)

# Characters of a section's text in the list.
BEGINNING = 120
IN_TIME = F("start").asc(nulls_last=True)
REVIEW = (
    _("Review"),
    {
        "fields": (
            ("accepted_by", "accepted_at"),
            ("verified_by", "verified_at", "self_verified"),
            "version_shown",
        ),
        "classes": ["collapse"],
    },
)
READONLY = ("accepted_by", "accepted_at", "verified_by", "verified_at", "self_verified", "version_shown")


class ItemAdmin(ReviewableAdmin, OfEpisodeAdmin):
    """Base of the admin classes of sections and items."""

    list_filter: ClassVar[Any] = ("status", EpisodeFilter)
    list_per_page = 100
    words: ClassVar[Any] = ()

    def get_fieldsets(self, request: Any, obj: Any = None) -> Any:
        parts = [(None, {"fields": ("episode_link", *self.words)})]
        fieldsets = self.visible(request, [*parts, REVIEW] if obj else parts)
        if obj is None:
            return fieldsets
        return fieldsets if self.has_change_permission(request, obj) else clocked(fieldsets)

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        clocks = () if self.has_change_permission(request, obj) else CLOCKS.values()
        return (*super().get_readonly_fields(request, obj), *READONLY, *clocks)

    def get_list_display(self, request: Any) -> Any:
        """Return the columns; without the episode in a list that is limited to one episode."""
        shown = super().get_list_display(request)
        one = EpisodeFilter.parameter_name in request.GET
        return [name for name in shown if not (one and name == "episode_link")]

    def with_more(self, words: str, *more: str) -> str:
        """Return fieldsets for an item: its text first, explanatory fields below."""
        lines = format_html_join("", '<div class="quiet">{}</div>', ((line,) for line in more if line))
        return format_html("{}{}", words, lines)

    @admin.display(description=_("revision"))
    def version_shown(self, obj: Any) -> int:
        return obj.version

    @admin.display(description=_("time"), ordering="start")
    def at(self, obj: Any) -> str:
        return obj.start_text


@admin.register(Section)
class SectionAdmin(ItemAdmin):
    """List and form of sections."""

    list_display = ("wording", "kind", "order", "episode_link", "decided")
    list_filter = ("status", "kind", EpisodeFilter)
    search_fields = ("heading", "episode__title")
    ordering = ("-episode_id", "order", "pk")
    words = (("heading", "level"), ("kind", "order"), "text")

    def log_change(self, request: Any, obj: Any, message: Any) -> Any:
        """Log a section without a heading by its number, because its displayed name depends on the language."""
        entry = super().log_change(request, obj, message)
        if not obj.heading:
            entry.object_repr = f"§ {obj.order + 1}"
            entry.save(update_fields=["object_repr"])
        return entry

    def listed(self, rows: QuerySet) -> QuerySet:
        # Cut by the database, because a section can be a whole transcript.
        return super().listed(rows).defer("text", "html").annotate(beginning=Substr("text", 1, BEGINNING + 1))

    @admin.display(description=_("section"), ordering="heading")
    def wording(self, obj: Any) -> str:
        cut = "…" if len(obj.beginning) > BEGINNING else ""
        return self.with_more(str(obj), " ".join(obj.beginning[:BEGINNING].split()) + cut)


@admin.register(Appearance)
class AppearanceAdmin(OfEpisodeAdmin):
    """List and form of appearances."""

    list_display = ("label", "role", "speaker", "episode_link")
    list_filter = ("role", ("speaker", admin.EmptyFieldListFilter), EpisodeFilter)
    list_select_related = ("episode", "speaker")
    search_fields = ("label", "speaker__name", "speaker__slug", "episode__title")
    ordering = ("-pk",)
    autocomplete_fields = ("speaker",)
    fields = ("episode_link", "role", "label", "speaker")


@admin.register(Chapter)
class ChapterAdmin(ItemAdmin):
    """List and form of chapters."""

    list_display = ("wording", "at", "episode_link", "decided")
    search_fields = ("title", "summary", "episode__title")
    ordering = ("-episode_id", IN_TIME, "pk")
    words = (("start", "start_raw"), "title", "summary")

    @admin.display(description=_("chapter"), ordering="title")
    def wording(self, obj: Chapter) -> str:
        return self.with_more(obj.title, obj.summary)

    readonly_fields = (*OfEpisodeAdmin.readonly_fields, "start_raw")


class SpokenItemAdmin(SetSpeakerMixin, ItemAdmin):
    """Base of the admin classes of quotes and predictions."""

    list_filter: ClassVar[Any] = ("status", SpeakerFilter, LabelFilter, EpisodeFilter)
    list_select_related = ("episode", "speaker")
    autocomplete_fields = ("speaker",)
    ordering = ("-episode_id", IN_TIME, "pk")
    readonly_fields = (*OfEpisodeAdmin.readonly_fields, "start_raw")

    @admin.display(description=_("speaker"), ordering="speaker__name")
    def who(self, obj: Any) -> str:
        return str(obj.speaker) if obj.speaker_id else state("warning", _("unknown"))


@admin.register(Quote)
class QuoteAdmin(SpokenItemAdmin):
    """List and form of quotes."""

    list_display = ("wording", "at", "label", "who", "episode_link", "decided")
    search_fields = ("text", "context", "label", "speaker__name", "speaker__slug", "episode__title")
    words = (("start", "start_raw"), "text", "context", ("label", "speaker"))

    @admin.display(description=_("quote"))
    def wording(self, obj: Quote) -> str:
        return self.with_more(obj.text, obj.context)


@admin.register(Prediction)
class PredictionAdmin(OutcomeViews, SpokenItemAdmin):
    """List and form of predictions, with the bar for criteria and outcome."""

    list_display = ("wording", "at", "label", "who", "due_on", "outcome", "episode_link", "decided")
    list_filter = ("status", DueFilter, "outcome", SpeakerFilter, LabelFilter, EpisodeFilter)
    search_fields = ("words", "claim", "label", "speaker__name", "speaker__slug", "episode__title")
    date_hierarchy = "due_on"
    words = (
        ("start", "start_raw"),
        "words",
        "claim",
        ("label", "speaker"),
        "horizon",
    )

    @admin.display(description=_("prediction"))
    def wording(self, obj: Prediction) -> str:
        return self.with_more(obj.words, obj.claim, obj.horizon)


@admin.register(Observation)
class ObservationAdmin(ItemAdmin):
    """List and form of observations."""

    list_display = ("wording", "kind", "at", "episode_link", "decided")
    list_filter = ("status", "kind", EpisodeFilter)
    search_fields = ("cue", "detail", "reading", "episode__title")
    ordering = ("-episode_id", IN_TIME, "pk")
    words = (("start", "start_raw"), "kind", "cue", "detail", "reading")
    readonly_fields = (*OfEpisodeAdmin.readonly_fields, "start_raw")

    @admin.display(description=_("on-screen detail"))
    def wording(self, obj: Observation) -> str:
        return self.with_more(obj.detail, obj.cue, obj.reading)


@admin.register(Takeaway)
class TakeawayAdmin(ItemAdmin):
    """List and form of takeaways."""

    list_display = ("text", "heading", "order", "episode_link", "decided")
    search_fields = ("text", "heading", "episode__title")
    ordering = ("-episode_id", "order", "pk")
    words = ("text", "heading", ("order", "depth"))


@admin.register(Mention)
class MentionAdmin(ItemAdmin):
    """List and form of mentions."""

    list_display = ("entity", "listed_as", "episode_link", "decided")
    list_filter = ("status", "entity__kind", EpisodeFilter)
    list_select_related = ("episode", "entity")
    search_fields = ("entity__name", "entity__slug", "listed_as", "episode__title")
    ordering = ("-episode_id", "listed_as", "pk")
    autocomplete_fields = ("entity",)
    names_rows = ("entity",)
    words = ("entity", "listed_as")
