"""What makes a note unfit to be published unread: signs that a generator went astray. Pure Python.

Each reader yields the places it found, as text[begin:end] with the words that show it. All of them would rather miss
one than raise a false alarm, for an alarm keeps somebody's note from their own site. Faults of mark-up are none.

repeated            a paragraph that stands there ten times or more
padding             text that was only written to reach a number of characters
self_talk           the generator reporting on its own work
is_empty            nothing to read
placeholder_source  an address that was never filled in
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from episodes.notes import sources
from episodes.notes.prose.opaque import regions


class Flaw(NamedTuple):
    """text[begin:end] is not as it should be; `evidence` shows it to a person. times: how often it stands there."""

    begin: int
    end: int
    evidence: str
    times: int = 1


TIMES = 10
# Letters that make a paragraph, a Chinese character counted twice. “Yeah.” is said a hundred times in one talk.
SHORTEST = 40
EVIDENCE = 80

_LINE = re.compile(r"[^\n]+")
# A fold's caption, a tag, an address, and the name of who speaks are not what is said.
_ASIDE = re.compile(r"<summary[^<>]*>[^<>]*(?:</summary>|\Z)|<[^<>]*>|\]\([^()]*\)|https?://\S+")
_LABEL = re.compile(r"\A\W{0,6}\*\*[^*]{1,80}\*\*\s*[:：]?")
_LETTER = re.compile(r"[^\W_]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


# --- a paragraph many times over


def repeated(text: str, times: int = TIMES) -> Iterator[Flaw]:
    """The first place of each paragraph that stands there so many times. A paragraph is a line outside code."""
    found: dict[str, list[int]] = {}
    for line in _LINE.finditer(text):
        # Most lines are too short to be one, and counting their letters would take ten times as long.
        if line.end() - line.start() >= SHORTEST // 2:
            place = found.setdefault(" ".join(line[0].split()), [line.start(), line.end(), 0])
            place[2] += 1
    often = [(begin, end, count, words) for words, (begin, end, count) in found.items() if count >= times]
    often = [place for place in often if _weight(place[3]) >= SHORTEST]
    code = [(region.begin, region.end) for region in regions(text) if region.kind == "fence"] if often else []
    for begin, end, count, words in often:
        if not any(first <= begin < last for first, last in code):
            yield Flaw(begin, end, words[:EVIDENCE], count)


def _weight(line: str) -> int:
    # A line may have a million characters, and its beginning is enough to know.
    said = _LABEL.sub("", _ASIDE.sub(" ", line[: SHORTEST * 50]))
    return len(_LETTER.findall(said)) + len(_HAN.findall(said))


# --- padding

_PADS = r"\b(?:padding|filler (?:block|text)|invisible (?:comment|text))\b"
_LIMIT = r"\b(?:(?:character|length)s? (?:count )?(?:floor|requirement|limit)|minimum (?:of )?[\d,]+ characters?)\b"
# Somebody who explains how sequences are padded says the one without the other.
_TALK_OF_PADDING = re.compile(rf"{_PADS}[^\n]{{0,120}}{_LIMIT}|{_LIMIT}[^\n]{{0,120}}{_PADS}")
# Nobody speaks in a comment, so there the word alone will do.
_PADDING_COMMENT = re.compile(
    r"<!--[^>]{0,40}(?:\b(?:padding|filler)\b|填充|凑字数)[^>]{0,120}?(?:\b(?:length|characters?)\b|字数|字符|长度)"
)
_ONE_LETTER = re.compile(r"^[ \t]*([a-z0-9])\1{59,}[ \t\r]*$", re.MULTILINE)
# Who only speaks of the printers' dummy text quotes its beginning.
_DUMMY = (
    "dolor sit amet",
    "consectetur adipis",
    "sed do eiusmod",
    "ut enim ad minim",
    "quis nostrum exercitationem",
    "duis aute irure",
    "excepteur sint",
    "perspiciatis unde omnis",
    "nemo enim ipsam",
    "neque porro quisquam",
)
DUMMY_SENTENCES = 3


def padding(text: str) -> Iterator[Flaw]:
    """What was written to reach a number of characters: talk of it, one letter line by line, printers' dummy text."""
    folded = text.lower()
    if len(folded) != len(text):
        # A letter such as İ becomes two, and the places would be wrong.
        folded = text
    patterns = [_ONE_LETTER]
    if any(word in folded for word in ("padding", "filler", "invisible", "填充", "凑字数")):
        patterns += [_TALK_OF_PADDING, _PADDING_COMMENT]
    for pattern in patterns:
        if match := pattern.search(folded):
            yield _flaw(text, match.start(), match.end())
    places = sorted(folded.find(words) for words in _DUMMY if words in folded)
    if len(places) >= DUMMY_SENTENCES:
        yield _flaw(text, places[0], places[-1])


def _flaw(text: str, begin: int, end: int) -> Flaw:
    return Flaw(begin, end, " ".join(text[begin:end].split())[:EVIDENCE])


# --- what a generator says of itself

_SELF_TALK = re.compile(
    r"^(?:The task is complete\.[^\n]{0,300}\b(?:metadata|YAML|Markdown|transcript)\b"
    r"|I have (?:now )?(?:generated|processed|translated|formatted|completed)\b"
    r"[^\n]{0,300}\b(?:formatting (?:rules|guidelines)|in YAML|your instructions)\b)",
    re.MULTILINE,
)


def self_talk(text: str) -> Iterator[Flaw]:
    """A line in which the generator reports that it has done as it was told."""
    yield from (_flaw(text, match.start(), match.end()) for match in _SELF_TALK.finditer(text))


# --- nothing there

_TAG = re.compile(r"<[^<>]*>")


def is_empty(text: str) -> bool:
    """Whether there is no word to read: comments, tags and marks are none."""
    at = text.find("<")
    if at < 0 or _LETTER.search(text, 0, at):
        return not _LETTER.search(text)
    at = 0
    for comment in (region for region in regions(text) if region.kind == "comment"):
        if _has_words(text[at : comment.begin]):
            return False
        at = comment.end
    return not _has_words(text[at:])


def _has_words(text: str) -> bool:
    return bool(_LETTER.search(_TAG.sub(" ", text)))


_UNFILLED = re.compile(r"\A#|[$]\{|\{\{")


def placeholder_source(address: str | None) -> Flaw | None:
    """An address that was never filled in. None is a missing one, nor one that is only malformed."""
    address = address or ""
    match = sources.PLACEHOLDER.search(address) or _UNFILLED.search(address)
    return Flaw(match.start(), match.end(), address[:EVIDENCE]) if match else None
