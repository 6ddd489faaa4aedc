"""Set the speaker of many quotes or predictions at once: one label can belong to forty quotes."""

from __future__ import annotations

from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from episodes import derived, workflow
from episodes.bases.reviewable import Status
from episodes.bases.users import User, staff_user
from episodes.desk.list_actions import (
    DecisionForm,
    ReviewableAdmin,
    message_refusals,
    too_many,
)
from episodes.models import Episode, Quote
from episodes.workflow import Refused
from episodes.workflow.decisions import stale
from people.models import Speaker


class SpeakerAndLabelForm(DecisionForm):
    """The list's action, the reason for a rejection, and the speaker to set."""

    speaker = forms.ModelChoiceField(
        Speaker.objects.all(),
        label=gettext_lazy("speaker"),
        required=False,
        # Autocomplete, as in every other box for a speaker.
        widget=AutocompleteSelect(Quote._meta.get_field("speaker"), admin.site),
    )


class SetSpeakerMixin(ReviewableAdmin):
    """Mixin of QuoteAdmin and PredictionAdmin."""

    action_form = SpeakerAndLabelForm
    actions: Any = [*ReviewableAdmin.actions, "set_speaker"]
    fields_of_actions: ClassVar[dict[str, str]] = {**ReviewableAdmin.fields_of_actions, "set_speaker": "speaker"}

    @admin.action(description=gettext_lazy("Set the speaker of the selected items"), permissions=["change"])
    def set_speaker(self, request: HttpRequest, queryset: QuerySet) -> None:
        form = SpeakerAndLabelForm({"action": "", "speaker": request.POST.get("speaker", "")})
        speaker = form.fields["speaker"].clean(form.data["speaker"])
        if speaker is None:
            messages.error(request, _("Select a speaker first. Nothing was changed."))
            return
        if too_many(request, queryset):
            return
        # With prefetch_related, rows of one episode share one Episode object and so its current version.
        rows = queryset.select_related(None).prefetch_related("episode").order_by("episode_id", "pk")
        written: list[Any] = []
        refusals: list[tuple[Any, Refused]] = []
        for episode, said in groupby(rows, key=lambda row: row.episode):
            try:
                written += set_speaker_in(episode, list(said), speaker, staff_user(request))
            except Refused as refused:
                refusals.append((episode, refused))
        message_refusals(request, refusals)
        if written:
            changed = [{"changed": {"fields": ["speaker"]}}]
            LogEntry.objects.log_actions(str(request.user.pk), written, CHANGE, changed)
        if written or not refusals:
            done = ngettext("Speaker set for %d item.", "Speaker set for %d items.", len(written))
            messages.success(request, done % len(written))


def set_speaker_in(episode: Episode, rows: list[Any], speaker: Speaker, by: User) -> list[Any]:
    """Set the speaker of rows of one episode and return the rows that changed.

    Raises Refused, and then writes nothing. The number of queries does not depend on the number of rows, except for
    double-checked rows: reverting each to accepted has its own queries.
    """
    rows = [row for row in rows if row.speaker_id != speaker.pk]
    if not rows:
        return []
    with transaction.atomic():
        workflow.edited(episode, by)
        # Grouped before anything is written, because writing reverts double-checked rows to accepted.
        verified = [row for row in rows if getattr(row, "status", "") == Status.EVERGREEN]
        plain = [row for row in rows if row not in verified]
        for row in verified:
            row.speaker = speaker
            workflow.save_words(row, ["speaker"], by)
        for model in {type(row) for row in plain}:
            _write_speaker(model, [row.pk for row in plain if isinstance(row, model)], speaker)
        workflow.record_edits(((row, "speaker", row.speaker_id, speaker.pk) for row in plain), by)
        derived.refresh(episode)
    return rows


def _write_speaker(model: Any, keys: list[int], speaker: Speaker) -> None:
    changes: dict[str, Any] = {"speaker": speaker}
    chosen = model._default_manager.filter(pk__in=keys)
    if hasattr(model, "version"):
        # A row double-checked since it was loaded is not counted here, so the whole change is rolled back.
        chosen, changes["version"] = chosen.exclude(status=Status.EVERGREEN), F("version") + 1
    if chosen.update(**changes) != len(keys):
        raise stale()
