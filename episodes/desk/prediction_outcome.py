"""The bar above a prediction: criteria, due date and outcome."""

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
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from episodes import workflow
from episodes.bases.fields import LongTextFormField
from episodes.bases.users import User, staff_user
from episodes.checks import due_dates
from episodes.desk.base import address_of, message_result
from episodes.desk.list_actions import ReviewableAdmin
from episodes.models import Prediction
from episodes.workflow import Refused
from episodes.workflow.outcomes import not_resolvable, not_second

# Read-only in the prediction's form, changed in the bar only.
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
    """A date input."""

    input_type = "date"

    def __init__(self) -> None:
        # <input type=date> needs ISO dates in every language.
        super().__init__(format="%Y-%m-%d")


class JudgingForm(forms.Form):
    """Base of the bar's forms. `version`: the row's version when the page was loaded."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"id_{type(self).__name__}_%s", **kwargs})


class CriteriaForm(JudgingForm):
    """Criteria and due date."""

    criteria = LongTextFormField(
        label=gettext_lazy("criteria"), widget=forms.Textarea(attrs={"rows": 4}), max_length=10_000
    )
    due_on = forms.DateField(label=gettext_lazy("due date"), required=False, widget=Day)


class OutcomeForm(JudgingForm):
    """The outcome with its evidence."""

    outcome = forms.ChoiceField(label=gettext_lazy("outcome"), choices=[("", "---------"), *Prediction.Outcome.choices])
    resolved_on = forms.DateField(label=gettext_lazy("judged on"), required=False, widget=Day)
    evidence = LongTextFormField(
        label=gettext_lazy("evidence"), required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=10_000
    )


class TakeBackForm(JudgingForm):
    """The reason for taking back an outcome."""

    reason = forms.CharField(required=False, max_length=1000)


class OutcomeViews(ReviewableAdmin):
    """Mixin of PredictionAdmin."""

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
        """POST `criteria` and `due_on`; an empty day removes the due date."""

        def act(row: Prediction, data: dict[str, Any]) -> str:
            workflow.set_criteria(row, data["criteria"], staff_user(request), data["due_on"])
            return _("Saved.")

        return self._judge(request, pk, CriteriaForm, act)

    def resolve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST `outcome`, `evidence` and `resolved_on`."""

        def act(row: Prediction, data: dict[str, Any]) -> str:
            workflow.resolve(
                row, data["outcome"], staff_user(request), evidence=data["evidence"], resolved_on=data["resolved_on"]
            )
            return _("Judged: %(outcome)s.") % {"outcome": row.get_outcome_display()}

        return self._judge(request, pk, OutcomeForm, act)

    def unresolve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST, optionally with a `reason`: take back the outcome."""

        def act(row: Prediction, data: dict[str, Any]) -> str:
            workflow.unresolve(row, staff_user(request), data["reason"])
            return _("The prediction is pending again.")

        return self._judge(request, pk, TakeBackForm, act)

    @method_decorator(require_POST)
    def _judge(
        self,
        request: HttpRequest,
        pk: int,
        form_class: type[JudgingForm],
        act: Callable[[Prediction, dict[str, Any]], str],
    ) -> HttpResponse:
        if not self._may_judge(request):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request).select_related("episode"), pk=pk)
        form = form_class(request.POST)
        if form.is_valid():
            # The UPDATE refuses the form if the row has another version by now.
            row.version = form.cleaned_data["version"]
            try:
                messages.success(request, act(row, form.cleaned_data))
                return HttpResponseRedirect(self._page_of(request, row))
            except Refused as refused:
                message_result(request, refused)
        return self._page_with(request, row, form)

    def _page_with(self, request: HttpRequest, row: Prediction, form: JudgingForm) -> HttpResponse:
        """Show the page again with the submitted form, so that nothing has to be typed twice."""
        shown = copy(request)
        # The POST belongs to the bar, not to the page's own form.
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
            context["judgement"] = judgement_of(row, staff_user(request), getattr(request, "judging", None))
        return super().render_change_form(request, context, *args, **kwargs)


def judgement_of(row: Prediction, user: User, typed: JudgingForm | None = None) -> dict[str, Any]:
    """Return the context of the bar. `typed`: a refused form, with its data."""
    obstacles = [] if row.outcome else list(not_resolvable(row, user))
    shown: dict[str, Any] = {"row": row, "obstacles": obstacles, "due": list(_about_due(row)), "second": []}
    if row.outcome:
        shown["take_back"] = _form(TakeBackForm, row, typed)
    elif not obstacles:
        shown["criteria"] = _form(CriteriaForm, row, typed)
        shown["second"] = list(_about_second(row, user))
        if row.criteria and not list(not_second(row, user)):
            shown["outcome"] = _form(OutcomeForm, row, typed)
    addresses = {name: address_of(row, name) for name in ("criteria", "resolve", "unresolve")}
    return {**shown, "addresses": addresses}


def _form(form_class: type[JudgingForm], row: Prediction, typed: JudgingForm | None) -> JudgingForm:
    if isinstance(typed, form_class):
        # The stored version: submitting again means that the user has seen it.
        typed.data = {**typed.data.dict(), "version": row.version}  # type: ignore[attr-defined]
        return typed
    found = due_dates.proposed(row, row.episode)
    due = row.due_on or (found.on if found and not row.criteria else None)
    return form_class(initial={"version": row.version, "criteria": row.criteria, "due_on": due})


def _about_due(row: Prediction) -> Iterator[str]:
    """Yield the due date suggested by the horizon and its rule, or why there is none."""
    found = due_dates.proposed(row, row.episode)
    if found is not None:
        proposes = {"day": found.on.isoformat(), "rule": due_dates.rule_of(found)}
        yield _("Suggested due date: %(day)s. %(rule)s") % proposes
    elif row.horizon and row.episode.aired_on is not None:
        yield _("“%(horizon)s” does not say when it ends.") % {"horizon": row.horizon}
    elif row.horizon:
        yield _("The episode has no date, so no due date can be suggested.")
    else:
        yield _("No time frame is given.")
    if row.due_on is None:
        yield _("Without a due date the prediction is not scored.")


def _about_second(row: Prediction, user: User) -> Iterator[str]:
    """Yield why this user may not judge the prediction, or on which conditions."""
    if not row.criteria:
        yield _("Once the criteria are saved, another person judges the outcome.")
        return
    refused = list(not_second(row, user))
    yield from refused
    if refused and not settings.GREENROOM_SELF_VERIFY and workflow.works_alone():
        yield _(
            "If you are the only editor, set GREENROOM_SELF_VERIFY=True: the same person may then judge it after 24 "
            "hours, and the page says so."
        )
    elif not refused and row.criteria_by_id == user.pk:
        yield _("You wrote the criteria: the page will say that you wrote them and judged the outcome alone.")
