"""The page of the review screen.

With script a decision is one request that returns the things after it; without script each button is a plain form that
leads to the next thing.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from episodes import workflow
from episodes.bases.reviewable import RejectCode
from episodes.bases.users import staff_user
from episodes.desk.base import address_of, state
from episodes.desk.episode_views import EpisodeViews
from episodes.desk.preview import private
from episodes.desk.review import actions, bulk_actions, item_actions
from episodes.desk.review.form_recovery import recovered_form
from episodes.desk.review.group_screens import names_context, speakers_context
from episodes.desk.review.panel import Panel, row_of, template_of
from episodes.desk.review.panel_cache import cached_of
from episodes.desk.review.queue import (
    NAMES,
    SPEAKERS,
    Queue,
    Thing,
    queue_of,
)
from episodes.desk.transition_buttons import may_publish_straight
from episodes.desk.view_permissions import require_whole
from episodes.models import Episode
from episodes.workflow import Refused
from people.models import Entity

# HTTP status of a conflict with another user's change.
CONFLICT, UNPROCESSABLE = 409, 422
# Postponed things kept in the address; more would make it too long.
PUT_OFF = 80


class ReviewViews(EpisodeViews):
    """The review screen."""

    def paths(self) -> list[URLPattern]:
        return [self.path("<int:pk>/review/", self.review_view, "review")]

    def review_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET the screen, `at`: the thing to show. POST `act` on `thing`."""
        self.check_view(request)
        require_whole(request)
        if request.method == "POST":
            return private(self._act(request, pk))
        episode = get_object_or_404(Episode.objects.select_related("claimed_by"), pk=pk)
        queue = queue_of(episode, is_verifying(request, episode), key_of(request))
        thing = self._thing(request, queue)
        if "panel" in request.GET:
            return private(JsonResponse(_answer(request, queue, thing)))
        return private(TemplateResponse(request, "desk/review/review.html", self._page(request, queue, thing)))

    def _thing(self, request: HttpRequest, queue: Queue) -> Thing | None:
        """Return the requested thing, or its neighbour, or the first open one."""
        at = queue.find(request.GET.get("at", ""))
        step = {"next": 1, "previous": -1}.get(request.GET.get("go", ""))
        if at is not None and step is not None:
            return queue.neighbour(at, step) or at
        return at or queue.next_open(None, later=put_off(request.GET.get("later", "")))

    # --- the page

    def _page(self, request: HttpRequest, queue: Queue, thing: Thing | None, **more: Any) -> dict[str, Any]:
        episode, known = queue.episode, cached_of(queue.episode)
        ahead = queue.next_open(thing, later=put_off(request.GET.get("later", ""))) if thing else None
        alone, held = workflow.works_alone(), workflow.holder(episode)
        return {
            **self.admin.admin_site.each_context(request),
            "title": str(episode),
            "opts": self.admin.opts,
            "original": episode,
            "episode": episode,
            "status": state(episode.status, episode.get_status_display()),
            "queue": queue,
            "progress": progress_text(queue),
            "thing": thing,
            "panel": html_of(request, queue, thing, **more),
            "ahead": {"id": ahead.id, "html": html_of(request, queue, ahead)} if ahead else None,
            "rail": rail_of(queue, thing),
            "held": held == request.user and episode.status == Episode.Status.IN_REVIEW,
            "release": held == request.user and workflow.is_untouched(episode),
            "held_by_another": held if held not in (None, request.user) else None,
            "alone": alone,
            "speakers": list(enumerate(known["speakers"], 1)),
            "known": known,
            "codes": [
                {"digit": i, "code": code, "label": label} for i, (code, label) in enumerate(RejectCode.choices, 1)
            ],
            "kinds": Entity.Kind.choices,
            "later": request.GET.get("later", ""),
            "straight": may_publish_straight(episode, staff_user(request)),
            "may_verify": may_verify(request, episode),
            "findings": [f for f in queue.findings_of_episode if not f.code.startswith(("speaker", "appearance"))],
            "preview": address_of(episode, "preview"),
        }

    # --- actions

    def _act(self, request: HttpRequest, pk: int) -> HttpResponse:
        thing = actions.thing_named(request.POST.get("thing", ""), pk)
        asked = actions.request_for(thing or Thing("summary", pk, "", 0), pk, staff_user(request), request.POST)
        if asked is None:
            raise Http404
        episode = asked.episode
        if thing is None:
            return self._refused(request, asked, [_("This episode has no such item.")])
        try:
            done = perform(asked)
        except actions.Conflict as conflict:
            return self._refused(request, asked, conflict.differences, status=CONFLICT)
        except workflow.Stale as stale:
            return self._refused(request, asked, stale.reasons, status=CONFLICT)
        except Refused as refused:
            return self._refused(request, asked, refused.reasons)
        except actions.Invalid as invalid:
            return self._refused(request, asked, reasons_of(invalid.form))
        queue = queue_of(episode, is_verifying(request, episode), key_of(request))
        return self._next(request, queue, thing, done)

    def _next(self, request: HttpRequest, queue: Queue, thing: Thing, done: actions.Done) -> HttpResponse:
        later = put_off(request.POST.get("later", ""))
        if request.POST.get("act") == "later":
            later = [*later, thing.id][-PUT_OFF:]
        after: Thing | None
        if done.goes_to:
            after = queue.find(done.goes_to) or queue.find(thing.id)
        elif done.stays:
            after = queue.find(thing.id)
        else:
            # The thing as in the queue now, since its position decides which one is next.
            after = queue.next_open(queue.find(thing.id), later=later, as_error=bool(request.POST.get("as_error")))
        texts = [*done.more, done.message]
        if not wants_json(request):
            for message in texts:
                messages.success(request, message)
            return HttpResponseRedirect(_address(request, after, later))
        answer = _answer(request, queue, after, texts, shown=request.POST.get("shown", ""), later=later)
        return JsonResponse({**answer, "release": done.release})

    def _refused(
        self, request: HttpRequest, asked: actions.Request, reasons: list[str], status: int = UNPROCESSABLE
    ) -> HttpResponse:
        """Return the thing as stored now with the reasons and the submitted text. Nothing was written."""
        # The episode in memory may have values that were rolled back.
        episode = Episode.objects.select_related("claimed_by").get(pk=asked.episode.pk)
        queue = queue_of(episode, is_verifying(request, episode), key_of(request))
        thing = queue.find(request.POST.get("thing", ""))
        more: dict[str, Any] = {"problems": tuple(reasons)}
        typed = any(asked.get(name).strip() for name in asked.data if name.startswith("reason-"))
        if asked.row is not None and thing is not None and (row := row_of(episode, thing)) is not None:
            more |= {"form": recovered_form(asked, row), "row": row, "reasons": asked.data}
        if wants_json(request):
            answer = _answer(request, queue, thing, reasons, **more)
            return JsonResponse({**answer, "refused": True}, status=status)
        if typed or more.get("form") is not None:
            page = self._page(request, queue, thing, **more)
            return TemplateResponse(request, "desk/review/review.html", page, status=status)
        for reason in reasons:
            messages.error(request, reason)
        return HttpResponseRedirect(_address(request, thing, put_off(request.POST.get("later", ""))))


