"""Keys of passages: that of the episode and, in the last 16 bits, the number of the passage in it.

So the index alone says to which episode a match belongs, and in which part of it, without reading another table.

    title 0 · names 1 · summary 2–15 · text 16–32,767 · quotes and predictions 32,768–65,535
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from enum import StrEnum

BITS = 16
_LAST = (1 << BITS) - 1
TITLE = 0
NAMES = 1
_FIRST_OF_TEXT = 16
_FIRST_SPOKEN = 1 << 15


class Part(StrEnum):
    """Part of an episode with an index of its own: matches in its head come first."""

    HEAD = "head"
    TEXT = "text"
    SPOKEN = "spoken"


_NUMBERS = {
    Part.HEAD: range(_FIRST_OF_TEXT),
    Part.TEXT: range(_FIRST_OF_TEXT, _FIRST_SPOKEN),
    Part.SPOKEN: range(_FIRST_SPOKEN, _LAST + 1),
}


def bounds(episode: int) -> tuple[int, int]:
    """Return the lowest and the highest key of the passages of an episode."""
    return episode << BITS, episode << BITS | _LAST


def episode_of(key: int) -> int:
    """Return the key of the episode of a passage."""
    return key >> BITS


def number_of(key: int) -> int:
    """Return the number of a passage in its episode."""
    return key & _LAST


def part_of(key: int) -> Part:
    """Return the part that a passage belongs to."""
    number = number_of(key)
    return Part.HEAD if number < _FIRST_OF_TEXT else Part.TEXT if number < _FIRST_SPOKEN else Part.SPOKEN


def free_keys(episode: int, part: Part, taken: Container[int]) -> Iterator[int]:
    """Yield the keys of a part that are not taken; those of title and names are not among them."""
    first = episode << BITS
    for number in _NUMBERS[part]:
        if number > NAMES and first | number not in taken:
            yield first | number
