"""Decisions on list pages and item pages, by buttons and list actions. All go through `workflow.transition()`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from episodes.bases.reviewable import DECIDED_STATUSES, RejectCode, Status
from episodes.bases.users import staff_user
from episodes.desk.base import (
    BaseAdmin,
    address_of,
    message_result,
    message_results,
    state,
)
from episodes.models import Episode
from episodes.workflow import Refused, is_claimable, one_act, transition, verification_unavailable, works_alone

# Refusals listed by name in one message; more are counted.
LISTED_REFUSALS = 10
# Rows per request: more could exceed the web server's time limit half-way.
MOST = 1000
ITEM_TRANSITIONS = {
    Status.ACCEPTED: gettext_lazy("Accept"),
    Status.EVERGREEN: gettext_lazy("Double-check"),
    Status.REJECTED: gettext_lazy("Reject"),
    Status.DRAFT: gettext_lazy("Back to draft"),
}
# {status: statuses offered on the desk}, in the order of the buttons.
LEADS_TO: dict[str, tuple[Status, ...]] = {
    Status.DRAFT: (Status.ACCEPTED, Status.REJECTED),
    Status.ACCEPTED: (Status.EVERGREEN, Status.REJECTED, Status.DRAFT),
    Status.REJECTED: (Status.ACCEPTED, Status.DRAFT),
    Status.EVERGREEN: (Status.ACCEPTED, Status.REJECTED),
}


class DecisionForm(ActionForm):
    """The list's action and the reason for a rejection."""

    reject_code = forms.ChoiceField(
        label=gettext_lazy("reason for rejection"), required=False, choices=[("", "---------"), *RejectCode.choices]
    )


def claim_if_free(request: HttpRequest, episode: Episode | None) -> None:
    """Claim the episode for the user if it is unassigned, so that deciding needs no separate button.

    Shows a message when it claims.
    """
    if episode is None or not is_claimable(episode):
        return
    if request.user.has_perm("episodes.review_episode"):
        try:
            transition(episode, Episode.Status.IN_REVIEW, staff_user(request))
        except Refused:
            return  # Another user was quicker; the decision itself is refused with their name.
        if not works_alone():
            messages.info(request, _("Review started. The episode is assigned to you."))


def transition_one(
    request: HttpRequest, target: Any, to: str, reason: str = "", *, named: bool = False, **details: Any
) -> bool:
    """Change the status of one object and show the result. Returns True if it was done.

    `named`: name the object in the message, because another one is shown next.
    """
    try:
        decision = transition(target, to, staff_user(request), reason, **details)
    except Refused as why:
        message_result(request, why)
        return False
    label = {**dict(Episode.Status.choices), **dict(Status.choices)}.get(decision.to_status, decision.to_status)
    if named:
        messages.success(request, _("“%(what)s” is now: %(status)s.") % {"what": target, "status": label})
    else:
        messages.success(request, _("Done. Status: %(status)s.") % {"status": label})
    return True


def transition_all(request: HttpRequest, targets: Iterable[Any], to: str, reason: str = "") -> None:
    """Change the status of each object; refusals are listed with their reasons and do not stop the others."""
    done, refusals = 0, []
    for target in targets:
        try:
            transition(target, to, staff_user(request), reason)
            done += 1
        except Refused as why:
            refusals.append((target, why))
    message_refusals(request, refusals)
    if done:
        messages.success(request, ngettext("%d item updated.", "%d items updated.", done) % done)


def message_refusals(request: HttpRequest, refusals: list[tuple[Any, Refused]]) -> None:
    """Show refusals as one message: the first LISTED_REFUSALS by name, the rest as a number."""
    lines = [f"{target}: {' '.join(refusal.reasons)}" for target, refusal in refusals[:LISTED_REFUSALS]]
    if more := len(refusals[LISTED_REFUSALS:]):
        lines.append(ngettext("%d item could not be updated.", "%d items could not be updated.", more) % more)
    message_results(request, lines)


def too_many(request: HttpRequest, queryset: Any) -> bool:
    """Return True, with an error message, if the queryset has more than MOST rows."""
    if queryset.count() <= MOST:
        return False
    messages.error(request, _("Select at most %d at a time. Nothing was changed.") % MOST)
    return True


def transitions_from(status: str, verifies: bool = False) -> list[tuple[str, Any]]:
    """Return [(status, button label)] for an item of this status. `verifies`: include double-checking."""
    return [(to, ITEM_TRANSITIONS[to]) for to in LEADS_TO.get(status, ()) if to != Status.EVERGREEN or verifies]


