"""Checks of quotes, predictions and chapters: duplicates, cut statements, titles in another language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_noop as _

from episodes.checks.registry import Fault, Subject, check
from episodes.models import Prediction
from episodes.notes.detectors import foreign_scripts, truncated_text

_NO_LETTER = re.compile(r"[\W_]+")
# Letters: shorter statements may occur twice.
SHORTEST = 12


def _words(row: Any) -> str:
    return row.words if isinstance(row, Prediction) else row.text


def _key(text: str) -> str:
    """Return the letters of a statement, regardless of case, blanks and punctuation."""
    return _NO_LETTER.sub("", text).casefold()


@check
def quote_twice(subject: Subject) -> Iterator[Fault]:
    """Report repeated statements. No repair: an editor decides which one to reject."""
    first: dict[str, Any] = {}
    for row in subject.statements:
        key = _key(_words(row))
        if len(key) < SHORTEST:
            continue
        before = first.setdefault(key, row)
        if before is row:
            continue
        code, message = "quote-twice", _("The same quote occurs twice, also at %(time)s.")
        if type(before) is not type(row):
            code, message = "quote-and-prediction", _("The same words are also a quote, at %(time)s.")
        params = {"time": before.start_text or "–"}
        yield Fault(code, "info", message, row, "", None, key[:80], params)


@check
def statement_cut(subject: Subject) -> Iterator[Fault]:
    """Report statements cut at 80 characters by an earlier program; the repair is the full text, if it occurs
    elsewhere.
    """
    for row, name in _statements(subject):
        text = getattr(row, name)
        if not truncated_text.is_cut_statement(text):
            continue
        whole = next((other for other in _statements_of(subject) if other != text and other.startswith(text)), None)
        message = _("Cut at exactly 80 characters: “…%(words)s”.")
        params = {"words": text[-30:]}
        yield Fault("statement-cut", "warning", message, row, name, {name: whole} if whole else None, "", params)


def _statements(subject: Subject) -> Iterator[tuple[Any, str]]:
    yield from ((row, "text") for row in (*subject.quotes, *subject.takeaways))
    yield from ((row, "words") for row in subject.predictions)
    for row in subject.observations:
        yield row, "cue"
        yield row, "detail"


def _statements_of(subject: Subject) -> Iterator[str]:
    return (getattr(row, name) for row, name in _statements(subject))


@check
def chapter_title_language(subject: Subject) -> Iterator[Fault]:
    """Report English titles among Chinese ones: the generator stopped translating."""
    if subject.episode.language == "en":
        return
    english = [row for row in subject.chapters if foreign_scripts.is_english_title(row.title)]
    if len(english) * 2 > len(subject.chapters):
        return
    for row in english:
        message = _("This title is in English, the others are not: “%(title)s”.")
        params = {"title": row.title[:80]}
        yield Fault("chapter-title-language", "info", message, row, "title", None, "", params)
