"""Buttons for the transitions of an episode and of its summary, and the same transitions as list actions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.utils import label_for_field
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from episodes import workflow
from episodes.bases.reviewable import DECIDED_STATUSES, RejectCode
from episodes.bases.users import User, staff_user
from episodes.desk.base import (
    address_of,
    message_result,
    state,
)
from episodes.desk.episode_views import PUBLISH, REVIEW, VERIFY, EpisodeViews
from episodes.desk.list_actions import (
    claim_if_free,
    transition_one,
    transitions_from,
)
from episodes.desk.view_permissions import may_view
from episodes.models import REVIEWED, Appearance, Episode
from episodes.site.syndication.review_status import review_statuses
from episodes.workflow import Refused, Summary, find_transition


@dataclass(frozen=True)
class Button:
    """A transition of an episode.

    `asks`: the input it needs: "reason", "moment", "day", "field" or "". `seconds`: it is for a second person and
    hidden where one person works alone; "verify": hidden unless the site lets one person double-check.
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
    Button("claim", Episode.Status.IN_REVIEW, gettext_lazy("Start review"), seconds="always"),
    Button("request", Episode.Status.CHANGES_REQUESTED, gettext_lazy("Request changes"), "field", seconds="always"),
    Button("approve", Episode.Status.APPROVED, gettext_lazy("Approve")),
    Button("publish", Episode.Status.PUBLISHED, gettext_lazy("Publish"), "moment"),
    Button("evergreen", Episode.Status.EVERGREEN, gettext_lazy("Mark as fully checked"), "day", seconds="verify"),
    Button("withdraw", Episode.Status.WITHDRAWN, gettext_lazy("Withdraw"), "reason"),
    Button("reopen", Episode.Status.DRAFT, gettext_lazy("Back to draft"), "reason"),
)
# Fields for which changes can be requested; for items this is done on the review screen.
FIELDS = ("title", "summary", "insight", "source_url", "aired_on", "duration", "language", "series", "area", "category")


class MomentForm(forms.Form):
    """The time of publication; empty means now."""

    published_at = forms.DateTimeField(required=False)


class DayForm(forms.Form):
    """The date of the next check; empty means in half a year."""

    recheck_on = forms.DateField(required=False)

    def clean_recheck_on(self) -> Any:
        return self.cleaned_data["recheck_on"] or timezone.localdate() + timedelta(days=182)


class FieldForm(forms.Form):
    """The field to be changed, and the reason."""

    field = forms.ChoiceField(choices=[(name, name) for name in FIELDS])
    reason = forms.CharField(max_length=1000)


