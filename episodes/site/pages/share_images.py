"""Share cards as PNG. Cached by content; whether the object is public is checked with every request."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from episodes.bases.page_dependencies import not_stored
from episodes.site.contexts.share_texts import ShareText, share_text_or_404
from episodes.site.pages.base import public_page
from episodes.site.share_images import drawing
from episodes.site.share_images.line_breaking import MAX_LENGTH

# Seconds.
CACHE_SECONDS = 86_400


def _picture(request: HttpRequest, card: drawing.Card) -> HttpResponseBase:
    # Drawn cards have a cache of their own.
    not_stored()
    # The fonts are part of the key: after a font is installed the plain card must not be confirmed as current.
    faces = drawing.faces_of(card, settings.CARD_FONT)
    key = sha256(repr((drawing.DESIGN, card, faces)).encode()).hexdigest()[:32]
    etag = f'"{key}"'
    response = get_conditional_response(request, etag) or HttpResponse(_drawn(card, key), content_type="image/png")
    response["ETag"] = etag
    response["Content-Security-Policy"] = "default-src 'none'"
    return response


def _drawn(card: drawing.Card, key: str) -> bytes:
    cache = caches["cards"]
    picture: bytes | None = cache.get(key)
    if picture is None:
        picture = drawing.png(card, settings.CARD_FONT)
        cache.set(key, picture, CACHE_SECONDS)
    return picture


def card_of(shared: ShareText) -> drawing.Card:
    """Return the card that shows a text."""
    return drawing.Card(
        site=settings.SITE_NAME,
        words=shared.words[: MAX_LENGTH * 4],
        by=shared.by,
        source=shared.source,
        badge=shared.badge,
        badge_colour=shared.badge_colour,
        language=shared.language,
        quoted=shared.kind == "quote",
    )


@public_page
def item_card(request: HttpRequest, kind: str, **key: Any) -> HttpResponseBase:
    """Return the card of a public quote, prediction or episode. `?v=` only busts caches."""
    return _picture(request, card_of(share_text_or_404(kind, *key.values())))


@public_page
def site_card(request: HttpRequest) -> HttpResponseBase:
    """Return the card of the site: logo and name."""
    return _picture(request, drawing.Card(site=settings.SITE_NAME))
