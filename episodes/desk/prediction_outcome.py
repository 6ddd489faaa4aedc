"""The bar above a prediction: how to tell whether it came true, by when, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from episodes import workflow
from episodes.bases.fields import LongTextFormField
from episodes.bases.users import staff_user
from episodes.checks import due_dates
from episodes.desk.base import address_of, message_result
from episodes.desk.list_actions import ReviewableAdmin, require_post
from episodes.models import Prediction
from episodes.workflow import Refused
from episodes.workflow.outcomes import not_resolvable, not_second

# Shown on a prediction's page, and changed in the bar only: no words of the episode.
JUDGED = (
    *("due_on", "criteria", "criteria_by", "criteria_at"),
    *("outcome", "resolved_on", "resolved_by", "self_resolved", "evidence"),
)
FIELDSET = (
    gettext_lazy("Outcome"),
    {
        "fields": (
            "due_on",
            "criteria",
            ("criteria_by", "criteria_at"),
            ("outcome", "resolved_on"),
            ("resolved_by", "self_resolved"),
            "evidence",
        ),
        "classes": ["collapse"],
    },
)


class Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        # Browsers read and send this form of a date, whatever the language.
        super().__init__(format="%Y-%m-%d")


class JudgingForm(forms.Form):
    """version: the row's as it was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"id_{type(self).__name__}_%s", **kwargs})


class CriteriaForm(JudgingForm):
    criteria = LongTextFormField(
        label=gettext_lazy("criteria"), widget=forms.Textarea(attrs={"rows": 4}), max_length=10_000
    )
    due_on = forms.DateField(label=gettext_lazy("due on"), required=False, widget=Day)


class OutcomeForm(JudgingForm):
    outcome = forms.ChoiceField(label=gettext_lazy("outcome"), choices=[("", "---------"), *Prediction.Outcome.choices])
    resolved_on = forms.DateField(label=gettext_lazy("resolved on"), required=False, widget=Day)
    evidence = LongTextFormField(
        label=gettext_lazy("evidence"), required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=10_000
    )


class TakeBackForm(JudgingForm):
    reason = forms.CharField(required=False, max_length=1000)


