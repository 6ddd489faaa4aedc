"""The form to report an error. Works without script, account or cookie.

There is no CSRF protection, because there is nothing to protect: the form is anonymous, reads no session and no cookie,
and a forged request could as well be sent directly. The token only tells readers from bots that post to every form, and
rejects pages older than a day. A forged request from another browser would use that browser's rate limit, but it needs
a token, which another site cannot read.
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
from episodes.site.contexts.site_state import site_state
from episodes.site.pages.base import PlainPage, with_public_headers
from episodes.site.pages.error_pages import tombstone
from episodes.site.pages.report_form import (
    HOUR,
    MAX_AGE,
    MAX_ANCHOR_LENGTH,
    MAX_WORDS_LENGTH,
    MIN_AGE,
    ReportForm,
    clean_line,
    token_age,
    token_for,
    within_limits,
)
from episodes.workflow import Refused, report

# HTTP status codes of refusals.
REFUSED, TOO_MANY, TOO_LARGE, UNSUPPORTED_TYPE = 422, 429, 413, 415


class PublicEpisodeMixin:
    """Mixin for views below an episode's URL: 404 if it is not public, 410 if it was withdrawn."""

    episode: Episode

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Load the episode with the site state."""
        public = Episode.objects.public().defer("extra", "projects")
        try:
            self.episode = get_object_or_404(public, slug=kwargs["slug"])
        except Http404:
            return tombstone(request, kwargs["slug"])
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


@method_decorator([csrf_exempt, limits_own_body], name="dispatch")
class ReportPage(PublicEpisodeMixin, View):
    """The report form. GET takes `at` (anchor) and `words` (selected text); POST writes one finding and redirects."""

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return with_public_headers(super().dispatch(request, *args, **kwargs))  # type: ignore[arg-type]

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show the form."""
        target, words = self._target_and_words(request.GET)
        return self._answer(ReportForm(), target, words, token_for(self.episode))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Write the report, or show the form with the reason why not."""
        # Checked before the body: for multipart Django would read as much as the desk may upload.
        if request.content_type != "application/x-www-form-urlencoded":
            return self._answer(ReportForm(), AnchorTarget(), "", token_for(self.episode), UNSUPPORTED_TYPE)
        # Slightly too long text comes back in the form to be shortened; a huge body does not.
        if too_large(request):
            return self._answer(ReportForm(), AnchorTarget(), "", token_for(self.episode), TOO_LARGE)
        form, token = ReportForm(request.POST), request.POST.get("token", "")
        target, words = self._target_and_words(request.POST)
        if status := self._refusal(form, token):
            # A token that is only too young stays usable; any other is replaced.
            is_usable = (token_age(token, self.episode) or MAX_AGE) < MAX_AGE
            return self._answer(form, target, words, token if is_usable else token_for(self.episode), status)
        try:
            self._write(form, target, words)
        except Refused:
            # Withdrawn since the request began.
            return tombstone(request, slug)
        address = reverse("report_thanks", args=[slug])
        query = f"?{urlencode({'at': target.anchor})}" if target.anchor else ""
        return HttpResponseRedirect(address + query)

    def _target_and_words(self, data: Any) -> tuple[AnchorTarget, str]:
        anchor = clean_line(data.get("at", ""), MAX_ANCHOR_LENGTH)
        return target_of(self.episode, anchor), clean_line(data.get("words", ""), MAX_WORDS_LENGTH)

    def _refusal(self, form: ReportForm, token: str) -> int:
        """Return the status of a refusal and add its reason to the form; 0 if the report is accepted."""
        if not form.is_valid():
            return REFUSED
        age = token_age(token, self.episode)
        if age is None or age > MAX_AGE:
            form.add_error(None, _("This page was open for more than a day. Please send your report again."))
            return REFUSED
        if age < MIN_AGE:
            form.add_error(None, _("Your report was sent too quickly. Please send it again."))
            return REFUSED
        if self.request.POST.get("website"):
            # With a message, because browsers that fill in every field have human users.
            form.add_error(
                None, _("A hidden field was filled in, perhaps by your browser. Please send your report again.")
            )
            return REFUSED
        if not within_limits(self.request, self.episode):
            form.add_error(None, _("Too many reports in the last hour. Please try again in an hour."))
            return TOO_MANY
        return 0

    def _write(self, form: ReportForm, target: AnchorTarget, words: str) -> None:
        data = form.cleaned_data
        # Sections are long: without selected text the paragraph tells the editor which part is meant.
        words = words or (target.text[:MAX_WORDS_LENGTH] if isinstance(target.row, Section) else "")
        report(self.episode, target.row, data["message"], data["kind"], words)

    def _answer(
        self, form: ReportForm, target: AnchorTarget, words: str, token: str, status: int = 200
    ) -> HttpResponse:
        context = {
            "episode": self.episode,
            "site_state": site_state(),
            "form": form,
            "target": target,
            "words": words,
            # Empty if the passage already contains the selected text.
            "selected_words": "" if words in " ".join(target.text.split()) else words,
            "token": token,
            "too_large": status in (TOO_LARGE, UNSUPPORTED_TYPE),
        }
        response = render(self.request, "site/pages/report.html", context, status=status)
        if status != 200:
            response["Cache-Control"] = "no-store"
        if status == TOO_MANY:
            response["Retry-After"] = str(HOUR)
        return response


class ThanksPage(PublicEpisodeMixin, PlainPage):  # type: ignore[misc]  # both say dispatch()
    """The page after a report. The same for a repeated report, which writes nothing."""

    template_name = "site/pages/report_thanks.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        anchor = clean_line(self.request.GET.get("at", ""), MAX_ANCHOR_LENGTH)
        return super().get_context_data(episode=self.episode, target=target_of(self.episode, anchor), **kwargs)
