"""What every public page has in common: who may ask, how long a browser may keep it, what it is allowed to load.

No public page touches the session or sets a cookie, so that one answer serves everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.decorators import method_decorator
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView, TemplateView

from episodes.models import Appearance, Decision, Episode, Mention, Prediction, Quote, TaggedEpisode
from episodes.views.head import Head, plain_head
from people.models import Entity, Speaker

# Always asked again: a page must not outlive the next scheduled publication, nor a withdrawal.
CACHE_CONTROL = "public, max-age=0, must-revalidate"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
PAGE_SIZE = 30

View = Callable[..., Any]


def guarded(response: HttpResponse) -> HttpResponse:
    """The headers of a public answer, where the view has not set its own."""
    response.headers.setdefault("Cache-Control", CACHE_CONTROL)
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    return response


def public_page(view: View) -> View:
    """GET and HEAD only, asked again each time, and nothing loaded from elsewhere."""

    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return guarded(view(request, *args, **kwargs))

    return answer


# --- when the site last changed, and which rooms are open


@dataclass(frozen=True)
class Facts:
    """Last change of what visitors see, and the parts of the menu that are not empty."""

    changed: datetime | None
    rooms: frozenset[str]


_ROOMS = ("speakers", "entities", "quotes", "predictions", "tags")


def _open_rooms() -> dict[str, Any]:
    """An annotation for each room, asked of the rows that open it: SQLite would walk all the entities."""
    kept_speaker = Exists(Speaker.objects.kept().filter(pk=OuterRef("speaker")))
    kept_entity = Exists(Entity.objects.kept().filter(pk=OuterRef("entity")))
    quotes, predictions = Quote.objects.public(), Prediction.objects.public()
    speaking = [rows.filter(kept_speaker) for rows in (Appearance.objects.public(), quotes, predictions)]
    return {
        "room_speakers": Exists(speaking[0]) | Exists(speaking[1]) | Exists(speaking[2]),
        "room_entities": Exists(Mention.objects.public().filter(kept_entity)),
        "room_quotes": Exists(quotes),
        "room_predictions": Exists(predictions),
        "room_tags": Exists(TaggedEpisode.objects.public()),
    }


def _people_decided() -> Subquery:
    """When a speaker or an entity was last decided upon: their words appear on pages of many episodes."""
    # Grouped rather than sorted: the index on the target finds the few decisions about people among all.
    decided = Decision.objects.filter(target_type__app_label="people").order_by()
    return Subquery(decided.values("target_type__app_label").annotate(last=Max("at")).values("last"))


def _facts(row: Any, *moments: datetime | None) -> Facts:
    known = [moment for moment in (*moments, row.people_decided) if moment is not None]
    rooms = frozenset(name for name in _ROOMS if getattr(row, f"room_{name}"))
    return Facts(max(known, default=None), rooms)


def with_facts(queryset: QuerySet) -> QuerySet:
    """The row of a page with what `row_facts` needs, so that it costs no query of its own."""
    return queryset.annotate(people_decided=_people_decided(), **_open_rooms())


def row_facts(row: Any, episode: Episode) -> Facts:
    """For a page that shows one episode. The menu is furniture: a room that opens changes the ETag, not the date."""
    return _facts(row, episode.changed_at, episode.published_at)


def site_facts() -> Facts:
    """For pages that show many. One query.

    Withdrawn episodes count: without them the date would go back as one leaves, and a list that still shows it would be
    confirmed with 304. Both moments count: `changed_at` does not move as a scheduled episode's hour comes.
    """
    seen = Episode.objects.public() | Episode.objects.tombstones()
    seen = seen.annotate(moment=Greatest("changed_at", "published_at")).order_by("-moment")
    row = with_facts(seen).only("pk").first()
    return _facts(row, row.moment) if row else Facts(None, frozenset())


# --- the bases of views


@method_decorator(public_page, name="dispatch")
class PublicPage:
    """Mixin for Django's generic views: adds the facts to the context and the date to the answer."""

    def facts(self) -> Facts:
        return site_facts()

    def page_head(self, context: dict[str, Any]) -> Head:
        """What it tells those who link to it (includes/meta.html); the page of one thing has more to say."""
        title, description = getattr(self, "heading", ""), getattr(self, "description", "")
        return plain_head(self.request, str(title), str(description))  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(facts=self.facts(), **kwargs)  # type: ignore[misc]

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        context = {**context, "head": self.page_head(context)}
        response = super().render_to_response(context, **kwargs)  # type: ignore[misc]
        if changed := context["facts"].changed:
            response["Last-Modified"] = http_date(changed.timestamp())
        return response

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class PlainPage(PublicPage, TemplateView):
    """A page that is neither a list nor one thing."""


class ListPage(PublicPage, ListView):
    """Thirty rows at a time; a page that does not exist is 404. With `filterset_class`, filters from the address."""

    paginate_by = PAGE_SIZE
    heading: Any = ""
    description: Any = ""
    filterset_class: Any = None
    filterset: Any = None

    def get_queryset(self) -> QuerySet:
        queryset = self.rows()
        if self.filterset_class is None:
            return queryset
        self.filterset = self.filterset_class(self.request.GET, queryset=queryset, request=self.request)
        # A value that cannot be right (NUL, ten thousand characters) finds nothing and is never sent to the database.
        return self.filterset.qs if self.filterset.is_valid() else queryset.none()

    def rows(self) -> QuerySet:
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(filterset=self.filterset, **kwargs)


class ObjectPage(PublicPage, DetailView):
    """The page of one thing."""


class RowsOfObjectPage(ListPage):
    """The page of one thing that lists many: a speaker's, an entity's, a tag's episodes."""

    object: Any = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        return super().get(request, *args, **kwargs)

    def get_object(self) -> Any:
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(object=self.object, **kwargs)

    def page_head(self, context: dict[str, Any]) -> Head:
        return plain_head(self.request, self.object.name)


# --- what is not there, gone, or broken


def gone(request: HttpRequest, reason: str) -> HttpResponse:
    """410: visitors once saw it. Only the reason is told, none of its words."""
    return guarded(render(request, "410.html", {"reason": reason}, status=410))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return guarded(render(request, "404.html", status=404))


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: what broke may be anything that depends on it."""
    response = HttpResponse(loader.get_template("500.html").render(), status=500)
    response["Cache-Control"] = "no-store"
    return guarded(response)


@public_page
def robots(request: HttpRequest) -> HttpResponse:
    lines = ("User-agent: *", "Disallow: /admin/", "Disallow: /en/admin/", "")
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