# --- shared by all answers


def perform(asked: actions.Request) -> actions.Done:
    """Carry out `act`. Raises Refused, Conflict or Invalid, and then writes nothing."""
    name, _colon, asked.argument = asked.get("act").partition(":")
    act = {**item_actions.ACTS, **bulk_actions.ACTS}.get(name)
    if act is None:
        raise Refused(_("Unknown action."))
    with workflow.one_act():
        return act(asked)


def reasons_of(form: Any) -> list[str]:
    """Return the errors of a form, each with the label of its field."""
    named = {name: texts for name, texts in form.errors.items() if name in form.fields}
    reasons = [f"{form.fields[name].label}: {text}" for name, texts in named.items() for text in texts]
    return [*reasons, *form.non_field_errors()]


def key_of(request: HttpRequest) -> int:
    """Return the primary key of the user; 0 for none."""
    return request.user.pk or 0


def may_verify(request: HttpRequest, episode: Episode) -> bool:
    """Return whether the user may double-check the episode's items."""
    return episode.status in Episode.PUBLIC_STATUSES and request.user.has_perm("episodes.verify_episode")


def is_verifying(request: HttpRequest, episode: Episode) -> bool:
    """Return whether to show what others accepted: for verifiers, in public episodes.

    `mode=decide` in the query shows everything instead.
    """
    mode = request.POST.get("mode") or request.GET.get("mode")
    if mode == "decide" or not may_verify(request, episode):
        return False
    # A POST states that it double-checks; only a page needs to check whether anybody may do so.
    return request.method == "POST" or not workflow.verification_unavailable()


