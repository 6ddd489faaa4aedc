"""A reader says what is wrong: a form that works without a script, an account, or a cookie.

Why there is no CSRF protection. It guards what somebody may do by being somebody: another site makes a browser send its
cookies, and the server takes the order for its owner's. Here nobody is anybody. No session is read, no cookie is set or
asked for, and what is written is written in no one's name; whoever makes another's browser send a report could as well
send it alone. The token in the form is not for that: it tells a person who has read the page from a machine that posts
to every form, and a page of today from one that lay open for a week. All that is gained by using another's browser is
its share of the hour's limit, and even that needs a token, which another site cannot read.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from config.request_limits import limits_own_body, too_large
from episodes.models import Episode, Section
from episodes.site.contexts.anchors import AnchorTarget, target_of
from episodes.site.contexts.site_state import SiteState, row_state, with_state
from episodes.site.pages.base import PlainPage, with_public_headers
from episodes.site.pages.error_pages import tombstone
from episodes.site.pages.report_form import (
    HOUR,
    LONGEST_ANCHOR,
    LONGEST_WORDS,
    OLDEST,
    YOUNGEST,
    ReportForm,
    age_of,
    cleaned,
    token_for,
    within_limits,
)
from episodes.workflow import Refused, report

REFUSED, TOO_MANY, TOO_LARGE, NO_FORM = 422, 429, 413, 415


class OfPublicEpisode:
    """Mixin for views under an episode's address: 404 where it is not public, 410 where it was withdrawn."""

    episode: Episode

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        public = with_state(Episode.objects.public().defer("extra", "projects"))
        try:
            self.episode = get_object_or_404(public, slug=kwargs["slug"])
        except Http404:
            return tombstone(request, kwargs["slug"])
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


@method_decorator([csrf_exempt, limits_own_body], name="dispatch")
class ReportPage(OfPublicEpisode, View):
    """GET `at` (an anchor) and `words` (those selected): the form. POST: one finding, and the way to the thanks."""

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return with_public_headers(super().dispatch(request, *args, **kwargs))  # type: ignore[arg-type]

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        passage, words = self._meant(request.GET)
        return self._answer(ReportForm(), passage, words, token_for(self.episode))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        # Before the body is looked at, of which Django would read what the desk may send.
        if request.content_type != "application/x-www-form-urlencoded":
            return self._answer(ReportForm(), AnchorTarget(), "", token_for(self.episode), NO_FORM)
        # What is too long by a page comes back to be shortened, a novel does not.
        if too_large(request):
            return self._answer(ReportForm(), AnchorTarget(), "", token_for(self.episode), TOO_LARGE)
        form, token = ReportForm(request.POST), request.POST.get("token", "")
        passage, words = self._meant(request.POST)
        if status := self._refusal(form, token):
            # One that is only too young ripens; any other is of no use.
            ripens = (age_of(token, self.episode) or OLDEST) < OLDEST
            return self._answer(form, passage, words, token if ripens else token_for(self.episode), status)
        try:
            self._write(form, passage, words)
        except Refused:
            # Withdrawn since this answer began.
            return tombstone(request, slug)
        address = reverse("report_thanks", args=[slug])
        back = f"?{urlencode({'at': passage.anchor})}" if passage.anchor else ""
        return HttpResponseRedirect(address + back)

    def _meant(self, data: Any) -> tuple[AnchorTarget, str]:
        anchor = cleaned(data.get("at", ""), LONGEST_ANCHOR)
        return target_of(self.episode, anchor), cleaned(data.get("words", ""), LONGEST_WORDS)

    def _refusal(self, form: ReportForm, token: str) -> int:
        """The status of a report that is not taken, with its reason in the form; 0 for one that is."""
        if not form.is_valid():
            return REFUSED
        age = age_of(token, self.episode)
        if age is None or age > OLDEST:
            form.add_error(None, _("This page was open for more than a day. Please send your report again."))
            return REFUSED
        if age < YOUNGEST:
            form.add_error(None, _("Your report was sent too quickly. Please send it again."))
            return REFUSED
        if self.request.POST.get("website"):
            # Not thrown away in silence: a browser that fills every field may have a person before it.
            form.add_error(
                None, _("A hidden field was filled in, perhaps by your browser. Please send your report again.")
            )
            return REFUSED
        if not within_limits(self.request, self.episode):
            form.add_error(None, _("Too many reports in the last hour. Please try again in an hour."))
            return TOO_MANY
        return 0

    def _write(self, form: ReportForm, passage: AnchorTarget, words: str) -> None:
        said = form.cleaned_data
        # A section is long: without words of the reader's choice the paragraph says which part of it is meant.
        words = words or (passage.text[:LONGEST_WORDS] if isinstance(passage.row, Section) else "")
        report(self.episode, passage.row, said["message"], said["kind"], words)

    def _answer(
        self, form: ReportForm, passage: AnchorTarget, words: str, token: str, status: int = 200
    ) -> HttpResponse:
        context = {
            "episode": self.episode,
            "facts": row_state(self.episode, self.episode),
            "form": form,
            "passage": passage,
            "words": words,
            # What is chosen from the passage is there to be seen already.
            "apart": "" if words in " ".join(passage.text.split()) else words,
            "token": token,
            "too_large": status in (TOO_LARGE, NO_FORM),
        }
        response = render(self.request, "site/pages/report.html", context, status=status)
        if status != 200:
            response["Cache-Control"] = "no-store"
        if status == TOO_MANY:
            response["Retry-After"] = str(HOUR)
        return response


class ThanksPage(OfPublicEpisode, PlainPage):  # type: ignore[misc]  # both say dispatch()
    """Whether anything was written it does not tell: the same report twice is thanked for twice."""

    template_name = "site/pages/report_thanks.html"

    def facts(self) -> SiteState:
        return row_state(self.episode, self.episode)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        anchor = cleaned(self.request.GET.get("at", ""), LONGEST_ANCHOR)
        return super().get_context_data(episode=self.episode, passage=target_of(self.episode, anchor), **kwargs)
