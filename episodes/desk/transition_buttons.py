"""The buttons that move an episode from status to status, and its summary; the same as actions on the list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from episodes import workflow
from episodes.bases.reviewable import RejectCode, Status
from episodes.bases.users import staff_user
from episodes.desk.base import (
    BaseAdmin,
    address_of,
    message_result,
    state,
)
from episodes.desk.list_actions import (
    claim_if_free,
    require_post,
    too_many,
    transition_all,
    transition_one,
    transitions_from,
)
from episodes.models import Episode
from episodes.site.contexts.review_summary import review_of
from episodes.site.syndication.review_status import Piece
from episodes.workflow import Refused, Summary, find_transition


@dataclass(frozen=True)
class Button:
    """One move of an episode. `asks` is what the person may or must say with it: "reason", "moment", "day", "field" or
    nothing. `seconds`: it is for a second person, and hidden where one works alone; "verify" if the site does not let
    one verify alone.
    """

    name: str
    to: str
    label: Any
    asks: str = ""
    seconds: str = ""

    def hidden(self, alone: bool) -> bool:
        may_alone = self.seconds == "verify" and settings.GREENROOM_SELF_VERIFY
        return alone and bool(self.seconds) and not may_alone


BUTTONS = (
    Button("claim", Episode.Status.IN_REVIEW, gettext_lazy("Claim"), seconds="always"),
    Button("request", Episode.Status.CHANGES_REQUESTED, gettext_lazy("Request changes"), "field", seconds="always"),
    Button("approve", Episode.Status.APPROVED, gettext_lazy("Approve")),
    Button("publish", Episode.Status.PUBLISHED, gettext_lazy("Publish"), "moment"),
    Button("evergreen", Episode.Status.EVERGREEN, gettext_lazy("Grow evergreen"), "day", seconds="verify"),
    Button("withdraw", Episode.Status.WITHDRAWN, gettext_lazy("Withdraw"), "reason"),
    Button("reopen", Episode.Status.DRAFT, gettext_lazy("Back to draft"), "reason"),
)
# What changes can be requested of, beside the items: those are named on the review screen.
FIELDS = ("title", "summary", "insight", "source_url", "aired_on", "duration", "language", "series", "area", "category")


class MomentForm(forms.Form):
    """When it is to be published; nothing means now."""

    published_at = forms.DateTimeField(required=False)


class DayForm(forms.Form):
    """When it is to be checked again; nothing means in half a year."""

    recheck_on = forms.DateField(required=False)

    def clean_recheck_on(self) -> Any:
        return self.cleaned_data["recheck_on"] or timezone.localdate() + timedelta(days=182)


class FieldForm(forms.Form):
    """What is to be changed, and why."""

    field = forms.ChoiceField(choices=[(name, name) for name in FIELDS])
    reason = forms.CharField(max_length=1000)


class TransitionButtons(BaseAdmin):
    """For EpisodeAdmin."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        moves = [
            path(
                f"<int:pk>/{button.name}/",
                view(partial(self.move_view, button=button)),
                name=f"episodes_episode_{button.name}",
            )
            for button in BUTTONS
        ]
        more = [
            path("<int:pk>/release/", view(self.release_view), name="episodes_episode_release"),
            path("<int:pk>/approve-and-publish/", view(self.straight_view), name="episodes_episode_straight"),
            path("<int:pk>/summary/", view(self.summary_view), name="episodes_episode_summary"),
        ]
        return [*moves, *more, *super().get_urls()]

    def _episode_for(self, request: HttpRequest, pk: int, *permissions: str) -> Episode:
        allowed = any(request.user.has_perm(permission) for permission in permissions)
        if not (allowed and self.has_view_permission(request)):
            raise PermissionDenied
        return get_object_or_404(Episode.objects.select_related("claimed_by"), pk=pk)

    def move_view(self, request: HttpRequest, pk: int, button: Button) -> HttpResponse:
        if wrong := require_post(request):
            return wrong
        moves = (move for move in workflow.TRANSITIONS if move.target == button.to)
        episode = self._episode_for(request, pk, *(name for move in moves for name in move.permissions))
        details = self._details(request, button)
        if details is None:
            return self.back_to(episode)
        reason = request.POST.get("reason", "") if button.asks == "reason" else ""
        done = transition_one(request, episode, button.to, reason, **details)
        if done and episode.published_at and episode.published_at > timezone.now():
            messages.info(request, _("It becomes public by itself at that moment."))
        return self.back_to(episode)

    def _details(self, request: HttpRequest, button: Button) -> dict[str, Any] | None:
        """What the person said with the button; None, with a message, where it cannot be read."""
        asked = {"moment": MomentForm, "day": DayForm, "field": FieldForm}.get(button.asks)
        if asked is None:
            return {}
        form = asked(request.POST)
        if form.is_valid():
            said = form.cleaned_data
            return {"findings": [{"field": said["field"], "message": said["reason"]}]} if asked is FieldForm else said
        wrong = {
            "moment": _("Write the moment as 2026-01-31 12:00, or leave it empty. Nothing was changed."),
            "day": _("Write the day as 2026-01-31, or leave it empty. Nothing was changed."),
            "field": _("Say what is to be changed, and why. Nothing was changed."),
        }
        messages.error(request, wrong[button.asks])
        return None

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: give the claim back."""
        if wrong := require_post(request):
            return wrong
        episode = self._episode_for(request, pk, "episodes.review_episode", "episodes.publish_episode")
        try:
            workflow.release(episode, staff_user(request))
            messages.success(request, _("Nobody holds it now."))
            if episode.status == Episode.Status.DRAFT:
                messages.info(request, _("Nothing was decided in it: it is a draft again."))
        except Refused as refused:
            message_result(request, refused)
        return self.back_to(episode)

    def straight_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: claim, approve and publish at once, for who may do all of it."""
        if wrong := require_post(request):
            return wrong
        episode = self._episode_for(request, pk, "episodes.publish_episode")
        if not request.user.has_perm("episodes.review_episode"):
            raise PermissionDenied
        try:
            workflow.approve_and_publish(episode, staff_user(request))
            messages.success(request, _("Approved and published."))
            if episode.revises_id:
                return self.back_to(Episode(pk=episode.revises_id))
        except Refused as refused:
            message_result(request, refused)
        return self.back_to(episode)

    def summary_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST `to`, and `reject_code` for a rejection."""
        if wrong := require_post(request):
            return wrong
        episode = self._episode_for(request, pk, "episodes.review_episode", "episodes.verify_episode")
        to, code = request.POST.get("to", ""), request.POST.get("reject_code", "")
        with workflow.one_act():
            claim_if_free(request, episode)
            transition_one(request, Summary(episode), to, code)
        return self.back_to(episode)

    # --- actions on the list

    def has_review_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("episodes.review_episode")

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("episodes.publish_episode")

    @admin.action(description=gettext_lazy("Claim"), permissions=["review"])
    def claim_selected(self, request: HttpRequest, queryset: Any) -> None:
        if not too_many(request, queryset):
            transition_all(request, queryset, Episode.Status.IN_REVIEW)

    @admin.action(description=gettext_lazy("Publish now"), permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: Any) -> None:
        if not too_many(request, queryset):
            transition_all(request, queryset, Episode.Status.PUBLISHED)

    # --- the bar above the form

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def stands(self, obj: Episode) -> str:
        if obj.status in Episode.PUBLIC_STATUSES and not obj.is_public:
            return state("scheduled", _("scheduled"))
        return state(obj.status, " · ".join([str(obj.get_status_display()), *_beside_status(obj)]))

    def desk(self, request: HttpRequest, episode: Episode, formsets: Any) -> dict[str, Any]:
        """What the bar shows: where the episode stands, what may be done, what is left. One query beyond the form's."""
        review, alone = self.has_review_permission(request), workflow.works_alone()
        held = workflow.holder(episode)
        return {
            "status": self.stands(episode),
            "review_line": review_line(episode, formsets),
            "is_public": episode.is_public,
            "closed": episode.status in Episode.PUBLIC_STATUSES,
            "holder": None if alone else held,
            "may_release": may_release(episode, request.user, held, alone),
            "straight": may_publish_straight(episode, request.user),
            "fields": [(name, label_for_field(name, Episode)) for name in FIELDS],
            "buttons": [
                {"label": button.label, "asks": button.asks, "address": address_of(episode, button.name)}
                for button in BUTTONS
                if may_press(button, episode, request.user) and not button.hidden(alone)
            ],
            "summary": {
                "status": state(episode.summary_status, episode.get_summary_status_display()),
                "address": address_of(episode, "summary"),
                "moves": transitions_from(episode.summary_status) if review and episode.summary else [],
            },
            "codes": RejectCode.choices,
            "kinds": [kind_of(formset, episode) for formset in formsets if hasattr(formset.opts.model, "status")],
        }


