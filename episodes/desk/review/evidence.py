"""Evidence for a thing: lines of the note, the recording at its time, the transcript around it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from episodes.models import Episode
from episodes.notes import timecodes
from episodes.site.contexts.safe_links import at_second, frame_of, web_address

# Lines of the note shown before and after the span; characters per line.
AROUND = 3
LONGEST_LINE = 1200
# Seconds that `p` starts before the given time: speech rarely starts at the full second.
BEFORE = 5
# Seconds of transcript shown before and after the given time.
NEAR = 45
_AUDIO = re.compile(r"\.(mp3|m4a|aac|ogg|opus|wav)\Z", re.IGNORECASE)
_TIMED_LINE = re.compile(r"^\W{0,6}(\d{1,3}:\d{2}(?::\d{2})?)\b")


@dataclass(frozen=True)
class Line:
    """One line of a note, split into the text before, inside and after the span."""

    number: int
    before: str
    inside: str
    after: str


def lines_of(text: str, span: tuple[int, int] | None, around: int = AROUND) -> list[Line]:
    """Return the lines that a span covers and `around` lines on each side, with line numbers."""
    if span is None or not text:
        return []
    begin, end = span[0], min(span[1], len(text))
    while end > begin and text[end - 1].isspace():
        end -= 1
    first = _line_start(text, begin, around)
    last = _line_end(text, end, around)
    number = text.count("\n", 0, first) + 1
    found, at = [], first
    for line in text[first:last].split("\n"):
        found.append(_cut(number, line, begin - at, end - at))
        at, number = at + len(line) + 1, number + 1
    return found


def _line_start(text: str, at: int, lines: int) -> int:
    for _ in range(lines + 1):
        at = text.rfind("\n", 0, at)
        if at < 0:
            return 0
    return at + 1


def _line_end(text: str, at: int, lines: int) -> int:
    for _ in range(lines + 1):
        at = text.find("\n", at)
        if at < 0:
            return len(text)
        at += 1
    return at - 1


def _cut(number: int, line: str, begin: int, end: int) -> Line:
    line = line.rstrip("\r")
    begin, end = max(0, min(begin, len(line))), max(0, min(end, len(line)))
    inside = line[begin:end]
    if len(inside) > LONGEST_LINE:
        inside = f"{inside[:LONGEST_LINE]}…"
    return Line(number, line[:begin][-LONGEST_LINE:], inside, line[end:][:LONGEST_LINE])


# --- the recording


@dataclass(frozen=True)
class Recording:
    """The recording of an episode. `embed`: address for a frame, loaded on request; `audio`: a file to play."""

    address: str
    embed: str = ""
    audio: str = ""


def recording_of(episode: Episode, start: int | None) -> Recording | None:
    """Return the recording, starting a little before `start` (seconds); from the beginning for None."""
    source = web_address(episode.source_url)
    if not source:
        return None
    usable = start is not None and (episode.duration is None or start <= episode.duration)
    second = max(0, start - BEFORE) if usable and start is not None else 0
    if _AUDIO.search(urlsplit(source).path):
        return Recording(f"{source}#t={second}", audio=f"{source}#t={second}")
    address = at_second(source, second) or source
    frame = frame_of(episode.source_id)
    if not frame:
        return Recording(address)
    if episode.source_id.startswith("youtube:"):
        return Recording(address, f"{frame}?start={second}&autoplay=1")
    part = parse_qs(urlsplit(source).query).get("p", ["1"])[0]
    page = part if part.isdecimal() else "1"
    return Recording(address, f"{frame}&p={page}&t={second}&autoplay=1")


# --- the transcript


def transcript_around(texts: Iterable[str], start: int | None, words: str) -> list[str]:
    """Return the transcript's lines near `start` (seconds); else the paragraph that contains the words."""
    texts = list(texts)
    if start is not None and (found := _near(texts, start)):
        return found
    return _holding(texts, words)


def _near(texts: list[str], start: int) -> list[str]:
    found = []
    for text in texts:
        clock: int | None = None
        for line in text.splitlines():
            if match := _TIMED_LINE.match(line):
                clock = timecodes.parse(match[1])
            if clock is not None and start - NEAR <= clock <= start + NEAR and line.strip():
                found.append(line.strip())
    return found[:40]


def _holding(texts: list[str], words: str) -> list[str]:
    wanted = _bare(words)[:24]
    if len(wanted) < 6:
        return []
    for text in texts:
        paragraphs = [p for p in text.split("\n") if p.strip()]
        for i, paragraph in enumerate(paragraphs):
            if wanted in _bare(paragraph):
                return paragraphs[max(0, i - 1) : i + 2]
    return []


def _bare(text: str) -> str:
    """Return letters and digits only: quotation marks and spaces differ between a quote and its transcript."""
    return re.sub(r"[\W_]+", "", text).casefold()


def note_text_of(row: Any) -> str:
    """Return the text of the note a row came from, as loaded by `panel.row_of`."""
    return getattr(row, "note_text", None) or ""