class ReviewableAdmin(BaseAdmin):
    """Rows that editors accept or reject: one by one on their page, many at once in the list."""

    action_form = DecisionForm
    actions: Any = ["accept_selected", "verify_selected", "reject_selected", "draft_selected"]
    fields_of_actions: ClassVar[dict[str, str]] = {"reject_selected": "reject_code"}

    def has_review_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("episodes.review_episode") and self.has_view_permission(request, obj)

    def has_verify_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = request.user.has_perm("episodes.verify_episode") and self.has_view_permission(request, obj)
        return may and not verification_unavailable()

    def _decide(self, request: HttpRequest, queryset: Any, to: str, reason: str = "") -> None:
        if too_many(request, queryset):
            return
        # prefetch, not select_related: items of one episode must share its object, or the first decision would make
        # the others' copies of it stale.
        if self._of_episode:
            queryset = queryset.select_related(None).prefetch_related("episode__claimed_by")
            for episode in {row.episode for row in queryset}:
                claim_if_free(request, episode)
        transition_all(request, queryset, to, reason)

    @property
    def _of_episode(self) -> bool:
        return any(field.name == "episode" for field in self.opts.concrete_fields)

    @admin.action(description=gettext_lazy("Accept"), permissions=["review"])
    def accept_selected(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, Status.ACCEPTED)

    @admin.action(description=gettext_lazy("Double-check, as a second person"), permissions=["verify"])
    def verify_selected(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, Status.EVERGREEN)

    @admin.action(description=gettext_lazy("Reject for the selected reason"), permissions=["review"])
    def reject_selected(self, request: HttpRequest, queryset: Any) -> None:
        code = request.POST.get("reject_code", "")
        if code not in RejectCode.values:
            messages.error(request, _("Select a reason for the rejection first. Nothing was changed."))
            return
        self._decide(request, queryset, Status.REJECTED, code)

    @admin.action(description=gettext_lazy("Back to draft"), permissions=["review"])
    def draft_selected(self, request: HttpRequest, queryset: Any) -> None:
        self._decide(request, queryset, Status.DRAFT)

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_decide"
        return [path("<int:pk>/decide/", self.admin_site.admin_view(self.decide_view), name=name), *super().get_urls()]

    @method_decorator(require_POST)
    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST `to`, and `reject_code` for a rejection."""
        if not (self.has_review_permission(request) or self.has_verify_permission(request)):
            raise PermissionDenied
        item = get_object_or_404(self.get_queryset(request), pk=pk)
        to = request.POST.get("to", "")
        goes_on = self._of_episode and to in (Status.ACCEPTED, Status.REJECTED)
        # One act, so that undoing the decision also releases the claim it made.
        with one_act():
            claim_if_free(request, getattr(item, "episode", None))
            done = transition_one(request, item, to, request.POST.get("reject_code", ""), named=goes_on)
        return HttpResponseRedirect(self._next_to(request, item) if done and goes_on else self._page_of(request, item))

    def _page_of(self, request: HttpRequest, item: Any) -> str:
        """Return the address of the item's page with the list's filters."""
        kept = self.get_preserved_filters(request)
        return address_of(item) + (f"?{kept}" if kept else "")

    def _next_to(self, request: HttpRequest, item: Any) -> str:
        """Return the address of the next undecided item of this kind in the episode, or of the list."""
        rows = self.model._default_manager.filter(
            ~Q(status__in=DECIDED_STATUSES) | Q(pk=item.pk), episode=item.episode_id
        )
        keys = list(rows.order_by(*self.get_ordering(request)).values_list("pk", flat=True))
        here = keys.index(item.pk)
        # Skipped items come after the last one.
        further = [*keys[here + 1 :], *keys[:here]]
        if further:
            return self._page_of(request, self.model(pk=further[0]))
        filters = request.GET.get("_changelist_filters") or urlencode({"episode": item.episode_id})
        return f"{reverse(f'admin:{self.opts.app_label}_{self.opts.model_name}_changelist')}?{filters}"

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            review, verify = self.has_review_permission(request, obj), self.has_verify_permission(request, obj)
            moves = transitions_from(obj.status, verify)
            kept = self.get_preserved_filters(request)
            context["decision"] = {
                "status": state(obj.status, obj.get_status_display()),
                "address": address_of(obj, "decide") + (f"?{kept}" if kept else ""),
                "moves": moves if review else [move for move in moves if move[0] == Status.EVERGREEN],
                "codes": RejectCode.choices,
                "reject_code": obj.get_reject_code_display() if obj.reject_code else "",
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def decided(self, obj: Any) -> str:
        return state(obj.status, obj.get_status_display())