class TransitionViews(EpisodeViews):
    """The views behind the buttons above the form."""

    def paths(self) -> list[URLPattern]:
        return [
            *(
                self.path(f"<int:pk>/{button.name}/", partial(self.move_view, button=button), button.name)
                for button in BUTTONS
            ),
            self.path("<int:pk>/release/", self.release_view, "release"),
            self.path("<int:pk>/approve-and-publish/", self.straight_view, "straight"),
            self.path("<int:pk>/summary/", self.summary_view, "summary"),
        ]

    @method_decorator(require_POST)
    def move_view(self, request: HttpRequest, pk: int, button: Button) -> HttpResponse:
        moves = (move for move in workflow.TRANSITIONS if move.target == button.to)
        episode = self.episode_for(request, pk, *(name for move in moves for name in move.permissions))
        details = self._details(request, button)
        if details is None:
            return self.back_to(episode)
        reason = request.POST.get("reason", "") if button.asks == "reason" else ""
        done = transition_one(request, episode, button.to, reason, **details)
        if done and episode.published_at and episode.published_at > timezone.now():
            messages.info(request, _("It will be published automatically at that time."))
        return self.back_to(episode)

    def _details(self, request: HttpRequest, button: Button) -> dict[str, Any] | None:
        """Return the input of the button as keyword arguments; None, with a message, if it is invalid."""
        asked = {"moment": MomentForm, "day": DayForm, "field": FieldForm}.get(button.asks)
        if asked is None:
            return {}
        form = asked(request.POST)
        if form.is_valid():
            said = form.cleaned_data
            return {"findings": [{"field": said["field"], "message": said["reason"]}]} if asked is FieldForm else said
        wrong = {
            "moment": _("Enter the time as 2026-01-31 12:00, or leave it empty. Nothing was changed."),
            "day": _("Enter the date as 2026-01-31, or leave it empty. Nothing was changed."),
            "field": _("Enter what to change and why. Nothing was changed."),
        }
        messages.error(request, wrong[button.asks])
        return None

    @method_decorator(require_POST)
    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: release the claim."""
        episode = self.episode_for(request, pk, REVIEW, PUBLISH)
        try:
            workflow.release(episode, staff_user(request))
            messages.success(request, _("Released. The episode is unassigned."))
            if episode.status == Episode.Status.DRAFT:
                messages.info(request, _("No item is reviewed yet: the episode is a draft again."))
        except Refused as refused:
            message_result(request, refused)
        return self.back_to(episode)

    @method_decorator(require_POST)
    def straight_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST: claim, approve and publish in one step."""
        episode = self.episode_for(request, pk, PUBLISH)
        if not request.user.has_perm(REVIEW):
            raise PermissionDenied
        try:
            workflow.approve_and_publish(episode, staff_user(request))
            messages.success(request, _("Approved and published."))
            if episode.revises_id:
                return self.back_to(Episode(pk=episode.revises_id))
        except Refused as refused:
            message_result(request, refused)
        return self.back_to(episode)

    @method_decorator(require_POST)
    def summary_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST `to`, and `reject_code` for a rejection."""
        episode = self.episode_for(request, pk, REVIEW, VERIFY)
        to, code = request.POST.get("to", ""), request.POST.get("reject_code", "")
        with workflow.one_act():
            claim_if_free(request, episode)
            transition_one(request, Summary(episode), to, code)
        return self.back_to(episode)


# --- the bar above the form


def status_label(episode: Episode) -> str:
    """Return the status as a coloured label; public ones with what is special about their publication."""
    if episode.status in Episode.PUBLIC_STATUSES and not episode.is_public:
        return state("scheduled", _("scheduled"))
    return state(episode.status, " · ".join([str(episode.get_status_display()), *_beside_status(episode)]))


def toolbar_context(request: HttpRequest, episode: Episode) -> dict[str, Any]:
    """Return what the toolbar shows: status, possible transitions, and rows of each kind. A query for each kind."""
    review, alone = request.user.has_perm(REVIEW), workflow.works_alone()
    held = workflow.holder(episode)
    return {
        "status": status_label(episode),
        "review_line": review_line(episode),
        "is_public": episode.is_public,
        "closed": episode.status in Episode.PUBLIC_STATUSES,
        "holder": None if alone else held,
        "may_release": may_release(episode, staff_user(request), held, alone),
        "straight": may_publish_straight(episode, staff_user(request)),
        "fields": [(name, label_for_field(name, Episode)) for name in FIELDS],
        "buttons": [
            {"label": button.label, "asks": button.asks, "address": address_of(episode, button.name)}
            for button in BUTTONS
            if may_press(button, episode, staff_user(request)) and not button.hidden(alone)
        ],
        "summary": {
            "status": state(episode.summary_status, episode.get_summary_status_display()),
            "address": address_of(episode, "summary"),
            "moves": transitions_from(episode.summary_status) if review and episode.summary else [],
        },
        "codes": RejectCode.choices,
        "kinds": [
            kind_of(model, episode, staff_user(request))
            for model in (Appearance, *REVIEWED)
            if may_view(staff_user(request), str(model._meta.model_name))
        ],
    }


def _beside_status(episode: Episode) -> Iterator[str]:
    """Yield notes shown beside the status of public episodes.

    Drafts, working copies and withdrawn episodes have none, even if their columns still hold the values.
    """
    if episode.is_public and episode.adopted:
        yield _("without item review")
    if episode.is_public and episode.status == Episode.Status.EVERGREEN and is_due(episode):
        yield _("to be checked again")


def is_due(episode: Episode) -> bool:
    """Return whether the date of the next check has come."""
    return episode.recheck_on is not None and episode.recheck_on <= timezone.localdate()


def review_line(episode: Episode) -> str:
    """Return the sentence on an episode's page about its review; "" unless it is public."""
    return review_statuses([episode])[episode.pk].line if episode.is_public else ""


def may_press(button: Button, episode: Episode, user: User) -> bool:
    """Return whether to offer the button to the user."""
    if button.to == episode.status and workflow.holder(episode) is not None:
        return False  # The episode is claimed already.
    if episode.revises_id and button.to == Episode.Status.PUBLISHED:
        return False  # A working copy's changes are published by another button.
    move = find_transition(episode.status, button.to)
    return move is not None and move.allowed(user)


def may_release(episode: Episode, user: User, held: Any, alone: bool) -> bool:
    """Return whether to offer a release.

    Who works alone blocks nobody; there a release is only offered to turn an episode without decisions into a draft.
    """
    if held is None or episode.status != Episode.Status.IN_REVIEW:
        return False
    return (held == user or user.has_perm(PUBLISH)) and (not alone or workflow.is_untouched(episode))


def may_publish_straight(episode: Episode, user: User) -> bool:
    """Return whether to offer claiming, approving and publishing in one step."""
    possible = find_transition(episode.status, Episode.Status.IN_REVIEW) and workflow.holder(episode) in (None, user)
    return bool(possible and user.has_perms([REVIEW, PUBLISH]))


def kind_of(model: Any, episode: Episode, user: User) -> dict[str, Any]:
    """Return a line of the toolbar: rows of a kind, how many are undecided, and where they are listed and added."""
    options = model._meta
    address = f"admin:{options.app_label}_{options.model_name}"
    may_add = user.has_perm(f"{options.app_label}.{get_permission_codename('add', options)}")
    is_reviewable = hasattr(model, "status")
    undecided = ~Q(status__in=DECIDED_STATUSES) if is_reviewable else Q(pk=None)
    return {
        "name": options.verbose_name_plural,
        "is_reviewable": is_reviewable,
        "list": f"{reverse(f'{address}_changelist')}?episode={episode.pk}",
        "add": f"{reverse(f'{address}_add')}?episode={episode.pk}",
        "may_add": may_add and workflow.open_to_edits(episode),
        "add_label": _("Add %(kind)s") % {"kind": options.verbose_name},
        **model.objects.filter(episode=episode).aggregate(total=Count("pk"), undecided=Count("pk", filter=undecided)),
    }
