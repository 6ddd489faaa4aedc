"""What a page tells machines stands beside it: feeds of what it lists, the episode as Markdown, its chapters."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

# The end of the address's name, the media type, and what a reader calls it.
FORMATS = (
    ("rss", "application/rss+xml", "RSS"),
    ("atom", "application/atom+xml", "Atom"),
    ("json", "application/feed+json", "JSON Feed"),
)


class Alternate(NamedTuple):
    """One `<link rel="alternate">` of site/includes/feeds.html."""

    address: str
    type: str
    title: str


def feed_title(name: str = "") -> str:
    """Of the feed of a named thing; without a name, of the whole site."""
    return f"{name} · {settings.SITE_NAME}" if name else settings.SITE_NAME


def feeds_of(kind: str, name: str = "", *arguments: str) -> list[Alternate]:
    """The three feeds of a kind (site, speaker, entity, tag, predictions). Only for pages that have something in it."""
    title = feed_title(name)
    return [
        Alternate(reverse(f"{kind}_{end}", args=arguments), media_type, f"{title} · {format_name}")
        for end, media_type, format_name in FORMATS
    ]


def twins_of(slug: str, chapters: bool) -> list[Alternate]:
    """An episode's other forms. chapters: whether there are any with a time the recording can have."""
    twins = [Alternate(reverse("episode_markdown", args=[slug]), "text/markdown", "Markdown")]
    if chapters:
        address = reverse("episode_chapters", args=[slug])
        twins.append(Alternate(address, "application/json+chapters", _("Chapters")))
    return twins
