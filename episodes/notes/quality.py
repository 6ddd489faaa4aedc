"""Signs that a generator failed, which make a note unfit to be published unreviewed. Pure Python.

Each detector yields text[begin:end] with the words that show the problem. They prefer a miss to a false alarm, which
would keep a note from its owner's site. Broken markup does not count.

repeated            a paragraph that occurs ten times or more
padding             text written only to reach a number of characters
self_talk           the generator reporting on its own work
is_empty            nothing to read
placeholder_source  an address that was never filled in
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from episodes.notes import sources
from episodes.notes.prose.code_and_comments import regions


class Flaw(NamedTuple):
    """A problem at text[begin:end]; `evidence` shows it to a person. times: number of occurrences."""

    begin: int
    end: int
    evidence: str
    times: int = 1


# Occurrences from which a repeated paragraph is a failure.
TIMES = 10
# Letters of a paragraph that counts, a Chinese character as two: “Yeah.” occurs a hundred times in one talk.
SHORTEST = 40
# Characters of evidence that are kept: about one line on the desk.
EVIDENCE = 80

_LINE = re.compile(r"[^\n]+")
# Not part of the statement: a fold's caption, a tag, an address, the speaker's name.
_ASIDE = re.compile(r"<summary[^<>]*>[^<>]*(?:</summary>|\Z)|<[^<>]*>|\]\([^()]*\)|https?://\S+")
_LABEL = re.compile(r"\A\W{0,6}\*\*[^*]{1,80}\*\*\s*[:：]?")
_LETTER = re.compile(r"[^\W_]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


# --- a paragraph many times over


def repeated(text: str, times: int = TIMES) -> Iterator[Flaw]:
    """Yield the first occurrence of each paragraph that occurs at least `times` times, outside code."""
    occurrences: dict[str, list[int]] = {}
    for line in _LINE.finditer(text):
        # Most lines are too short; counting the letters of each would take ten times as long.
        if line.end() - line.start() >= SHORTEST // 2:
            place = occurrences.setdefault(" ".join(line[0].split()), [line.start(), line.end(), 0])
            place[2] += 1
    frequent = [(begin, end, count, words) for words, (begin, end, count) in occurrences.items() if count >= times]
    frequent = [place for place in frequent if _weight(place[3]) >= SHORTEST]
    code = [(region.begin, region.end) for region in regions(text) if region.kind == "fence"] if frequent else []
    for begin, end, count, words in frequent:
        if not any(first <= begin < last for first, last in code):
            yield Flaw(begin, end, words[:EVIDENCE], count)


def _weight(line: str) -> int:
    # A line may have a million characters; the beginning is enough.
    statement = _LABEL.sub("", _ASIDE.sub(" ", line[: SHORTEST * 50]))
    return len(_LETTER.findall(statement)) + len(_HAN.findall(statement))


# --- padding

_PADS = r"\b(?:padding|filler (?:block|text)|invisible (?:comment|text))\b"
_LIMIT = r"\b(?:(?:character|length)s? (?:count )?(?:floor|requirement|limit)|minimum (?:of )?[\d,]+ characters?)\b"
# A text about padding sequences mentions one of the two without the other.
_TALK_OF_PADDING = re.compile(rf"{_PADS}[^\n]{{0,120}}{_LIMIT}|{_LIMIT}[^\n]{{0,120}}{_PADS}")
# A comment is no speech, so there the word alone is enough.
_PADDING_COMMENT = re.compile(
    r"<!--[^>]{0,40}(?:\b(?:padding|filler)\b|填充|凑字数)[^>]{0,120}?(?:\b(?:length|characters?)\b|字数|字符|长度)"
)
_ONE_LETTER = re.compile(r"^[ \t]*([a-z0-9])\1{59,}[ \t\r]*$", re.MULTILINE)
# A text about dummy text quotes only its beginning, so that is not listed.
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
# Different sentences of dummy text that are no quotation any more.
DUMMY_SENTENCES = 3


def padding(text: str) -> Iterator[Flaw]:
    """Yield text written to reach a number of characters: talk of it, lines of one letter, lorem ipsum."""
    folded = text.lower()
    if len(folded) != len(text):
        # Lowercasing may change the length (İ), which would shift the offsets.
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


# --- the generator's reports

_SELF_TALK = re.compile(
    r"^(?:The task is complete\.[^\n]{0,300}\b(?:metadata|YAML|Markdown|transcript)\b"
    r"|I have (?:now )?(?:generated|processed|translated|formatted|completed)\b"
    r"[^\n]{0,300}\b(?:formatting (?:rules|guidelines)|in YAML|your instructions)\b)",
    re.MULTILINE,
)


def self_talk(text: str) -> Iterator[Flaw]:
    """Yield lines in which the generator reports that it has followed its instructions."""
    yield from (_flaw(text, match.start(), match.end()) for match in _SELF_TALK.finditer(text))


# --- empty text

_TAG = re.compile(r"<[^<>]*>")


def is_empty(text: str) -> bool:
    """Return whether a text has no word outside comments and tags."""
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
    """Return the flaw of an address that was never filled in; None for a missing or malformed one."""
    address = address or ""
    match = sources.PLACEHOLDER.search(address) or _UNFILLED.search(address)
    return Flaw(match.start(), match.end(), address[:EVIDENCE]) if match else None