def _beside_status(episode: Episode) -> Iterator[str]:
    """What is said beside the status of what visitors see. A draft, a working copy or what was withdrawn is not
    published in any way, whatever its columns still hold.
    """
    if episode.is_public and episode.adopted:
        yield _("adopted")
    if episode.is_public and episode.status == Episode.Status.EVERGREEN and is_due(episode):
        yield _("to be checked again")


def is_due(episode: Episode) -> bool:
    return episode.recheck_on is not None and episode.recheck_on <= timezone.localdate()


def review_line(episode: Episode, formsets: Any) -> str:
    """What the episode's page says of its review, from the rows the form has loaded; "" for what is not public."""
    if not episode.is_public:
        return ""
    rows: dict[str, list[Any]] = {
        formset.opts.model._meta.model_name: list(formset.formset.get_queryset()) for formset in formsets
    }
    sections = [Piece.of(row) for row in rows.get("section", ()) if row.status != Status.REJECTED and _is_written(row)]
    reviewed = (Status.ACCEPTED, Status.EVERGREEN)
    items = [
        Piece.of(row)
        for kind in ("chapter", "quote", "prediction", "observation")
        for row in rows.get(kind, ())
        if row.status in reviewed
    ]
    return review_of(episode, sections, items).line


def _is_written(section: Any) -> bool:
    return bool(section.heading or section.text)


