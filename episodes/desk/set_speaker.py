"""Who said it, for many at once: a note names its speakers by labels, and one label can stand beside forty quotes."""

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
    """The list's action, the reason for a rejection, and who said it."""

    speaker = forms.ModelChoiceField(
        Speaker.objects.all(),
        label=gettext_lazy("speaker"),
        required=False,
        # The names come while one is typed, as in every other box for a speaker.
        widget=AutocompleteSelect(Quote._meta.get_field("speaker"), admin.site),
    )


class SetSpeakerMixin(ReviewableAdmin):
    """For quotes and predictions."""

    action_form = SpeakerAndLabelForm
    actions: Any = [*ReviewableAdmin.actions, "set_speaker"]
    fields_of_actions: ClassVar[dict[str, str]] = {**ReviewableAdmin.fields_of_actions, "set_speaker": "speaker"}

    @admin.action(description=gettext_lazy("Set the speaker of the selected"), permissions=["change"])
    def set_speaker(self, request: HttpRequest, queryset: QuerySet) -> None:
        form = SpeakerAndLabelForm({"action": "", "speaker": request.POST.get("speaker", "")})
        speaker = form.fields["speaker"].clean(form.data["speaker"])
        if speaker is None:
            messages.error(request, _("Choose the speaker first. Nothing was changed."))
            return
        if too_many(request, queryset):
            return
        # By prefetching, rows of one episode share its object: its version is that of all of them.
        rows = queryset.select_related(None).prefetch_related("episode").order_by("episode_id", "pk")
        written: list[Any] = []
        refusals: list[tuple[Any, Refused]] = []
        for episode, said in groupby(rows, key=lambda row: row.episode):
            try:
                written += set_speaker_in(episode, list(said), speaker, request.user)
            except Refused as refused:
                refusals.append((episode, refused))
        message_refusals(request, refusals)
        if written:
            changed = [{"changed": {"fields": ["speaker"]}}]
            LogEntry.objects.log_actions(str(request.user.pk), written, CHANGE, changed)
        if written or not refusals:
            done = ngettext("The speaker of %d was set.", "The speaker of %d was set.", len(written))
            messages.success(request, done % len(written))


def set_speaker_in(episode: Episode, rows: list[Any], speaker: Speaker, by: Any) -> list[Any]:
    """Write who said these rows of one episode and return those that changed. Raises Refused; nothing is written then.

    As many queries for a hundred rows as for one: what was verified and falls back to accepted costs its own.
    """
    rows = [row for row in rows if row.speaker_id != speaker.pk]
    if not rows:
        return []
    with transaction.atomic():
        workflow.edited(episode, by)
        # Sorted before anything is written: what was verified is only accepted afterwards.
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
        # What somebody verified since it was read is not counted here, and takes all of it back.
        chosen, changes["version"] = chosen.exclude(status=Status.EVERGREEN), F("version") + 1
    if chosen.update(**changes) != len(keys):
        raise stale()
