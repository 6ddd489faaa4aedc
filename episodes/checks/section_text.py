"""Checks of sections: repeated, left over, cut, unclosed or doubtful text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, chain, islice

from django.utils.translation import gettext_noop as _

from episodes.checks.registry import Fault, Subject, check
from episodes.models import Section
from episodes.notes import quality, unread_headers
from episodes.notes.comments import marked
from episodes.notes.detectors import (
    doubtful_words,
    foreign_scripts,
    truncated_text,
    unclosed_markup,
)
from episodes.notes.detectors import (
    generator_leftovers as leftovers,
)

# Findings of one kind in a section: a section may be wrong throughout.
MAX_FINDINGS = 20
_NUMBER = re.compile(r"\d+")


@check
def header_not_read(subject: Subject) -> Iterator[Fault]:
    """Report what looks like a header and is not obeyed: further down, or imported by an older parser."""
    for section in subject.sections:
        for block in unread_headers.in_text(section.text)[:MAX_FINDINGS]:
            message = _(
                "What looks like front matter could not be read: “%(words)s”. It has no effect and is not shown."
            )
            yield _of(section, "header-not-read", "error", message, {"words": block.line}, block.begin, block.line)


@check
def comment_unclosed(subject: Subject) -> Iterator[Fault]:
    """Report a comment without an end: all text after it is hidden."""
    for section in subject.sections:
        for begin in marked(section.text).unclosed[:MAX_FINDINGS]:
            message = _("A comment begins here and never ends; what follows is not shown: “%(words)s”.")
            words = " ".join(section.text[begin : begin + 60].split())
            yield _of(section, "comment-unclosed", "warning", message, {"words": words}, begin, words)


@check
def paragraph_repeated(subject: Subject) -> Iterator[Fault]:
    """Report paragraphs that a generator repeated, across sections: it may write headings in between."""
    begins = list(accumulate((len(section.text) + 1 for section in subject.sections), initial=0))
    for flaw in quality.repeated("\n".join(section.text for section in subject.sections)):
        place = bisect_right(begins, flaw.begin) - 1
        message = _("The same paragraph occurs %(count)d times: “%(words)s”.")
        params = {"count": flaw.times, "words": flaw.evidence}
        at = flaw.begin - begins[place]
        yield _of(subject.sections[place], "paragraph-repeated", "warning", message, params, at, flaw.evidence)


@check
def generator_leftovers(subject: Subject) -> Iterator[Fault]:
    """Report padding and a generator's own remarks, each kind once."""
    first_by_kind: dict[str, tuple[Section, quality.Flaw, int]] = {}
    for section, frame in subject.frames:
        for flaw in islice(quality.padding(section.text), 1):
            message = _("Filler text: “%(words)s”.")
            yield _of(section, "padding", "warning", message, {"words": flaw.evidence}, flaw.begin, flaw.evidence)
        for flaw in chain(quality.self_talk(section.text), leftovers.leftovers(frame)):
            kind = _NUMBER.sub("#", flaw.evidence)
            first, where, times = first_by_kind.get(kind, (section, flaw, 0))
            first_by_kind[kind] = (first, where, times + flaw.times)
    for kind, (section, flaw, times) in first_by_kind.items():
        message = _("Generator leftovers, %(count)d times: “%(words)s”.")
        yield _of(section, "leftover", "warning", message, {"words": flaw.evidence, "count": times}, flaw.begin, kind)


@check
def text_cut(subject: Subject) -> Iterator[Fault]:
    """Report sections that break off."""
    written = [(section, frame) for section, frame in subject.frames if section.text.strip()]
    for place, (section, frame) in enumerate(written, 1):
        flaw = truncated_text.end_cut(frame) if place == len(written) else truncated_text.goes_on(frame)
        if flaw is not None:
            message = _("The text breaks off: “…%(words)s”.")
            yield _of(section, "text-cut", "warning", message, {"words": flaw.evidence}, flaw.begin)


@check
def folds_unbalanced(subject: Subject) -> Iterator[Fault]:
    """Report different numbers of opening and closing tags of folds."""
    for section in subject.sections:
        counts = unclosed_markup.folds_unbalanced(section.text)
        if counts is None:
            continue
        opened, closed = counts
        message = _("%(opened)d folds are opened here and %(closed)d closed.")
        misspelt = unclosed_markup.misspelt_closing(section.text)
        repair = {"text": {"replace": [misspelt.evidence, "</details>"]}} if misspelt and opened > closed else None
        params = {"opened": opened, "closed": closed}
        yield _of(section, "fold-unbalanced", "warning", message, params, misspelt.begin if misspelt else 0, "", repair)


@check
def bold_odd(subject: Subject) -> Iterator[Fault]:
    """Report paragraphs with an unpaired `**`."""
    for section in subject.sections:
        flaw = unclosed_markup.odd_bold(section.text)
        if flaw is not None:
            message = _("A “**” has no partner, in %(count)d paragraphs: “%(words)s”.")
            params = {"count": flaw.times, "words": flaw.evidence}
            yield _of(section, "bold-odd", "info", message, params, flaw.begin)


@check
def english_outside_folds(subject: Subject) -> Iterator[Fault]:
    """Report English paragraphs outside the folds of a Chinese note."""
    if subject.episode.language == "en":
        return
    for section, frame in subject.frames:
        flaw = foreign_scripts.english_lines(frame)
        if flaw is not None:
            message = _("English text outside the folds, in %(count)d paragraphs: “%(words)s”.")
            params = {"count": flaw.times, "words": flaw.evidence}
            yield _of(section, "english-outside", "info", message, params, flaw.begin)


@check
def foreign_script(subject: Subject) -> Iterator[Fault]:
    """Report letters of another script."""
    for section in subject.sections:
        for flaw in foreign_scripts.foreign(section.text)[:MAX_FINDINGS]:
            message = _("Letters of another script: “%(words)s”.")
            params = {"words": flaw.evidence}
            yield _of(section, "script-foreign", "info", message, params, flaw.begin, flaw.evidence)


@check
def transcribers_doubt(subject: Subject) -> Iterator[Fault]:
    """Report words that the transcriber marked as uncertain."""
    for section in subject.sections:
        for flaw in list(doubtful_words.doubts(section.text))[:MAX_FINDINGS]:
            message = _("The transcriber was not sure: “%(words)s”.")
            params = {"words": flaw.evidence}
            yield _of(section, "doubt", "info", message, params, flaw.begin, flaw.evidence)


def _of(
    section: Section,
    code: str,
    severity: str,
    message: str,
    params: dict,
    at: int,
    evidence: str = "",
    repair: dict | None = None,
) -> Fault:
    """Return a fault of a section's text. Without evidence it is the only one of its code in the section."""
    return Fault(code, severity, message, section, "text", repair, evidence, params, at)
