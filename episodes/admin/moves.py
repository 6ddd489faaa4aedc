"""The buttons that move an episode from status to status, and its summary; the same as actions on the list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from episodes import workflow
from episodes.admin.actions import move_all, move_one, moves_from, require_post, too_many
from episodes.admin.base import DeskAdmin, address_of, state
from episodes.models import Episode
from episodes.reviewable import RejectCode
from episodes.workflow import MOVES, Summary


@dataclass(frozen=True)
class Button:
    """One move of an episode. `asks` is what the person may or must say with it: "reason", "moment" or nothing."""

    name: str
    to: str
    label: Any
    asks: str = ""


BUTTONS = (
    Button("claim", Episode.Status.IN_REVIEW, gettext_lazy("Claim")),
    Button("approve", Episode.Status.APPROVED, gettext_lazy("Approve")),
    Button("publish", Episode.Status.PUBLISHED, gettext_lazy("Publish"), "moment"),
    Button("withdraw", Episode.Status.WITHDRAWN, gettext_lazy("Withdraw"), "reason"),
    Button("reopen", Episode.Status.DRAFT, gettext_lazy("Back to draft"), "reason"),
)


class MomentForm(forms.Form):
    """When it is to be published; nothing means now."""

    published_at = forms.DateTimeField(required=False)


class Moves(DeskAdmin):
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
        summary = path("<int:pk>/summary/", view(self.summary_view), name="episodes_episode_summary")
        return [*moves, summary, *super().get_urls()]

    def _episode_for(self, request: HttpRequest, pk: int, permission: str) -> Episode:
        if not (request.user.has_perm(permission) and self.has_view_permission(request)):
            raise PermissionDenied
        return get_object_or_404(Episode.objects.select_related("claimed_by"), pk=pk)

    def move_view(self, request: HttpRequest, pk: int, button: Button) -> HttpResponse:
        if wrong := require_post(request):
            return wrong
        episode = self._episode_for(request, pk, MOVES[button.to].permission)
        form = MomentForm(request.POST if button.asks == "moment" else {})
        if not form.is_valid():
            messages.error(request, _("Write the moment as 2026-01-31 12:00, or leave it empty. Nothing was changed."))
            return self.back_to(episode)
        reason = request.POST.get("reason", "") if button.asks == "reason" else ""
        done = move_one(request, episode, button.to, reason, **form.cleaned_data)
        if done and episode.published_at and episode.published_at > timezone.now():
            messages.info(request, _("It becomes public by itself at that moment."))
        return self.back_to(episode)

    def summary_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST `to`, and `reject_code` for a rejection."""
        if wrong := require_post(request):
            return wrong
        episode = self._episode_for(request, pk, "episodes.review_episode")
        to, code = request.POST.get("to", ""), request.POST.get("reject_code", "")
        move_one(request, Summary(episode), to, code)
        return self.back_to(episode)

    # --- actions on the list

    def has_review_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("episodes.review_episode")

    def has_publish_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("episodes.publish_episode")

    @admin.action(description=gettext_lazy("Claim"), permissions=["review"])
    def claim_selected(self, request: HttpRequest, queryset: Any) -> None:
        if not too_many(request, queryset):
            move_all(request, queryset, Episode.Status.IN_REVIEW)

    @admin.action(description=gettext_lazy("Publish now"), permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: Any) -> None:
        if not too_many(request, queryset):
            move_all(request, queryset, Episode.Status.PUBLISHED)

    # --- the bar above the form

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def stands(self, obj: Episode) -> str:
        if obj.status in Episode.PUBLIC_STATUSES and not obj.is_public:
            return state("scheduled", _("scheduled"))
        return state(obj.status, obj.get_status_display())

    def desk(self, request: HttpRequest, episode: Episode, formsets: Any) -> dict[str, Any]:
        """What the bar shows: where the episode stands, what may be done, what is left. No query beyond the form's."""
        review = self.has_review_permission(request)
        return {
            "status": self.stands(episode),
            "is_public": episode.is_public,
            "closed": episode.status in Episode.PUBLIC_STATUSES,
            "holder": workflow.holder(episode),
            "buttons": [
                {"label": button.label, "asks": button.asks, "address": address_of(episode, button.name)}
                for button in BUTTONS
                if may_press(button, episode, request.user)
            ],
            "summary": {
                "status": state(episode.summary_status, episode.get_summary_status_display()),
                "address": address_of(episode, "summary"),
                "moves": moves_from(episode.summary_status) if review and episode.summary else [],
            },
            "codes": RejectCode.choices,
            "kinds": [kind_of(formset, episode) for formset in formsets if hasattr(formset.opts.model, "status")],
        }


def may_press(button: Button, episode: Episode, user: Any) -> bool:
    move = MOVES[button.to]
    if button.to == episode.status and workflow.holder(episode) is not None:
        return False  # It is claimed already.
    return episode.status in move.sources and user.has_perm(move.permission)


def kind_of(formset: Any, episode: Episode) -> dict[str, Any]:
    """One line of what is left: how many rows of a kind, how many of them undecided, and the list of these."""
    options = formset.opts.model._meta
    return {
        "name": options.verbose_name_plural,
        "total": formset.opts.rows_total,
        "undecided": formset.opts.rows_undecided,
        "list": f"admin:{options.app_label}_{options.model_name}_changelist",
    }
