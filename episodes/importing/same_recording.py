"""Tell versions of one note from notes of two recordings under one path. Pure Python."""

from __future__ import annotations

from collections.abc import Iterator

from episodes.notes.parsed import ParsedNote

# Characters. Shorter lines (a name, `---`, a label) occur in many notes and are not compared.
SHORTEST_LINE = 20
# Lines. If a source is missing, a shorter text may be the same note rewritten.
FEWEST_LINES = 5
# Share (0 to 1) of the shorter note's lines found in the longer one, below which the recordings differ: half with two
# different sources, nearly none if a source is missing.
IN_COMMON_OTHER_SOURCE = 0.5
IN_COMMON_NO_SOURCE = 0.1


def is_another_recording(old: ParsedNote, new: ParsedNote, *, sources_differ: bool) -> bool:
    """Return whether `new` is a note of another recording than `old`: another title and few lines in common.

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