def may_press(button: Button, episode: Episode, user: Any) -> bool:
    if button.to == episode.status and workflow.holder(episode) is not None:
        return False  # It is claimed already.
    if episode.revises_id and button.to == Episode.Status.PUBLISHED:
        return False  # Its changes are published: that is another button.
    move = find_transition(episode.status, button.to)
    return move is not None and move.allowed(user)


def may_release(episode: Episode, user: Any, held: Any, alone: bool) -> bool:
    """Whether to offer a release: who works alone holds against nobody, and only a release makes an episode a draft
    again in which nothing was decided.
    """
    if held is None or episode.status != Episode.Status.IN_REVIEW:
        return False
    return (held == user or user.has_perm("episodes.publish_episode")) and (not alone or workflow.is_untouched(episode))


def may_publish_straight(episode: Episode, user: Any) -> bool:
    """Whether one button may do what otherwise takes three."""
    possible = find_transition(episode.status, Episode.Status.IN_REVIEW) and workflow.holder(episode) in (None, user)
    return bool(possible and user.has_perms(["episodes.review_episode", "episodes.publish_episode"]))


def kind_of(formset: Any, episode: Episode) -> dict[str, Any]:
    """One line of what is left: how many rows of a kind, how many of them undecided, and the list of these."""
    options = formset.opts.model._meta
    return {
        "name": options.verbose_name_plural,
        "total": formset.opts.rows_total,
        "undecided": formset.opts.rows_undecided,
        "list": f"admin:{options.app_label}_{options.model_name}_changelist",
    }
