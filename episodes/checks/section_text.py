"""The sections: what a generator repeated or left over, what is cut, what does not close, what is in doubt."""

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

# A section may be wrong all through; after so many the editor knows.
MOST = 20
_NUMBER = re.compile(r"\d+")


@check
def header_not_read(subject: Subject) -> Iterator[Fault]:
    """What its author takes for a header and nobody obeys: one further down, or imported by an older parser."""
    for section in subject.sections:
        for block in unread_headers.in_text(section.text)[:MOST]:
            message = _("What looks like a header was not read: “%(words)s”. None of it is obeyed, and none is shown.")
            yield _of(section, "header-not-read", "error", message, {"words": block.line}, block.begin, block.line)


@check
def comment_unclosed(subject: Subject) -> Iterator[Fault]:
    """Nobody sees what stands behind it."""
    for section in subject.sections:
        for begin in marked(section.text).unclosed[:MOST]:
            message = _("A comment begins here and never ends; what follows is not shown: “%(words)s”.")
            words = " ".join(section.text[begin : begin + 60].split())
            yield _of(section, "comment-unclosed", "warning", message, {"words": words}, begin, words)


@check
def paragraph_repeated(subject: Subject) -> Iterator[Fault]:
    """Over all sections together: a generator that hangs writes headings between its paragraphs too."""
    begins = list(accumulate((len(section.text) + 1 for section in subject.sections), initial=0))
    for flaw in quality.repeated("\n".join(section.text for section in subject.sections)):
        place = bisect_right(begins, flaw.begin) - 1
        message = _("A paragraph stands here %(count)d times: “%(words)s”.")
        said = {"count": flaw.times, "words": flaw.evidence}
        at = flaw.begin - begins[place]
        yield _of(subject.sections[place], "paragraph-repeated", "warning", message, said, at, flaw.evidence)


@check
def generator_leftovers(subject: Subject) -> Iterator[Fault]:
    """What was written to reach a length, and what the generator says of its own work: each kind once."""
    found: dict[str, tuple[Section, quality.Flaw, int]] = {}
    for section, frame in subject.frames:
        for flaw in islice(quality.padding(section.text), 1):
            message = _("Written to fill a length: “%(words)s”.")
            yield _of(section, "padding", "warning", message, {"words": flaw.evidence}, flaw.begin, flaw.evidence)
        for flaw in chain(quality.self_talk(section.text), leftovers.leftovers(frame)):
            kind = _NUMBER.sub("#", flaw.evidence)
            first, where, times = found.get(kind, (section, flaw, 0))
            found[kind] = (first, where, times + flaw.times)
    for kind, (section, flaw, times) in found.items():
        message = _("Left over from the making of the note, %(count)d times: “%(words)s”.")
        yield _of(section, "leftover", "warning", message, {"words": flaw.evidence, "count": times}, flaw.begin, kind)


@check
def text_cut(subject: Subject) -> Iterator[Fault]:
    written = [(section, frame) for section, frame in subject.frames if section.text.strip()]
    for place, (section, frame) in enumerate(written, 1):
        flaw = truncated_text.end_cut(frame) if place == len(written) else truncated_text.goes_on(frame)
        if flaw is not None:
            message = _("The text breaks off: “…%(words)s”.")
            yield _of(section, "text-cut", "warning", message, {"words": flaw.evidence}, flaw.begin)


@check
def folds_unbalanced(subject: Subject) -> Iterator[Fault]:
    for section in subject.sections:
        counts = unclosed_markup.folds_unbalanced(section.text)
        if counts is None:
            continue
        opened, closed = counts
        message = _("%(opened)d folds are opened here and %(closed)d closed.")
        wrong = unclosed_markup.misspelt_closing(section.text)
        repair = {"text": {"replace": [wrong.evidence, "</details>"]}} if wrong and opened > closed else None
        said = {"opened": opened, "closed": closed}
        yield _of(section, "fold-unbalanced", "warning", message, said, wrong.begin if wrong else 0, "", repair)


@check
def bold_odd(subject: Subject) -> Iterator[Fault]:
    for section in subject.sections:
        flaw = unclosed_markup.odd_bold(section.text)
        if flaw is not None:
            message = _("A “**” has no partner, in %(count)d paragraphs: “%(words)s”.")
            said = {"count": flaw.times, "words": flaw.evidence}
            yield _of(section, "bold-odd", "info", message, said, flaw.begin)


@check
def english_outside_folds(subject: Subject) -> Iterator[Fault]:
    """In a Chinese note the English original belongs into a fold."""
    if subject.episode.language == "en":
        return
    for section, frame in subject.frames:
        flaw = foreign_scripts.english_lines(frame)
        if flaw is not None:
            message = _("English stands outside the folds, in %(count)d paragraphs: “%(words)s”.")
            said = {"count": flaw.times, "words": flaw.evidence}
            yield _of(section, "english-outside", "info", message, said, flaw.begin)


@check
def foreign_script(subject: Subject) -> Iterator[Fault]:
    for section in subject.sections:
        for flaw in foreign_scripts.foreign(section.text)[:MOST]:
            message = _("Letters of another script: “%(words)s”.")
            said = {"words": flaw.evidence}
            yield _of(section, "script-foreign", "info", message, said, flaw.begin, flaw.evidence)


@check
def transcribers_doubt(subject: Subject) -> Iterator[Fault]:
    for section in subject.sections:
        for flaw in list(doubtful_words.doubts(section.text))[:MOST]:
            message = _("The transcriber was not sure: “%(words)s”.")
            said = {"words": flaw.evidence}
            yield _of(section, "doubt", "info", message, said, flaw.begin, flaw.evidence)


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
    """A fault of a section's text. Without evidence it is the one of its kind in the section."""
    return Fault(code, severity, message, section, "text", repair, evidence, params, at)
