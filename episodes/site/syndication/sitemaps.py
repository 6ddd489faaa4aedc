"""The sitemap: an index of one part for each kind of page, with the moment what visitors see on it last changed.

A new kind of page: a class with `address` and `rows()`, and a line in SECTIONS.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps import views as django_views
from django.db.models import Count, Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Greatest
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import last_modified

from episodes.models import Appearance, Decision, Episode, Mention, Prediction, Quote, TaggedEpisode
from episodes.site.cache import NO_CACHE, StateCache
from episodes.site.contexts.pagination import RememberingPaginator
from episodes.site.contexts.site_state import FEWEST, SiteState, site_state
from episodes.site.pages.base import public_page
from people.models import Entity, Speaker

# Addresses on one page. The protocol allows 50,000; this many are made in a moment.
PAGE = 5_000
# A room with less in it is no room yet, and a page about a single episode says nothing that the episode does not.
FEWEST_EPISODES = 2


class Part(Sitemap):
    """One kind of page, from five on. `rows()` are tuples that begin with (argument of the address, last change)."""

    limit = PAGE
    fewest = FEWEST
    address = ""

    def __init__(self, state_cache: StateCache = NO_CACHE) -> None:
        self.state_cache = state_cache.within(self.address)

    def rows(self) -> Any:
        raise NotImplementedError

    @cached_property
    def paginator(self) -> RememberingPaginator:  # type: ignore[override]
        # Asked for its count, its pages and its last change: the rows are fetched once.
        return RememberingPaginator(self.rows(), self.limit, state_cache=self.state_cache)

    @property
    def is_open(self) -> bool:
        return self.paginator.count >= self.fewest

    def location(self, item: Any) -> str:
        return reverse(self.address, args=[item[0]])

    def lastmod(self, item: Any) -> datetime:
        return item[1]

    def get_latest_lastmod(self) -> datetime | None:
        rows = self.paginator.object_list
        if isinstance(rows, QuerySet):
            return self.state_cache.get_or_compute(
                "last", lambda: rows.order_by().aggregate(last=Max("moment"))["last"]
            )
        return max((row[1] for row in rows), default=None)


def _of_episode(key: str) -> Greatest:
    """The last change of that episode: `changed_at` does not move as a scheduled episode's hour comes."""
    return Greatest(f"{key}__changed_at", f"{key}__published_at")


# --- episodes, and what has a page for each


class Episodes(Part):
    address = "episode"
    # They are what the site is; a first one may be found.
    fewest = 1

    def rows(self) -> QuerySet:
        moments = Episode.objects.public().annotate(moment=Greatest("changed_at", "published_at"))
        return moments.order_by("pk").values_list("slug", "moment", "translation_key", "language")

    def get_urls(self, page: Any = 1, site: Any = None, protocol: Any = None) -> list[dict[str, Any]]:
        """With the other languages of an episode. The English interface of the same words is no translation."""
        urls = super().get_urls(page, site, protocol)
        translations = _translations({url["item"][2] for url in urls} - {""})
        root = f"{protocol}://{site.domain}"
        for url in urls:
            slug, _moment, key, language = url["item"]
            group = translations.get(key, {})
            # Of two in one language the first stands for it; a page that is not listed itself lists none.
            if len(group) > 1 and group[language] == slug:
                url["alternates"] = [
                    {"lang_code": code, "location": root + reverse("episode", args=[other])}
                    for code, other in group.items()
                ]
        return urls


def _translations(keys: set[str]) -> dict[str, dict[str, str]]:
    """{translation key: {language: slug}} of public episodes. One query, none where nothing is translated."""
    if not keys:
        return {}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    # All that have a key: naming five thousand would be more than a database takes in one list.
    rows = Episode.objects.public().exclude(translation_key="").order_by("pk")
    for key, language, slug in rows.values_list("translation_key", "language", "slug"):
        if key in keys:
            found[key].setdefault(language, slug)
    return found


class Quotes(Part):
    address = "quote"
    model: Any = Quote

    def rows(self) -> QuerySet:
        moments = self.model.objects.public().annotate(moment=_of_episode("episode"))
        return moments.order_by("pk").values_list("pk", "moment")


class Predictions(Quotes):
    address = "prediction"
    model = Prediction


# --- what gathers episodes


class Entities(Part):
    address = "entity"

    def rows(self) -> list[Any]:
        return self.state_cache.get_or_compute("rows", self._gathered)

    def _gathered(self) -> list[Any]:
        kept = Exists(Entity.objects.not_rejected().filter(pk=OuterRef("entity")))
        return _with_decisions(_gathered(Mention.objects.public().filter(kept), "episode", "entity"), "entity")


