"""Where on an episode's page a found passage is: the paragraph, if its stored HTML has the anchor, else the section."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from episodes.rendering.page import FEWEST_CHARACTERS, anchor_of, letters_of


@dataclass(frozen=True)
class Place:
    """A place in a passage of a section. at: of the first mark in the text; anchor: of the section."""

    section: int
    text: str
    at: int
    anchor: str


def anchors(places: Iterable[Place]) -> list[str]:
    """Return the anchor of each place. One query, which leaves the HTML in the database."""
    wanted = list(places)
    asked = [(place.section, anchor) for place in wanted for anchor in _candidates(place)]
    found = _existing(list(dict.fromkeys(asked)))
    return [
        next((anchor for anchor in _candidates(place) if (place.section, anchor) in found), place.anchor)
        for place in wanted
    ]


def _candidates(place: Place) -> list[str]:
    """Return the anchors that the page may have given to the paragraph around the mark, the most likely first."""
    begin, end = place.text.rfind("\n", 0, place.at) + 1, place.text.find("\n", place.at)
    line = place.text[begin : end if end >= 0 else len(place.text)]
    first = place.text.rfind("\n\n", 0, place.at)
    block = place.text[first + 2 if first >= 0 else 0 :].split("\n\n", 1)[0]
    # Of a turn the page takes the words after the speaker's name, of a list the item without its number.
    texts = [line, *(line.split(colon, 1)[1] for colon in ":：" if colon in line[:80]), block, line.split(". ", 1)[-1]]
    letters = (letters_of(text) for text in texts)
    return list(dict.fromkeys(anchor_of(each) for each in letters if len(each) >= FEWEST_CHARACTERS))


def _existing(asked: list[tuple[int, str]]) -> set[tuple[int, str]]:
    if not asked:
        return set()
    connection = connections[DEFAULT_DB_ALIAS]
    position = "strpos" if connection.vendor == "postgresql" else "instr"
    # No injection: the function is one of two, all values are parameters.
    one = f"SELECT CAST(%s AS integer) FROM episodes_section WHERE id = %s AND {position}(html, %s) > 0"  # noqa: S608
    values: list[list[Any]] = [[number, key, f'id="{anchor}"'] for number, (key, anchor) in enumerate(asked)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(asked)), [value for row in values for value in row])
        return {asked[number] for (number,) in cursor.fetchall()}
