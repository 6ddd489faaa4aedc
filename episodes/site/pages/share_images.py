"""The pictures for sharing: drawn once for the same words, and gone with the thing they show."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from episodes.site.contexts.share_texts import Shared, shared_or_404
from episodes.site.pages.base import public_page
from episodes.site.share_images import drawing
from episodes.site.share_images.line_breaking import LONGEST

# Seconds a drawn picture is kept. Whether it may still be seen is asked of the database each time.
KEPT = 86_400


def _picture(request: HttpRequest, card: drawing.Card) -> HttpResponseBase:
    # With the fonts in it: once there is one for the words, nobody is told that the plain card is still the same.
    faces = drawing.faces_of(card, settings.CARD_FONT)
    key = sha256(repr((drawing.DESIGN, card, faces)).encode()).hexdigest()[:32]
    etag = f'"{key}"'
    # Asked before anything is drawn.
    response = get_conditional_response(request, etag) or HttpResponse(_drawn(card, key), content_type="image/png")
    response["ETag"] = etag
    response["Content-Security-Policy"] = "default-src 'none'"
    return response


def _drawn(card: drawing.Card, key: str) -> bytes:
    kept = caches["cards"]
    picture: bytes | None = kept.get(key)
    if picture is None:
        picture = drawing.png(card, settings.CARD_FONT)
        kept.set(key, picture, KEPT)
    return picture


def card_of(shared: Shared) -> drawing.Card:
    return drawing.Card(
        site=settings.SITE_NAME,
        words=shared.words[: LONGEST * 4],
        by=shared.by,
        source=shared.source,
        sign=shared.sign,
        tone=shared.tone,
        language=shared.language,
        quoted=shared.kind == "quote",
    )


@public_page
def thing_card(request: HttpRequest, kind: str, **key: Any) -> HttpResponseBase:
    """Of one thing, which must be public at this moment; `?v=` only makes the address new."""
    return _picture(request, card_of(shared_or_404(kind, *key.values())))


@public_page
def site_card(request: HttpRequest) -> HttpResponseBase:
    """Of the site: its sign and its name."""
    return _picture(request, drawing.Card(site=settings.SITE_NAME))
