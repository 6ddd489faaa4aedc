"""Short Markdown texts of an episode: stored HTML where there is any for the text, else rendered now."""

from __future__ import annotations

from typing import Any
from unicodedata import combining, is_normalized

from django.db.models import F
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator, add_truncation_text

from episodes.derived import LINE_LENGTH, digest_of
from episodes.rendering import plain_heading, render
from episodes.site.contexts.excerpts import DESCRIPTION_LENGTH, excerpt


def with_summary_line(queryset: Any) -> Any:
    """Annotate what `summary_excerpt` needs, so that it renders nothing."""
    return queryset.annotate(line_digest=F("stored_texts__digest"), stored_line=F("stored_texts__line"))


def with_stored_texts(queryset: Any) -> Any:
    """Annotate what the functions of this module need for the page of an episode."""
    return with_summary_line(queryset).annotate(all_texts=F("stored_texts__texts"))


def html_of(episode: Any, text: str, prefix: str = "h") -> SafeString:
    """Return the Markdown as HTML. prefix: of the ids of headings."""
    stored = (getattr(episode, "all_texts", None) or {}).get(digest_of(text, prefix))
    # Safe: render() sanitised it, and episodes.derived is its only writer; no form and no fixture has the field.
    return render(text, id_prefix=f"{prefix}-") if stored is None else mark_safe(stored)  # noqa: S308


def heading_of(episode: Any, heading: str) -> str:
    """Return a heading as text without markup."""
    stored = (getattr(episode, "all_texts", None) or {}).get(digest_of(heading, "heading"))
    return plain_heading(heading) if stored is None else stored


def summary_excerpt(episode: Any, length: int = DESCRIPTION_LENGTH) -> str:
    """Return the shown summary in one line without markup, at most `length` characters."""
    summary, line = episode.shown_summary, getattr(episode, "stored_line", None)
    # A longer line would be cut at another place.
    if not summary or line is None or length >= LINE_LENGTH or episode.line_digest != digest_of(summary):
        return excerpt(summary, length)
    # Truncator looks at each character, which only combining ones need.
    has_combining = not line.isascii() and any(map(combining, line[: length + 1]))
    if has_combining or not is_normalized("NFC", line):
        return Truncator(line).chars(length)
    end = add_truncation_text("")
    return line if len(line) <= length else add_truncation_text(line[: length - len(end)])
