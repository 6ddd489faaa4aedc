"""What is not there, gone, or broken: what happened, and the ways on."""

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

# --- gone


def tombstone(request: HttpRequest, slug: str) -> HttpResponse:
    """410 for an episode that visitors once saw. Raises Http404 for any other that is not public."""
    withdrawn = Decision.objects.filter(episode=OuterRef("pk"), to_status=Episode.Status.WITHDRAWN).order_by("-pk")
    rows = Episode.objects.tombstones().filter(slug=slug).order_by()
    row = rows.annotate(withdrawn_at=Subquery(withdrawn.values("at")[:1])).values("withdrawn_reason", "withdrawn_at")
    for found in row:
        return gone(request, found["withdrawn_reason"], found["withdrawn_at"])
    raise Http404


def gone(request: HttpRequest, reason: str, at: datetime | None = None) -> HttpResponse:
    """Only the reason and the day are told, none of its words."""
    return with_public_headers(render(request, "410.html", {"reason": reason, "withdrawn_at": at}, status=410))


# --- not there


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return with_public_headers(render(request, "404.html", {"resembling": resembling(request.path_info)}, status=404))


OFFERED = 3
# Of what is asked for; of the episodes that share words with it, those that are compared.
_LONGEST, _MOST_WORDS, _COMPARED = 80, 3, 40
# What is less alike than this shares a word by chance.
_ALIKE = 0.6
_NO_CONTENT = re.compile(r"(?is)/(?:[a-z]{2}/)?(?:admin|static)/|.*\.(?!html?/?\Z)[a-z]\w{0,4}/?\Z")
_WORD = re.compile(r"[^\W_]{2,}")

# (slug, title, language)
Known = tuple[str, str, str]


def resembling(path: str) -> list[Known]:
    """Public episodes whose slug or title is like the last part of this path, the closest first. One query at most.

    What is not public is never compared, so that the answer for its address is that for any other mistyped one.
    """
    # Machines ask for files that were never here, all day.
    if _NO_CONTENT.match(path):
        return []
    wanted = re.sub(r"\.html?\Z", "", path.rstrip("/").rpartition("/")[2].lower())[:_LONGEST]
    words = sorted(set(_WORD.findall(wanted)), key=lambda word: (-len(word), word))[:_MOST_WORDS]
    if not words:
        return []
    shares = (Case(When(_holds(word), then=Value(len(word))), default=Value(0)) for word in words)
    # Only sorted by what is shared: to be filtered by it as well, each word would be looked for twice.
    rows = Episode.objects.public().order_by(reduce(add, shares).desc(), "-pk")
    found = rows.values_list("slug", "title", "language")[:_COMPARED]
    said = [(slug, shown(title), language) for slug, title, language in found]
    scored = [(_alike(wanted, slug, title), slug, title or slug, language) for slug, title, language in said]
    best = sorted((row for row in scored if row[0] >= _ALIKE), key=lambda row: (-row[0], row[1]))
    return [(slug, title, language) for _score, slug, title, language in best[:OFFERED]]


def _holds(word: str) -> Q:
    """A slug is made of the title's Latin words; those of other scripts are pinyin in it."""
    return Q(slug__contains=word) if word.isascii() else Q(title__contains=word)


def _alike(wanted: str, slug: str, title: str) -> float:
    """From 0 to 1; 1 where all that is wanted stands in it."""
    spaced = " ".join(_WORD.findall(wanted))
    texts = (slug.lower(), " ".join(_WORD.findall(title.lower())))
    if wanted in texts[0] or spaced in texts[1]:
        return 1
    return max(SequenceMatcher(None, wanted, text[: 2 * _LONGEST], autojunk=False).ratio() for text in texts)


# --- broken


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request and the database: what broke may be anything that depends on them."""
    response = HttpResponse(loader.get_template("500.html").render(), status=500)
    response["Cache-Control"] = "no-store"
    return with_public_headers(response)