def wants_json(request: HttpRequest) -> bool:
    """Return whether the request was sent by script."""
    return request.headers.get("Accept", "").startswith("application/json")


def put_off(text: str) -> list[str]:
    """Return the ids of postponed things in a comma-separated parameter, at most PUT_OFF."""
    return [id for id in text.split(",") if id][:PUT_OFF]


def _address(request: HttpRequest, thing: Thing | None, later: list[str]) -> str:
    query = {"at": thing.id if thing else "", "later": ",".join(later), "mode": request.POST.get("mode", "")}
    query = {name: value for name, value in query.items() if value}
    return f"{request.path}?{urlencode(query)}" if query else request.path


def html_of(request: HttpRequest, queue: Queue, thing: Thing | None, **more: Any) -> str:
    """Return the HTML of a thing, or of the end of the list for None."""
    if thing is None:
        context = {"queue": queue, "episode": queue.episode, "done": True, "alone": workflow.works_alone()}
        context |= {"straight": may_publish_straight(queue.episode, staff_user(request)), "verifying": queue.verifying}
        context["in_the_way"] = workflow.unmet_conditions(queue.episode, staff_user(request))
        return render_to_string("desk/review/done.html", context, request)
    screens = {SPEAKERS: speakers_context, NAMES: names_context}
    if thing.kind in screens:
        context = screens[thing.kind](queue, thing, staff_user(request))
    else:
        context = Panel(queue, thing, staff_user(request), **more).context()
        if request.POST.get("thing") == thing.id and request.POST.get("as_error"):
            # A fixed thing is continued from its position among the errors.
            context["as_error"] = True
    later = request.POST.get("later") or request.GET.get("later", "")
    context |= {"verifying": queue.verifying, "problems": more.get("problems", ()), "later": later}
    return render_to_string(template_of(thing), context, request)


def progress_of(queue: Queue) -> dict[str, Any]:
    """Return done and total numbers, their text, and the status of the episode."""
    return {
        "done": queue.done,
        "total": queue.total,
        "progress": progress_text(queue),
        "status": str(queue.episode.get_status_display()),
    }


def progress_text(queue: Queue) -> str:
    """Return the progress as text."""
    if not queue.left:
        return _("%(total)d of %(total)d, all done") % {"total": queue.total}
    return _("%(done)d of %(total)d, about %(minutes)d min left") % {
        "done": queue.done,
        "total": queue.total,
        "minutes": queue.minutes_left,
    }


def rail_of(queue: Queue, at: Thing | None) -> list[dict[str, Any]]:
    """Return the groups with the number of open things, the first thing, and which group is current."""
    here = queue.group_of(at) if at else ""
    names = {
        "speakers": _("Who is speaking"),
        "errors": _("With errors"),
        "text": _("Text"),
        "said": _("Quotes and predictions"),
        "chapters": _("Chapters"),
        "takeaways": _("Takeaways"),
        "observations": _("On screen"),
        "names": _("Index and tags"),
    }
    rail = []
    for group, name in names.items():
        things = [thing for thing in queue.things if queue.group_of(thing) == group]
        if things:
            left = sum(queue.is_open(thing) for thing in things)
            if group == "names":
                left = sum(row.kind == "mention" and row.status == "draft" for row in queue.rows)
            first = next((thing for thing in things if queue.is_open(thing)), things[0])
            rail.append({"group": group, "name": name, "left": left, "first": first.id, "here": group == here})
    return rail


def _answer(
    request: HttpRequest,
    queue: Queue,
    thing: Thing | None,
    texts: list[str] | tuple[str, ...] = (),
    *,
    shown: str = "",
    later: list[str] | tuple[str, ...] = (),
    problems: tuple[str, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """Return the next thing and the one after it. A thing that the browser already shows (`shown`) is left out."""
    id = thing.id if thing else ""
    answer: dict[str, Any] = {
        "messages": list(texts),
        "next": {"id": id},
        "later": ",".join(later),
        **progress_of(queue),
    }
    if id != shown or not id:
        answer["next"]["html"] = html_of(request, queue, thing, problems=problems, **more)
    ahead = queue.next_open(thing, later=later) if thing else None
    if ahead is not None and not problems:
        answer["ahead"] = {"id": ahead.id, "html": html_of(request, queue, ahead)}
    answer["rail"] = rail_of(queue, thing)
    return answer
