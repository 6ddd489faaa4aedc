"""The sitemap (sitemaps.org): an index with one section per kind of page, with dates of the last visible change.

To add a kind of page, write a class with `address` and `rows()` and add it to SECTIONS.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
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

from episodes.bases.page_dependencies import known_parameters
from episodes.derived import counted_episodes
from episodes.models import Appearance, Decision, Episode, Mention, Prediction, Quote, TaggedEpisode
from episodes.site.cache import NO_CACHE, StateCache
from episodes.site.contexts.pagination import CachedPaginator
from episodes.site.contexts.site_state import MIN_ENTRIES, SiteState, site_state
from episodes.site.lists import stored_counts
from episodes.site.pages.base import public_page
from people.models import Entity, Speaker

# URLs per file; the protocol allows 50,000. What one file costs must not depend on the size of the site.
PAGE_SIZE = 1_000
# Episodes from which a speaker, entity or tag is listed; with one it repeats the page of the episode.
MIN_EPISODES = 2


class Part(Sitemap):
    """Base section, listed from MIN_ENTRIES rows on. Rows are tuples (URL argument, last change, …)."""

    limit = PAGE_SIZE
    min_entries = MIN_ENTRIES
    address = ""

    def __init__(self, state_cache: StateCache = NO_CACHE, changed: datetime | None = None) -> None:
        """Initialise the section. changed: the last change of the site."""
        self.state_cache, self.changed = state_cache.scoped(self.address), changed

    def rows(self) -> Any:
        """Return the rows."""
        raise NotImplementedError

    @cached_property
    def paginator(self) -> CachedPaginator:  # type: ignore[override]
        """Return the paginator, cached because count, pages and last change all use its rows."""
        paginator = CachedPaginator(self.rows(), self.limit, state_cache=self.state_cache)
        if number := self.counted():
            paginator.count = number
        return paginator

    def counted(self) -> int:
        """Return the number of rows by the stored counts, or 0 if they are not used."""
        return 0

    @property
    def is_listed(self) -> bool:
        """Return whether the section has enough rows."""
        return self.paginator.count >= self.min_entries

    def location(self, item: Any) -> str:
        """Return the path of a row."""
        return reverse(self.address, args=[item[0]])

    def lastmod(self, item: Any) -> datetime:
        """Return the last change of a row."""
        return item[1]

    def get_latest_lastmod(self) -> datetime | None:
        """Return the last change of all rows; that of the site where the rows are counted, not read."""
        rows = self.paginator.object_list
        if self.counted():
            return self.changed
        if isinstance(rows, QuerySet):
            return self.state_cache.get_or_compute(
                "last", lambda: rows.order_by().aggregate(last=Max("moment"))["last"]
            )
        return max((row[1] for row in rows), default=None)


def _of_episode(key: str) -> Greatest:
    """Return the last visible change; `changed_at` does not move when a scheduled episode appears."""
    return Greatest(f"{key}__changed_at", f"{key}__published_at")


# --- episodes, quotes, predictions


class Episodes(Part):
    """Public episodes, from the first on."""

    address = "episode"
    min_entries = 1

    def counted(self) -> int:
        """Return the number of public episodes."""
        return counted_episodes() if stored_counts.are_used() else 0

    def rows(self) -> QuerySet:
        moments = Episode.objects.public().annotate(moment=Greatest("changed_at", "published_at"))
        return moments.order_by("pk").values_list("slug", "moment", "translation_key", "language")

    def get_urls(self, page: Any = 1, site: Any = None, protocol: Any = None) -> list[dict[str, Any]]:
        """Add `alternates` for translated episodes. The same text in the other interface language is none."""
        urls = super().get_urls(page, site, protocol)
        translations = _translations({url["item"][2] for url in urls} - {""})
        root = f"{protocol}://{site.domain}"
        for url in urls:
            slug, _moment, key, language = url["item"]
            group = translations.get(key, {})
            # Of two translations in one language only the first is linked and has links.
            if len(group) > 1 and group[language] == slug:
                url["alternates"] = [
                    {"lang_code": code, "location": root + reverse("episode", args=[other])}
                    for code, other in group.items()
                ]
        return urls


def _translations(keys: set[str]) -> dict[str, dict[str, str]]:
    """Return {translation key: {language: slug}} of public episodes. One query, none without keys."""
    if not keys:
        return {}
    translations: dict[str, dict[str, str]] = defaultdict(dict)
    # Not filtered by `keys`: 5,000 parameters are too many for some databases.
    rows = Episode.objects.public().exclude(translation_key="").order_by("pk")
    for key, language, slug in rows.values_list("translation_key", "language", "slug"):
        if key in keys:
            translations[key].setdefault(language, slug)
    return translations


class Quotes(Part):
    """Public quotes."""

    address = "quote"
    model: Any = Quote

    def counted(self) -> int:
        """Return the number of public quotes."""
        return stored_counts.quotes()

    def rows(self) -> QuerySet:
        moments = self.model.objects.public().annotate(moment=_of_episode("episode"))
        return moments.order_by("pk").values_list("pk", "moment")


class Predictions(Quotes):
    """Public predictions."""

    address = "prediction"
    model = Prediction

    def counted(self) -> int:
        """Return the number of public predictions."""
        return stored_counts.predictions()


# --- entities, tags, speakers


class Names(Part):
    """Base of the sections of names with at least MIN_EPISODES episodes. On a large site each file reads its own."""

    # Field of the stored counts.
    field = ""

    def counted(self) -> int:
        """Return the number of names with at least MIN_EPISODES episodes."""
        return stored_counts.number_of_names(self.field, MIN_EPISODES)

    def rows(self) -> Any:
        return CountedNames(self) if self.counted() else self.state_cache.get_or_compute("rows", self.load)

    def load(self, keys: Collection[int] | None = None) -> list[Any]:
        """Return the rows of all names, or of those with these keys."""
        raise NotImplementedError


class CountedNames:
    """Rows of a section, of which only those of one file are read."""

    def __init__(self, part: Names) -> None:
        self._part = part

    def __len__(self) -> int:
        return self._part.counted()

    def __getitem__(self, places: slice) -> list[Any]:
        keys = stored_counts.names_with(self._part.field, MIN_EPISODES, places)
        return self._part.load(keys) if keys else []


class Entities(Names):
    """Entities with at least MIN_EPISODES episodes."""

    address = field = "entity"

    def load(self, keys: Collection[int] | None = None) -> list[Any]:
        """Return (slug, last change)."""
        kept = Exists(Entity.objects.not_rejected().filter(pk=OuterRef("entity")))
        rows = _among(Mention.objects.public().filter(kept), "entity", keys)
        return _with_decisions(_grouped(rows, "episode", "entity"), "entity")


class Tags(Names):
    """Tags with at least MIN_EPISODES episodes."""

    address = field = "tag"

    def load(self, keys: Collection[int] | None = None) -> list[Any]:
        """Return (slug, last change)."""
        tagged = _grouped(_among(TaggedEpisode.objects.public(), "tag", keys), "content_object", "tag")
        return [(slug, moment) for _key, slug, moment in tagged]


class Speakers(Names):
    """Speakers with at least MIN_EPISODES episodes."""

    address, field = "speaker", "named"

    def load(self, keys: Collection[int] | None = None) -> list[Any]:
        """Return (slug, last change)."""
        kept = Exists(Speaker.objects.not_rejected().filter(pk=OuterRef("speaker")))
        of_each = [
            _among(model.objects.public().filter(kept), "speaker", keys)
            .order_by()
            .values_list("speaker", "speaker__slug", "episode", _of_episode("episode"))
            for model in (Appearance, Quote, Prediction)
        ]
        # UNION without ALL keeps each pair of speaker and episode once.
        moments_by_speaker: dict[tuple[int, str], list[datetime]] = defaultdict(list)
        for key, slug, _episode, moment in of_each[0].union(*of_each[1:]):
            moments_by_speaker[key, slug].append(moment)
        rows = ((*named, max(moments)) for named, moments in moments_by_speaker.items() if len(moments) >= MIN_EPISODES)
        return _with_decisions(sorted(rows), "speaker")


def _among(rows: QuerySet, name: str, keys: Collection[int] | None) -> QuerySet:
    return rows if keys is None else rows.filter(**{f"{name}__in": keys})


def _grouped(rows: QuerySet, episode: str, thing: str) -> Iterable[tuple[int, str, datetime]]:
    """Return (key, slug, last change) of objects with at least MIN_EPISODES episodes."""
    counted = rows.order_by().values(thing, f"{thing}__slug")
    counted = counted.annotate(n=Count(episode, distinct=True), moment=Max(_of_episode(episode)))
    listed = counted.filter(n__gte=MIN_EPISODES).order_by(thing)
    return listed.values_list(thing, f"{thing}__slug", "moment")


def _with_decisions(rows: Iterable[tuple[int, str, datetime]], model: str) -> list[tuple[str, datetime]]:
    """Return (slug, last change), counting decisions on the object itself, which change its page."""
    decided = Decision.objects.filter(target_type__app_label="people", target_type__model=model).order_by()
    last = dict(decided.values_list("target_id").annotate(last=Max("at")))
    return [(slug, max(moment, last.get(key, moment))) for key, slug, moment in rows]


# --- views

SECTIONS: dict[str, type[Part]] = {
    "episodes": Episodes,
    "speakers": Speakers,
    "entities": Entities,
    "tags": Tags,
    "quotes": Quotes,
    "predictions": Predictions,
}


def _changed(request: HttpRequest, section: str = "") -> datetime | None:
    """Return the last change of the site, for 304 responses before any rows are loaded.

    Not the last change of the listed rows (Django's default), which goes back when an episode is withdrawn.
    """
    return _site_state(request).changed


def _site_state(request: HttpRequest) -> SiteState:
    """Return the site state, loaded once per request."""
    state: SiteState | None = getattr(request, "site_state", None)
    if state is None:
        state = request.site_state = site_state()  # type: ignore[attr-defined]
    return state


def _undated(response: HttpResponse) -> HttpResponse:
    del response["Last-Modified"]
    return response


@public_page
@last_modified(_changed)
def sitemap(request: HttpRequest) -> HttpResponse:
    """Return the index of listed sections, or 404 if there are none."""
    state_cache = _site_state(request).state_cache.scoped("sitemap")
    parts = {name: part(state_cache, _changed(request)) for name, part in SECTIONS.items()}
    listed: dict[str, Any] = {name: part for name, part in parts.items() if part.is_listed}
    if not listed:
        raise Http404
    return _undated(
        django_views.index(
            request, listed, template_name="site/syndication/sitemap_index.xml", sitemap_url_name="sitemap_part"
        )
    )


@public_page
@last_modified(_changed)
def sitemap_part(request: HttpRequest, section: str) -> HttpResponse:
    """Return one section, or 404 if it is not listed."""
    kind = SECTIONS.get(section)
    part = kind(_site_state(request).state_cache.scoped("sitemap")) if kind else None
    if part is None or not part.is_listed:
        raise Http404
    known_parameters("p")
    # The rendered XML is cached: 5,000 URLs take a second.
    variant = (request.GET.get("p"), request.scheme, request.get_host())
    body, headers = part.state_cache.get_or_compute(variant, lambda: _rendered(request, section, part))
    return HttpResponse(body, headers=headers)


def _rendered(request: HttpRequest, section: str, part: Part) -> tuple[bytes, dict[str, str]]:
    page: Any = django_views.sitemap(request, {section: part}, section, template_name="site/syndication/sitemap.xml")
    response = _undated(page.render())
    return response.content, dict(response.headers)