class OutcomeViews(ReviewableAdmin):
    """For PredictionAdmin."""

    def get_urls(self) -> list[Any]:
        views = {"criteria": self.criteria_view, "resolve": self.resolve_view, "unresolve": self.unresolve_view}
        return [
            *(
                path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"episodes_prediction_{name}")
                for name, view in views.items()
            ),
            *super().get_urls(),
        ]

    def criteria_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST `criteria`, and `due_on`: without a day it has no due date any more."""

        def act(row: Prediction, said: dict[str, Any]) -> str:
            workflow.set_criteria(row, said["criteria"], staff_user(request), said["due_on"])
            return _("Saved.")

        return self._judge(request, pk, CriteriaForm, act)

    def resolve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST `outcome`, `evidence` and `resolved_on`."""

        def act(row: Prediction, said: dict[str, Any]) -> str:
            workflow.resolve(
                row, said["outcome"], staff_user(request), evidence=said["evidence"], resolved_on=said["resolved_on"]
            )
            return _("Resolved: %(outcome)s.") % {"outcome": row.get_outcome_display()}

        return self._judge(request, pk, OutcomeForm, act)

    def unresolve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST, and perhaps a `reason`: take the outcome back."""

        def act(row: Prediction, said: dict[str, Any]) -> str:
            workflow.unresolve(row, staff_user(request), said["reason"])
            return _("It is open again.")

        return self._judge(request, pk, TakeBackForm, act)

    def _judge(
        self,
        request: HttpRequest,
        pk: int,
        form_class: type[JudgingForm],
        act: Callable[[Prediction, dict[str, Any]], str],
    ) -> HttpResponse:
        if wrong := require_post(request):
            return wrong
        if not self._may_judge(request):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request).select_related("episode"), pk=pk)
        form = form_class(request.POST)
        if form.is_valid():
            # Whoever read another version is refused by the UPDATE itself.
            row.version = form.cleaned_data["version"]
            try:
                messages.success(request, act(row, form.cleaned_data))
                return HttpResponseRedirect(self._page_of(request, row))
            except Refused as refused:
                message_result(request, refused)
        return self._once_more_with(request, row, form)

    def _once_more_with(self, request: HttpRequest, row: Prediction, form: JudgingForm) -> HttpResponse:
        """The page with what was typed: somebody has looked for that evidence for an hour."""
        shown = copy(request)
        # The page's own form is not what was sent.
        shown.method = "GET"
        shown.judging = form  # type: ignore[attr-defined]
        return self.change_view(shown, str(row.pk), form_url=self._page_of(request, row))

    def _may_judge(self, request: HttpRequest) -> bool:
        return self.has_review_permission(request) or self.has_verify_permission(request)

    # --- the page

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        words, *more = super().get_fieldsets(request, obj)
        return [words, FIELDSET, *more]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *JUDGED)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None and self._may_judge(request):
            context["judgement"] = judgement_of(row, request.user, getattr(request, "judging", None))
        return super().render_change_form(request, context, *args, **kwargs)


def judgement_of(row: Prediction, user: Any, typed: JudgingForm | None = None) -> dict[str, Any]:
    """What the bar shows. `typed`: a form that was refused, with what it holds."""
    stands = [] if row.outcome else list(not_resolvable(row, user))
    shown: dict[str, Any] = {"row": row, "stands": stands, "due": list(_about_due(row)), "second": []}
    if row.outcome:
        shown["take_back"] = _form(TakeBackForm, row, typed)
    elif not stands:
        shown["criteria"] = _form(CriteriaForm, row, typed)
        shown["second"] = list(_about_second(row, user))
        if row.criteria and not list(not_second(row, user)):
            shown["outcome"] = _form(OutcomeForm, row, typed)
    addresses = {name: address_of(row, name) for name in ("criteria", "resolve", "unresolve")}
    return {**shown, "addresses": addresses}


def _form(form_class: type[JudgingForm], row: Prediction, typed: JudgingForm | None) -> JudgingForm:
    if isinstance(typed, form_class):
        # As it is stored now: to send it once more is to have seen that.
        typed.data = {**typed.data.dict(), "version": row.version}  # type: ignore[attr-defined]
        return typed
    found = due_dates.proposed(row, row.episode)
    due = row.due_on or (found.on if found and not row.criteria else None)
    return form_class(initial={"version": row.version, "criteria": row.criteria, "due_on": due})


def _about_due(row: Prediction) -> Iterator[str]:
    """The day that the horizon proposes with its rule, or why it proposes none."""
    found = due_dates.proposed(row, row.episode)
    if found is not None:
        proposes = {"day": found.on.isoformat(), "rule": due_dates.rule_of(found)}
        yield _("Its horizon proposes %(day)s. %(rule)s") % proposes
    elif row.horizon and row.episode.aired_on is not None:
        yield _("“%(horizon)s” names no day on which it ends.") % {"horizon": row.horizon}
    elif row.horizon:
        yield _("The episode has no date, so its horizon proposes no day.")
    else:
        yield _("It has no horizon.")
    if row.due_on is None:
        yield _("Left without a due date, it is never scored.")


def _about_second(row: Prediction, user: Any) -> Iterator[str]:
    """Who may resolve it, where that is not plain."""
    if not row.criteria:
        yield _("With its criteria written, somebody else says what came of it.")
        return
    refused = list(not_second(row, user))
    yield from refused
    if refused and not settings.GREENROOM_SELF_VERIFY and workflow.works_alone():
        yield _(
            "One person works here: with GREENROOM_SELF_VERIFY=True the same person may resolve it after 24 hours, and "
            "its page says so."
        )
    elif not refused and row.criteria_by_id == user.pk:
        yield _("You wrote its criteria: its page will say that they were yours, and that you resolved it alone.")
