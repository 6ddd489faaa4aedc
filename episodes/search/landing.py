"""Where on an episode's page a found passage is: the paragraph, if its stored HTML has the anchor, else the section."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from episodes.models import Section
from episodes.rendering.page import FEWEST_CHARACTERS, anchor_of, letters_of


@dataclass(frozen=True)
class Place:
    """A place in a passage of a section. at: of the first mark in the text; anchor: of the section."""

    section: int
    text: str
    at: int
    anchor: str


def anchors(places: Iterable[Place]) -> list[str]:
    """Return the anchor of each place. One query."""
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
    """Return those of (section, anchor) that the stored HTML of the section has."""
    keys = {section for section, _anchor in asked}
    html = dict(Section.objects.filter(pk__in=keys).order_by().values_list("pk", "html")) if keys else {}
    return {(section, anchor) for section, anchor in asked if f'id="{anchor}"' in html.get(section, "")}
