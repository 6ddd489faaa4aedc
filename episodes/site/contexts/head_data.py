"""What the head of a page tells those who link to it: Open Graph, translations, linked data, an embed."""

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
    """An absolute address; the size in pixels where it is known."""

    address: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Head:
    """kind: Open Graph's type. language: of the words, as `zh-Hans`. All addresses are absolute."""

    title: str
    description: str
    picture: Picture
    language: str
    kind: str = "website"
    published: datetime | None = None
    modified: datetime | None = None
    # (language, address) of this text in each of its languages, itself included; empty where it has but one.
    translations: list[tuple[str, str]] = field(default_factory=list)
    default: str = ""
    embed: str = ""
    graph: dict[str, Any] | None = None
    # For the buttons under a quote or a prediction: the words with their source, and the picture's address here.
    copy: str = ""
    card: str = ""

    @property
    def locale(self) -> str:
        return _LOCALES.get(self.language, "")

    @property
    def other_locales(self) -> list[str]:
        found = (_LOCALES.get(language, "") for language, _address in self.translations if language != self.language)
        return [locale for locale in found if locale]


def card_picture(request: HttpRequest, path: str, alt: str) -> Picture:
    return Picture(request.build_absolute_uri(path), alt, drawing.WIDTH, drawing.HEIGHT)


def plain_head(request: HttpRequest, title: str = "", description: str = "") -> Head:
    """Of a page that says nothing particular: the site's own picture."""
    name = settings.SITE_NAME
    return Head(
        title=title or name,
        description=description,
        picture=card_picture(request, reverse("site_card"), name),
        language=interface_language(),
    )
