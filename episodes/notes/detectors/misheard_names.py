"""Names misheard in the original: the translation has “Claude Code”, its folded original “cloud code”."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from episodes.notes.detectors.text_parts import Frame

# Consonants of a name: fewer match by chance.
FEWEST_SOUNDS = 3
# Ratio of equal letters, 0 to 1.
LEAST_ALIKE = 0.5
# Words.
LONGEST_NAME = 3
# Never the first or last word of a name; otherwise “the DSP” would match DSPy.
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
    """`heard` occurs in the fold, `name` in the translation. everywhere: it occurs nowhere else in the text."""

    name: str
    heard: str
    begin: int
    times: int
    everywhere: bool


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """Return the consonants of a lower-case word, similar ones merged: `klt` for claude and cloud."""
    for pattern, letter in _SOUNDS:
        word = pattern.sub(letter, word)
    return word


def misheard(frame: Frame, names: list[str]) -> Iterator[Misheard]:
    """Yield, for every fold, similar words in place of a name that the paragraph before it has."""
    sounds = {name: sound("".join(_WORD.findall(name)).lower()) for name in names if _NAME.fullmatch(name)}
    sounds = {name: key for name, key in sounds.items() if len(key) >= FEWEST_SOUNDS and name in frame.text}
    occurrences: dict[tuple[str, str], list[int]] = {}
    end_before = 0
    for begin, end in frame.folds if sounds else ():
        paragraph, fold = frame.text[end_before:begin], frame.text[begin:end]
        end_before = end
        lowered = fold.lower()
        missing = [name for name in sounds if name in paragraph and not _occurs(name, lowered)]
        for name, heard, at in _alike(fold, {name: sounds[name] for name in missing}) if missing else ():
            occurrences.setdefault((name, heard), []).append(begin + at)
    for (name, heard), places in occurrences.items():
        yield Misheard(name, heard, places[0], len(places), frame.text.count(heard) == len(places))


def _occurs(name: str, lowered: str) -> bool:
    """Return whether the name, its longest part, or its letters split otherwise (Open Claw) occur in the text."""
    if name.lower() in lowered or max(_WORD.findall(name.lower()), key=len) in lowered:
        return True
    pieces = r"[\s\W]*".join("".join(_WORD.findall(name.lower())))
    return re.search(pieces, lowered) is not None


def _alike(fold: str, sounds_by_name: dict[str, str]) -> Iterator[tuple[str, str, int]]:
    """Yield (name, words, offset) of the shortest word sequences that sound like a name."""
    words = list(_WORD.finditer(_TAG.sub(lambda tag: " " * len(tag[0]), fold)))
    little = [word[0].lower() in _LITTLE for word in words]
    sounds = [sound(word[0].lower()) for word in words]
    by_key = {key: name for name, key in sounds_by_name.items()}
    longest = max(map(len, by_key))
    for first in range(len(words)):
        key = "" if not little[first] else "-" * longest
        for last in range(first, min(first + LONGEST_NAME, len(words))):
            key = _join_sounds(key, sounds[last])
            if len(key) > longest:
                break
            name = by_key.get(key)
            if name is None or little[last]:
                continue
            heard = fold[words[first].start() : words[last].end()]
            if _BETWEEN.fullmatch(heard) and _is_similar(name, heard):
                yield name, heard, words[first].start()
                break


def _join_sounds(before: str, after: str) -> str:
    """Return the sound of two words as one; a vowel counts only at the beginning."""
    if not before:
        return after
    after = after.removeprefix("a")
    return before + (after[1:] if after[:1] == before[-1] else after)


def _is_similar(name: str, heard: str) -> bool:
    """Return whether the letters are similar too, and the numbers of words differ by one at most."""
    if abs(len(_WORD.findall(name)) - len(_WORD.findall(heard))) > 1:
        return False
    letters, others = ("".join(_WORD.findall(words)).lower() for words in (name, heard))
    # Half a name, “open”, may simply be a word.
    if letters.startswith(others):
        return False
    return SequenceMatcher(None, letters, others).ratio() > LEAST_ALIKE
