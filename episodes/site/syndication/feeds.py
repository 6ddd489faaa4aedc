"""Feeds of the site, of a speaker, an entity or a tag, and of predictions, each in three formats."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import escape
from django.utils.http import http_date
from django.utils.translation import gettext as _

from episodes.bases.page_dependencies import ENTITY, SPEAKER, TAG, depends_on, page_key
from episodes.models import Episode, Tag
from episodes.site.contexts.alternates import feed_title
from episodes.site.contexts.interface_language import interface_language
from episodes.site.contexts.page_querysets import episodes_crediting, episodes_mentioning, episodes_tagged
from episodes.site.contexts.site_state import site_state
from episodes.site.pages.base import public_page
from episodes.site.syndication.feed_entries import Entry, episode_entries, prediction_entries
from episodes.site.syndication.feed_formats import Atom, JsonFeed, Rss
from episodes.site.syndication.feed_ids import tag_id
from episodes.site.syndication.plain_text import for_xml, one_line
from people.models import Entity, Speaker


def _name(obj: Any) -> str:
    return for_xml(one_line(obj.name))


class NotesFeed(Feed):
    """Base feed. No enclosures, because the recordings belong to others."""

    kind = ""
    item_guid_is_permalink = False

    def __init__(self, feed_type: Any) -> None:
        self.feed_type = feed_type

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        feed = type(self)(self.feed_type)
        # A new instance per request: `root` must not be shared between threads.
        feed.root = request.build_absolute_uri("/").rstrip("/")
        response = Feed.__call__(feed, request, *args, **kwargs)
        # Not the date of the newest entry, which goes back when an episode is withdrawn.
        if changed := site_state().changed:
            response["Last-Modified"] = http_date(changed.timestamp())
        return response

    root = ""

    @property
    def language(self) -> str:  # type: ignore[override]
        return interface_language()

    def feed_guid(self, obj: Any) -> str:
        return tag_id("feed", self.kind, *([obj.pk] if obj else []), interface_language())

    def author_name(self) -> str:
        return settings.SITE_NAME

    def title(self, obj: Any) -> str:
        return feed_title(_name(obj) if obj else "")

    def link(self, obj: Any) -> str:
        return obj.get_absolute_url() if obj else reverse("home")

    def subtitle(self, obj: Any) -> str:
        return self.description(obj)

    def description(self, obj: Any) -> str:
        raise NotImplementedError

    # --- each entry

    def item_title(self, item: Any) -> str:
        return item.title

    def item_description(self, item: Any) -> str:
        # RSS and Atom readers parse it as HTML: "<think>" would be a tag.
        return escape(item.brief)

    def item_link(self, item: Any) -> str:
        return item.link

    def item_guid(self, item: Entry) -> str:
        return item.id

    def item_pubdate(self, item: Entry) -> Any:
        return item.moment

    item_updateddate = item_pubdate

    def item_categories(self, item: Entry) -> list[str]:
        return item.categories

    def item_extra_kwargs(self, item: Any) -> dict[str, Any]:
        return {
            "content": item.html,
            "brief": item.brief,
            "authors": [(name, address and self.root + address) for name, address in item.authors],
            "language": item.language,
            "source": item.source,
            "review": item.review,
        }


class SiteFeed(NotesFeed):
    """All public episodes."""

    kind = "site"

    def description(self, obj: Any) -> str:
        return _("All published episodes, newest first.")

    def items(self, obj: Any) -> list[Entry]:
        return episode_entries(Episode.objects.public_checked())


class SpeakerFeed(NotesFeed):
    """Episodes of a speaker."""

    kind = "speaker"

    def get_object(self, request: HttpRequest, slug: str) -> Speaker:  # type: ignore[override]
        depends_on(page_key(SPEAKER, slug))
        return Speaker.objects.public().get(slug=slug)

    def description(self, obj: Speaker) -> str:
        return _("Episodes with %(name)s.") % {"name": _name(obj)}

    def items(self, obj: Speaker) -> list[Entry]:
        return episode_entries(episodes_crediting(obj))


class EntityFeed(NotesFeed):
    """Episodes that mention an entity."""

    kind = "entity"

    def get_object(self, request: HttpRequest, slug: str) -> Entity:  # type: ignore[override]
        depends_on(page_key(ENTITY, slug))
        return Entity.objects.public().get(slug=slug)

    def description(self, obj: Entity) -> str:
        return _("Episodes that mention %(name)s.") % {"name": _name(obj)}

    def items(self, obj: Entity) -> list[Entry]:
        return episode_entries(episodes_mentioning(obj))


class TagFeed(NotesFeed):
    """Episodes with a tag."""

    kind = "tag"

    def get_object(self, request: HttpRequest, slug: str) -> Tag:  # type: ignore[override]
        depends_on(page_key(TAG, slug))
        return Tag.objects.public().get(slug=slug)

    def description(self, obj: Tag) -> str:
        return _("Episodes tagged %(name)s.") % {"name": _name(obj)}

    def items(self, obj: Tag) -> list[Entry]:
        return episode_entries(episodes_tagged(obj))


class PredictionFeed(NotesFeed):
    """Predictions and outcomes."""

    kind = "predictions"

    def title(self, obj: Any) -> str:
        return feed_title(_("Predictions"))

    def link(self, obj: Any) -> str:
        return reverse("prediction_list")

    def description(self, obj: Any) -> str:
        return _("New predictions, and the outcomes of earlier ones.")

    def items(self, obj: Any) -> list[Entry]:
        return prediction_entries()


def feed_paths(prefix: str, kind: type[NotesFeed]) -> list[URLPattern]:
    """Return the paths of a feed: `<prefix>feed/` (RSS), `feed/atom/` and `feed/json/`."""
    formats = (("", "rss", Rss), ("atom/", "atom", Atom), ("json/", "json", JsonFeed))
    return [
        path(f"{prefix}feed/{end}", public_page(kind(feed_type)), name=f"{kind.kind}_{name}")
        for end, name, feed_type in formats
    ]
