"""A name misheard in the original: the translation says “Claude Code”, its folded original “cloud code”."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from episodes.notes.detectors.frame import Frame

FEWEST_SOUNDS = 3
LEAST_ALIKE = 0.5
LONGEST_NAME = 3
# Never the first or the last word of a name; without this “the DSP” would sound like DSPy.
_LITTLE = frozenset(
    ["a", "an", "and", "could", "in", "is", "it", "of", "so", "that", "the", "this", "to", "uh", "um", "we", "with"]
)
_NAME = re.compile(r"[A-Za-z][A-Za-z]*(?:[ -][A-Za-z]+){0,2}")
_WORD = re.compile(r"[A-Za-z]+")
_BETWEEN = re.compile(r"[A-Za-z]+(?:[ -][A-Za-z]+)*")
_TAG = re.compile(r"<[^<>]*>")
_SOUNDS = (
    (re.compile(r"ph"), "f"),
    (re.compile(r"ck|q"), "k"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"[cs](?=[eiy])|z"), "s"),
    (re.compile(r"g(?=[eiy])"), "j"),
    (re.compile(r"[cg]"), "k"),
    (re.compile(r"d"), "t"),
    (re.compile(r"b"), "p"),
    (re.compile(r"v"), "f"),
    (re.compile(r"(?<=.)[aeiouyhw]"), ""),
    (re.compile(r"\A[aeiouyhw]"), "a"),
    (re.compile(r"(.)\1+"), r"\1"),
)


class Misheard(NamedTuple):
    """`heard` stands in the fold where the translation has `name`. everywhere: it stands nowhere else in the text."""

    name: str
    heard: str
    begin: int
    times: int
    everywhere: bool


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """A word in lower case by its consonants, those alike made one: claude and cloud are both `klt`."""
    for pattern, letter in _SOUNDS:
        word = pattern.sub(letter, word)
    return word


def misheard(frame: Frame, names: list[str]) -> Iterator[Misheard]:
    """For every fold: the names of the paragraph before it that it lacks, where something in it sounds like them."""
    wanted = {name: sound("".join(_WORD.findall(name)).lower()) for name in names if _NAME.fullmatch(name)}
    wanted = {name: key for name, key in wanted.items() if len(key) >= FEWEST_SOUNDS and name in frame.text}
    found: dict[tuple[str, str], list[int]] = {}
    end_before = 0
    for begin, end in frame.folds if wanted else ():
        paragraph, fold = frame.text[end_before:begin], frame.text[begin:end]
        end_before = end
        lowered = fold.lower()
        missing = [name for name in wanted if name in paragraph and not _stands_in(name, lowered)]
        for name, heard, at in _alike(fold, {name: wanted[name] for name in missing}) if missing else ():
            found.setdefault((name, heard), []).append(begin + at)
    for (name, heard), places in found.items():
        yield Misheard(name, heard, places[0], len(places), frame.text.count(heard) == len(places))


def _stands_in(name: str, lowered: str) -> bool:
    """Whether the name stands there, or its longest part, or the same letters in other pieces (Open Claw)."""
    if name.lower() in lowered or max(_WORD.findall(name.lower()), key=len) in lowered:
        return True
    pieces = r"[\s\W]*".join("".join(_WORD.findall(name.lower())))
    return re.search(pieces, lowered) is not None


def _alike(fold: str, wanted: dict[str, str]) -> Iterator[tuple[str, str, int]]:
    """(name, words, place) of what sounds like a name: the fewest words that do."""
    words = list(_WORD.finditer(_TAG.sub(lambda tag: " " * len(tag[0]), fold)))
    little = [word[0].lower() in _LITTLE for word in words]
    sounds = [sound(word[0].lower()) for word in words]
    by_key = {key: name for name, key in wanted.items()}
    longest = max(map(len, by_key))
    for first in range(len(words)):
        key = "" if not little[first] else "-" * longest
        for last in range(first, min(first + LONGEST_NAME, len(words))):
            key = _joined(key, sounds[last])
            if len(key) > longest:
                break
            name = by_key.get(key)
            if name is None or little[last]:
                continue
            heard = fold[words[first].start() : words[last].end()]
            if _BETWEEN.fullmatch(heard) and _near(name, heard):
                yield name, heard, words[first].start()
                break


def _joined(before: str, after: str) -> str:
    """The sound of two words as one; only at the beginning does a vowel count."""
    if not before:
        return after
    after = after.removeprefix("a")
    return before + (after[1:] if after[:1] == before[-1] else after)


def _near(name: str, heard: str) -> bool:
    """Whether the letters are alike too, and there are not many more words."""
    if abs(len(_WORD.findall(name)) - len(_WORD.findall(heard))) > 1:
        return False
    letters, others = ("".join(_WORD.findall(words)).lower() for words in (name, heard))
    # Half a name, “open”, is perhaps only a word.
    if letters.startswith(others):
        return False
    return SequenceMatcher(None, letters, others).ratio() > LEAST_ALIKE
