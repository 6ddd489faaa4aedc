"""Checks of times: impossible, unreadable, or not ascending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from django.utils.translation import gettext_noop as _

from episodes.checks.registry import Fault, Subject, check
from episodes.models import Chapter
from episodes.notes import timecodes


@check
def time_beyond_duration(subject: Subject) -> Iterator[Fault]:
    """Report times after the end; usually MM:SS written as HH:MM:00, such as 31:38:00 in 230 minutes."""
    duration = subject.episode.duration
    if duration is None:
        return
    for row in subject.timed:
        if row.start is None or row.start <= duration:
            continue
        params = {"time": timecodes.format(row.start), "length": timecodes.format(duration)}
        message, repair = _("%(time)s is after the end of the recording, %(length)s."), None
        meant = timecodes.shifted(row.start)
        if meant is not None and meant <= duration:
            message = _("%(time)s is after the end of the recording, %(length)s. Perhaps %(meant)s was meant.")
            params["meant"] = timecodes.format(meant)
            repair = {"start": meant}
        evidence = f"{params['time']}/{params['length']}"
        yield Fault("time-beyond-duration", "error", message, row, "start", repair, evidence, params)


@check
def time_unreadable(subject: Subject) -> Iterator[Fault]:
    """Report unreadable times of accepted rows as errors, and of drafts if there is a guess.

    The import has reported the others.
    """
    for row in subject.timed:
        if row.start is not None or not row.start_raw:
            continue
        meant = timecodes.guess(row.start_raw)
        params = {"raw": row.start_raw}
        message, repair = _("“%(raw)s” cannot be read as a time."), None
        if meant is not None:
            message = _("“%(raw)s” cannot be read as a time. Perhaps %(meant)s was meant.")
            params["meant"], repair = timecodes.format(meant), {"start": meant}
        if row.status != "draft":
            yield Fault("time-unreadable", "error", message, row, "start", repair, row.start_raw, params)
        elif repair:
            yield Fault("time-unreadable", "warning", message, row, "start", repair, row.start_raw, params)


def out_of_order(chapters: Iterable[Chapter]) -> Iterator[tuple[Chapter, Chapter]]:
    """Yield neighbours whose times do not ascend, in the note's order.

    A chapter added by an editor has no place in the note; it must only not share a time with another.
    """
    timed = [chapter for chapter in chapters if chapter.start is not None]
    noted = sorted((c for c in timed if c.span_begin is not None), key=lambda c: c.span_begin or 0)
    added = [chapter for chapter in timed if chapter.span_begin is None]
    by_time = {chapter.start: chapter for chapter in noted}
    for before, after in pairwise(noted):
        if after.start <= before.start:  # type: ignore[operator]
            yield before, after
    for chapter in added:
        if chapter.start in by_time:
            yield by_time[chapter.start], chapter
        by_time[chapter.start] = chapter


@check
def chapters_out_of_order(subject: Subject) -> Iterator[Fault]:
    """Report chapters that do not ascend."""
    for before, after in out_of_order(subject.chapters):
        params = {"time": after.start_text, "title": before.title[:80], "before": before.start_text}
        message = _("Chapters are not in order: %(time)s comes after %(before)s, “%(title)s”.")
        evidence = f"{params['before']}/{params['time']}"
        yield Fault("chapters-out-of-order", "warning", message, after, "start", None, evidence, params)
