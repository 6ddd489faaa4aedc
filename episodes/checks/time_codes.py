"""Seconds that cannot be, that nobody could read, or that do not ascend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from django.utils.translation import gettext_noop as _

from episodes.checks.registry import Fault, Subject, check
from episodes.models import Chapter
from episodes.notes import timecodes


@check
def time_beyond_duration(subject: Subject) -> Iterator[Fault]:
    """31:38:00 in an episode of 230 minutes: most often MM:SS that was written as HH:MM:00."""
    duration = subject.episode.duration
    if duration is None:
        return
    for row in subject.timed:
        if row.start is None or row.start <= duration:
            continue
        said = {"time": timecodes.format(row.start), "length": timecodes.format(duration)}
        message, repair = _("%(time)s is after the end of the recording, %(length)s."), None
        meant = timecodes.shifted(row.start)
        if meant is not None and meant <= duration:
            message = _("%(time)s is after the end of the recording, %(length)s. Perhaps %(meant)s was meant.")
            said["meant"] = timecodes.format(meant)
            repair = {"start": meant}
        evidence = f"{said['time']}/{said['length']}"
        yield Fault("time-beyond-duration", "error", message, row, "start", repair, evidence, said)


@check
def time_unreadable(subject: Subject) -> Iterator[Fault]:
    """What cannot be read was told at the import. It stands in the way once the thing itself is accepted."""
    for row in subject.timed:
        if row.start is not None or not row.start_raw:
            continue
        meant = timecodes.guess(row.start_raw)
        said = {"raw": row.start_raw}
        message, repair = _("“%(raw)s” cannot be read as a time."), None
        if meant is not None:
            message = _("“%(raw)s” cannot be read as a time. Perhaps %(meant)s was meant.")
            said["meant"], repair = timecodes.format(meant), {"start": meant}
        if row.status != "draft":
            yield Fault("time-unreadable", "error", message, row, "start", repair, row.start_raw, said)
        elif repair:
            yield Fault("time-unreadable", "warning", message, row, "start", repair, row.start_raw, said)


def out_of_order(chapters: Iterable[Chapter]) -> Iterator[tuple[Chapter, Chapter]]:
    """Neighbours whose times do not ascend, in the order the note has them.

    What an editor added has no place in the note: it stands where its time puts it, and only must not share a time.
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
    for before, after in out_of_order(subject.chapters):
        said = {"time": after.start_text, "title": before.title[:80], "before": before.start_text}
        message = _("Chapters are not in order: %(time)s comes after %(before)s, “%(title)s”.")
        evidence = f"{said['before']}/{said['time']}"
        yield Fault("chapters-out-of-order", "warning", message, after, "start", None, evidence, said)
