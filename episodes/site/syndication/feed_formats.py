"""RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1, extending Django's feed generators.

Additional fields of an item: `content` (HTML), `brief` (text), `authors` [(name, URL)], `language`, `source` (URL) and
`review` (dict).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed, rfc3339_date

JSON_FEED = "https://jsonfeed.org/version/1.1"


class Dated(SyndicationFeed):
    """Feed with a constant date while it is empty; Django's default is the current time."""

    def latest_post_date(self) -> datetime:
        """Return the date of the latest entry, or 1970 for none."""
        return super().latest_post_date() if self.items else datetime(1970, 1, 1, tzinfo=UTC)


class Rss(Dated, Rss201rev2Feed):
    """RSS 2.0 with `content:encoded`, `dc:creator` and `dc:language`."""

    def rss_attributes(self) -> dict[str, str]:
        return {
            **super().rss_attributes(),
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        }

    def add_item_elements(self, handler: Any, item: Any) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["content"])
        for name, _address in item["authors"]:
            handler.addQuickElement("dc:creator", name)
        handler.addQuickElement("dc:language", item["language"])


class Atom(Dated, Atom1Feed):
    """Atom with authors, HTML content and the source link."""

    def item_attributes(self, item: Any) -> dict[str, str]:
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler: Any, item: Any) -> None:
        super().add_item_elements(handler, item)
        for name, address in item["authors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            if address:
                handler.addQuickElement("uri", address)
            handler.endElement("author")
        handler.addQuickElement("content", item["content"], {"type": "html"})
        if item["source"]:
            handler.addQuickElement("link", "", {"rel": "via", "href": item["source"]})


class JsonFeed(Dated):
    """JSON Feed 1.1, with the review status in `_review`."""

    content_type = "application/feed+json"

    def write(self, outfile: Any, encoding: str) -> None:
        """Write the feed."""
        feed = {
            "version": JSON_FEED,
            "title": self.feed["title"],
            "home_page_url": self.feed["link"],
            "feed_url": self.feed["feed_url"],
            "description": self.feed["description"],
            "language": self.feed["language"],
            "items": [_without_empty(self._item(item)) for item in self.items],
        }
        outfile.write(json.dumps(feed, ensure_ascii=False).encode(encoding))

    def _item(self, item: Any) -> dict[str, Any]:
        return {
            "id": item["unique_id"],
            "url": item["link"],
            "external_url": item["source"],
            "title": item["title"],
            "summary": item["brief"],
            "content_html": item["content"],
            "date_published": rfc3339_date(item["pubdate"]),
            "authors": [_without_empty({"name": name, "url": address}) for name, address in item["authors"]],
            "tags": list(item["categories"]),
            "language": item["language"],
            "_review": item["review"],
        }


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", [], None)}