class Tags(Part):
    address = "tag"

    def rows(self) -> list[Any]:
        return self.state_cache.get_or_compute("rows", self._gathered)

    def _gathered(self) -> list[Any]:
        tagged = _gathered(TaggedEpisode.objects.public(), "content_object", "tag")
        return [(slug, moment) for _key, slug, moment in tagged]


class Speakers(Part):
    address = "speaker"

    def rows(self) -> list[Any]:
        return self.state_cache.get_or_compute("rows", self._gathered)

    def _gathered(self) -> list[Any]:
        kept = Exists(Speaker.objects.not_rejected().filter(pk=OuterRef("speaker")))
        of_each = [
            model.objects.public()
            .filter(kept)
            .order_by()
            .values_list("speaker", "speaker__slug", "episode", _of_episode("episode"))
            for model in (Appearance, Quote, Prediction)
        ]
        # A UNION leaves each pair of speaker and episode once.
        found: dict[tuple[int, str], list[datetime]] = defaultdict(list)
        for key, slug, _episode, moment in of_each[0].union(*of_each[1:]):
            found[key, slug].append(moment)
        rows = ((*named, max(moments)) for named, moments in found.items() if len(moments) >= FEWEST_EPISODES)
        return _with_decisions(sorted(rows), "speaker")


def _gathered(rows: QuerySet, episode: str, thing: str) -> Iterable[tuple[int, str, datetime]]:
    """(key, slug, last change) of things with two episodes or more."""
    counted = rows.order_by().values(thing, f"{thing}__slug")
    counted = counted.annotate(n=Count(episode, distinct=True), moment=Max(_of_episode(episode)))
    several = counted.filter(n__gte=FEWEST_EPISODES).order_by(thing)
    return several.values_list(thing, f"{thing}__slug", "moment")


def _with_decisions(rows: Iterable[tuple[int, str, datetime]], model: str) -> list[tuple[str, datetime]]:
    """(slug, last change), where a decision on the thing itself is one: its own words appear with it."""
    decided = Decision.objects.filter(target_type__app_label="people", target_type__model=model).order_by()
    last = dict(decided.values_list("target_id").annotate(last=Max("at")))
    return [(slug, max(moment, last.get(key, moment))) for key, slug, moment in rows]


# --- answers

SECTIONS: dict[str, type[Part]] = {
    "episodes": Episodes,
    "speakers": Speakers,
    "entities": Entities,
    "tags": Tags,
    "quotes": Quotes,
    "predictions": Predictions,
}


def _changed(request: HttpRequest, section: str = "") -> datetime | None:
    """Asked before anything is gathered, for robots come often. Not the last change of what is listed, which is what
    Django would say: it goes back as an episode is withdrawn.
    """
    return _facts(request).changed


def _facts(request: HttpRequest) -> SiteState:
    """Asked once, for the date and for what is remembered."""
    known: SiteState | None = getattr(request, "site_facts", None)
    if known is None:
        known = request.site_facts = site_state()  # type: ignore[attr-defined]
    return known


def _undated(response: HttpResponse) -> HttpResponse:
    del response["Last-Modified"]
    return response


@public_page
@last_modified(_changed)
def sitemap(request: HttpRequest) -> HttpResponse:
    state_cache = _facts(request).state_cache.within("sitemap")
    parts = {name: part(state_cache) for name, part in SECTIONS.items()}
    opened: dict[str, Any] = {name: part for name, part in parts.items() if part.is_open}
    if not opened:
        raise Http404
    return _undated(
        django_views.index(
            request, opened, template_name="site/syndication/sitemap_index.xml", sitemap_url_name="sitemap_part"
        )
    )


@public_page
@last_modified(_changed)
def sitemap_part(request: HttpRequest, section: str) -> HttpResponse:
    kind = SECTIONS.get(section)
    part = kind(_facts(request).state_cache.within("sitemap")) if kind else None
    if part is None or not part.is_open:
        raise Http404
    # Five thousand addresses are written out once.
    asked = (request.GET.get("p"), request.scheme, request.get_host())
    body, headers = part.state_cache.get_or_compute(asked, lambda: _written(request, section, part))
    return HttpResponse(body, headers=headers)


def _written(request: HttpRequest, section: str, part: Part) -> tuple[bytes, dict[str, str]]:
    page: Any = django_views.sitemap(request, {section: part}, section, template_name="site/syndication/sitemap.xml")
    response = _undated(page.render())
    return response.content, dict(response.headers)
