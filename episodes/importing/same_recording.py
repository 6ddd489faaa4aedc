"""Whether two texts under one path are versions of one note, or plainly notes of two recordings. Pure Python."""

from __future__ import annotations

from collections.abc import Iterator

from episodes.notes.parsed import ParsedNote

# A shorter line (a name, `---`, a label) says nothing about which note it is from.
SHORTEST_LINE = 20
# Without two sources to compare, a shorter text may be the same note written anew.
FEWEST_LINES = 5
# Share of the shorter note's lines that the longer one has too. With two different sources less than half in common
# tells them apart; where a source is missing nearly nothing may be left.
IN_COMMON_OTHER_SOURCE = 0.5
IN_COMMON_NO_SOURCE = 0.1


def is_another_recording(old: ParsedNote, new: ParsedNote, *, sources_differ: bool) -> bool:
    """Return whether `new` is plainly about something else than `old`: another title, and few lines in common.

    sources_differ: both name a source, and not the same one.
    """
    if _title(old) == _title(new):
        return False
    before, after = set(_lines(old)), set(_lines(new))
    shorter = min(len(before), len(after))
    if sources_differ:
        return len(before & after) < shorter * IN_COMMON_OTHER_SOURCE or not shorter
    return shorter >= FEWEST_LINES and len(before & after) < shorter * IN_COMMON_NO_SOURCE


def _title(note: ParsedNote) -> str:
    return " ".join(str(note.episode.get("title") or "").split()).casefold()


def _lines(note: ParsedNote) -> Iterator[str]:
    for record in note.records:
        for value in record.values.values():
            if isinstance(value, str) and len(value) >= SHORTEST_LINE:
                for line in value.splitlines():
                    line = " ".join(line.split())
                    if len(line) >= SHORTEST_LINE:
                        yield line
