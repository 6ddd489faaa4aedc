"""Alternate representations linked from a page: feeds, the episode as Markdown, its chapters."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

# (end of the URL name, media type, label)
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
    """Return the title of the feed of a named object, or of the whole site without a name."""
    return f"{name} · {settings.SITE_NAME}" if name else settings.SITE_NAME


def feed_alternates(kind: str, name: str = "", *arguments: str) -> list[Alternate]:
    """Return the three feeds of a kind (site, speaker, entity, tag, predictions)."""
    title = feed_title(name)
    return [
        Alternate(reverse(f"{kind}_{end}", args=arguments), media_type, f"{title} · {format_name}")
        for end, media_type, format_name in FORMATS
    ]


def episode_alternates(slug: str, chapters: bool) -> list[Alternate]:
    """Return the Markdown and, if `chapters`, the chapter file of an episode.

    chapters: whether any chapter has a time within the recording.
    """
    alternates = [Alternate(reverse("episode_markdown", args=[slug]), "text/markdown", "Markdown")]
    if chapters:
        address = reverse("episode_chapters", args=[slug])
        alternates.append(Alternate(address, "application/json+chapters", _("Chapters")))
    return alternates
