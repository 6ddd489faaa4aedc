"""Error pages: 404 with suggestions, 410 for withdrawn episodes, 500."""

from __future__ import annotations

import re
from datetime import datetime
from difflib import SequenceMatcher
from functools import reduce
from operator import add

from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from episodes.models import Decision, Episode
from episodes.notes.visible_text import shown
from episodes.site.pages.base import with_public_headers

# --- 410


def tombstone(request: HttpRequest, slug: str) -> HttpResponse:
    """Return 410 for a withdrawn episode. Raises Http404 for any other slug."""
    withdrawn = Decision.objects.filter(episode=OuterRef("pk"), to_status=Episode.Status.WITHDRAWN).order_by("-pk")
    rows = Episode.objects.tombstones().filter(slug=slug).order_by()
    row = rows.annotate(withdrawn_at=Subquery(withdrawn.values("at")[:1])).values("withdrawn_reason", "withdrawn_at")
    for episode in row:
        return gone(request, episode["withdrawn_reason"], episode["withdrawn_at"])
    raise Http404


def gone(request: HttpRequest, reason: str, at: datetime | None = None) -> HttpResponse:
    """Return the 410 page with the reason and date, and nothing of the episode's content."""
    return with_public_headers(render(request, "410.html", {"reason": reason, "withdrawn_at": at}, status=410))


# --- 404


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the 404 page with similar episodes."""
    return with_public_headers(
        render(request, "404.html", {"suggestions": similar_episodes(request.path_info)}, status=404)
    )


MAX_SUGGESTIONS = 3
# Characters and words of the requested path; episodes compared with it.
_MAX_LENGTH, _MAX_WORDS, _MAX_COMPARED = 80, 3, 40
# Similarity from 0 to 1; below this the titles share a word by chance.
_MIN_SIMILARITY = 0.6
_NO_CONTENT = re.compile(r"(?is)/(?:[a-z]{2}/)?(?:admin|static)/|.*\.(?!html?/?\Z)[a-z]\w{0,4}/?\Z")
_WORD = re.compile(r"[^\W_]{2,}")

# (slug, title, language)
EpisodeLink = tuple[str, str, str]


def similar_episodes(path: str) -> list[EpisodeLink]:
    """Return public episodes whose slug or title resembles the last part of the path, closest first. One query.

    Hidden episodes are not compared, so the page for their URL is the same as for any mistyped one.
    """
    # Bots request files such as /wp-login.php all day.
    if _NO_CONTENT.match(path):
        return []
    wanted = re.sub(r"\.html?\Z", "", path.rstrip("/").rpartition("/")[2].lower())[:_MAX_LENGTH]
    words = sorted(set(_WORD.findall(wanted)), key=lambda word: (-len(word), word))[:_MAX_WORDS]
    if not words:
        return []
    shares = (Case(When(_holds(word), then=Value(len(word))), default=Value(0)) for word in words)
    # Sorted by shared words but not filtered by them: the filter would search each word a second time.
    rows = Episode.objects.public().order_by(reduce(add, shares).desc(), "-pk")
    compared = rows.values_list("slug", "title", "language")[:_MAX_COMPARED]
    titles = [(slug, shown(title), language) for slug, title, language in compared]
    scored = [(_similarity(wanted, slug, title), slug, title or slug, language) for slug, title, language in titles]
    best = sorted((row for row in scored if row[0] >= _MIN_SIMILARITY), key=lambda row: (-row[0], row[1]))
    return [(slug, title, language) for _score, slug, title, language in best[:MAX_SUGGESTIONS]]


def _holds(word: str) -> Q:
    """Return a condition for the word in the slug, or in the title if it is Chinese, which is pinyin in the slug."""
    return Q(slug__contains=word) if word.isascii() else Q(title__contains=word)


def _similarity(wanted: str, slug: str, title: str) -> float:
    """Return a similarity from 0 to 1; 1 if slug or title contain the whole request."""
    spaced = " ".join(_WORD.findall(wanted))
    texts = (slug.lower(), " ".join(_WORD.findall(title.lower())))
    if wanted in texts[0] or spaced in texts[1]:
        return 1
    return max(SequenceMatcher(None, wanted, text[: 2 * _MAX_LENGTH], autojunk=False).ratio() for text in texts)


# --- 500


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the 500 page, rendered without request and database, which may be the cause."""
    response = HttpResponse(loader.get_template("500.html").render(), status=500)
    response["Cache-Control"] = "no-store"
    return with_public_headers(response)
