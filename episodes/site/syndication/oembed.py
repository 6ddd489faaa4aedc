"""oEmbed 1.0 of quotes, predictions and episodes: a blockquote without script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.html import format_html
from django.utils.translation import get_language_from_path, override

from episodes.site.contexts.excerpts import excerpt
from episodes.site.contexts.share_texts import ShareText, share_text_or_404
from episodes.site.pages.base import public_page
from episodes.site.share_images import drawing

# Pixels, pixels, and characters at that width, to estimate the height.
WIDTH, LINE_HEIGHT, LETTERS_PER_LINE = 600, 28, 34
# Characters of the text.
MAX_LENGTH = 1200


@public_page
def oembed(request: HttpRequest) -> HttpResponse:
    """Answer `url`, `format`, `maxwidth`, `maxheight`: 404 for a URL without a public object, 501 for XML."""
    if request.GET.get("format", "json") != "json":
        return HttpResponse("Only json.", status=501, content_type="text/plain; charset=utf-8")
    address = request.GET.get("url", "")
    language, kind, key = _object_at(address, request.get_host())
    with override(language):
        shared = share_text_or_404(kind, key)
        answer = _answer(request, shared)
    response = JsonResponse(answer, json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _object_at(address: str, host: str) -> tuple[str, str, Any]:
    """Return (interface language, kind, key) of a URL of this site. Raises Http404 for any other URL."""
    try:
        parts = urlsplit(address)
    except ValueError:
        raise Http404 from None
    if parts.scheme not in ("http", "https") or parts.netloc.lower() != host.lower():
        raise Http404
    language = get_language_from_path(parts.path) or settings.LANGUAGE_CODE
    with override(language):
        try:
            match = resolve(parts.path)
        except Resolver404:
            raise Http404 from None
    if match.url_name not in ("quote", "prediction", "episode"):
        raise Http404
    return language, match.url_name, next(iter(match.kwargs.values()))


def _limit(request: HttpRequest, name: str) -> int | None:
    """Return a parameter in pixels, or None if it is missing or no number."""
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and 0 < len(value) < 7 else None


def _answer(request: HttpRequest, shared: ShareText) -> dict[str, Any]:
    address = request.build_absolute_uri(shared.address)
    widest, highest = _limit(request, "maxwidth"), _limit(request, "maxheight")
    width = min(WIDTH, widest or WIDTH)
    words = shared.words[:MAX_LENGTH] + ("…" if len(shared.words) > MAX_LENGTH else "")
    height = (len(words) * WIDTH // (LETTERS_PER_LINE * max(width, 1)) + 4) * LINE_HEIGHT
    answer: dict[str, Any] = {
        "type": "rich",
        "version": "1.0",
        "title": excerpt(shared.words, 100),
        "provider_name": settings.SITE_NAME,
        "provider_url": request.build_absolute_uri("/"),
        # Not cached, so that a withdrawn text disappears elsewhere too.
        "cache_age": 0,
        "html": _html(shared, words, address),
        "width": width,
        "height": min(height, highest or height),
    }
    if shared.by:
        answer["author_name"] = shared.by
    if (widest or drawing.WIDTH) >= drawing.WIDTH and (highest or drawing.HEIGHT) >= drawing.HEIGHT:
        answer["thumbnail_url"] = request.build_absolute_uri(shared.card)
        answer["thumbnail_width"], answer["thumbnail_height"] = drawing.WIDTH, drawing.HEIGHT
    return answer


def _html(shared: ShareText, words: str, address: str) -> str:
    by = shared.line or settings.SITE_NAME
    return format_html(
        '<blockquote cite="{0}" lang="{1}"><p>{2}</p></blockquote>\n<p>— <a href="{0}">{3}</a></p>',
        address,
        shared.language,
        words,
        by,
    )
