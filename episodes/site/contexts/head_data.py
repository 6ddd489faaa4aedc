"""Metadata in a page's head: Open Graph, translations, JSON-LD, oEmbed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from episodes.site.contexts.interface_language import interface_language
from episodes.site.share_images import drawing

_LOCALES = {"zh-Hans": "zh_CN", "zh-Hant": "zh_TW", "en": "en_US"}


@dataclass(frozen=True)
class Picture:
    """An image by its absolute URL, with its size in pixels where known."""

    address: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Head:
    """Metadata of one page. `kind` is the Open Graph type, `language` a tag such as `zh-Hans`; URLs are absolute."""

    title: str
    description: str
    picture: Picture
    language: str
    kind: str = "website"
    published: datetime | None = None
    modified: datetime | None = None
    # (language, URL) of every translation including this page; empty without translations.
    translations: list[tuple[str, str]] = field(default_factory=list)
    default: str = ""
    embed: str = ""
    graph: dict[str, Any] | None = None
    # For the buttons under a quote or a prediction: text with source, and the path of the share card.
    copy: str = ""
    card: str = ""

    @property
    def locale(self) -> str:
        """Return the Open Graph locale of the page."""
        return _LOCALES.get(self.language, "")

    @property
    def other_locales(self) -> list[str]:
        """Return the Open Graph locales of the translations."""
        locales = (_LOCALES.get(language, "") for language, _address in self.translations if language != self.language)
        return [locale for locale in locales if locale]


def card_picture(request: HttpRequest, path: str, alt: str) -> Picture:
    """Return the share card at `path`."""
    return Picture(request.build_absolute_uri(path), alt, drawing.WIDTH, drawing.HEIGHT)


def plain_head(request: HttpRequest, title: str = "", description: str = "") -> Head:
    """Return the head of a page without an object: the site's own share card."""
    name = settings.SITE_NAME
    return Head(
        title=title or name,
        description=description,
        picture=card_picture(request, reverse("site_card"), name),
        language=interface_language(),
    )
