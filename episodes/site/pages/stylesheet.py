"""The stylesheet of public pages, joined from several files so that a page needs one request."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from episodes.bases.page_dependencies import depends_on, not_stored
from episodes.site.pages.base import public_page

_PARTS = settings.BASE_DIR / "templates" / "static" / "greenroom" / "site"
_COMMENT_OR_INDENT = re.compile(r"/\*.*?\*/|^[ \t]+|\n(?=\n)", re.DOTALL | re.MULTILINE)
# Seconds.
A_YEAR = 31_536_000


def _joined() -> tuple[str, str]:
    """Return (CSS, digest) of the files in order of their names."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(_PARTS.glob("*.css")))
    text = _COMMENT_OR_INDENT.sub("", text).strip()
    return text, sha256(text.encode()).hexdigest()[:12]


_cached = lru_cache(maxsize=1)(_joined)


def _style() -> tuple[str, str]:
    return _joined() if settings.DEBUG else _cached()


def stylesheet_address() -> str:
    """Return the path of the current stylesheet."""
    return reverse("stylesheet", args=[_style()[1]])


@public_page
def stylesheet(request: HttpRequest, digest: str) -> HttpResponse:
    """Return the current stylesheet for any digest; only a current digest may be cached."""
    text, current = _style()
    response = HttpResponse(text, content_type="text/css; charset=utf-8")
    if digest == current:
        depends_on("stylesheet")
        response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    else:
        not_stored()
    return response
