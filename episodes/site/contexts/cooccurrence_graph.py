"""A small picture of what is talked about together: one name in the middle, the others around it, the closest nearest.

Only places are worked out here, the same for the same names; the template draws them. Names that find no room are left
out, since a list beside the picture says the same.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 420
# Of the letters, in units of the drawing; the template takes them from the picture.
FONT, CENTRE_FONT = 13, 17
LONGEST, LONGEST_CENTRE = 130, 220
MOST = 18
# Half axes of the rings, the nearest first, and in how many places something can stand on each.
_RINGS = ((120, 80, 14), (185, 125, 22), (245, 165, 30))
_LARGEST, _SMALLEST = 7, 3
_MARGIN, _APART = 4, 3
# So far from each other do neighbours in weight stand on a ring that names spread evenly however many there are.
_GOLDEN = math.pi * (3 - math.sqrt(5))

# (name, slug, kind, in how many episodes both are mentioned)
Shared = tuple[str, str, str, int]


@dataclass(frozen=True)
class Box:
    """A rectangle: its left and upper edge, its width and height."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    @property
    def is_inside(self) -> bool:
        right, lower = self.x + self.width, self.y + self.height
        return self.x >= 0 and self.y >= 0 and right <= WIDTH and lower <= HEIGHT


@dataclass(frozen=True)
class Node:
    """A dot at (x, y) of that radius, and its name, shortened where it is long, in the middle under it.

    `box` holds both; the letters stand on the line `base`.
    """

    name: str
    label: str
    slug: str
    kind: str
    shared: int
    x: float
    y: float
    radius: float
    base: float
    box: Box


@dataclass(frozen=True)
class Graph:
    centre: Node
    stars: list[Node]
    width: int = WIDTH
    height: int = HEIGHT
    font: int = FONT
    centre_font: int = CENTRE_FONT


def graph_of(centre: str, mentioned_with: Iterable[Shared]) -> Graph | None:
    """None where nothing stands around the centre. At most eighteen names, those that share most."""
    around = sorted(mentioned_with, key=lambda row: (-row[3], row[0], row[1]))[:MOST]
    if not around:
        return None
    middle = _star((centre, "", "", 0), (WIDTH / 2, HEIGHT / 2), _LARGEST, CENTRE_FONT, LONGEST_CENTRE)
    stars: list[Node] = []
    for number, row in enumerate(around):
        taken = [middle.box, *(star.box for star in stars)]
        if star := _placed(row, number, _radius(row[3], around[0][3]), taken):
            stars.append(star)
    return Graph(middle, stars) if stars else None


def _placed(row: Shared, number: int, radius: float, taken: Sequence[Box]) -> Node | None:
    """In the first free place, ring by ring outwards."""
    for across, down, places in _RINGS:
        for step in range(places):
            angle = number * _GOLDEN + step * 2 * math.pi / places
            place = (WIDTH / 2 + across * math.cos(angle), HEIGHT / 2 + down * math.sin(angle))
            star = _star(row, place, radius)
            if star.box.is_inside and not any(star.box.overlaps(box) for box in taken):
                return star
    return None


def _star(row: Shared, place: tuple[float, float], radius: float, font: int = FONT, longest: int = LONGEST) -> Node:
    name, slug, kind, shared = row
    x, y = round(place[0], 1), round(place[1], 1)
    label = _shortened(name, font, longest)
    width = max(width_of(label, font), 2 * radius) + 2 * _MARGIN
    # The line height of the letters, under the dot.
    height = 2 * radius + _APART + 1.4 * font + _MARGIN
    box = Box(round(x - width / 2, 1), round(y - radius - _MARGIN / 2, 1), round(width, 1), round(height, 1))
    return Node(name, label, slug, kind, shared, x, y, radius, round(y + radius + _APART + font, 1), box)


def _radius(shared: int, most: int) -> float:
    """The area of a dot grows with what it stands for."""
    return round(max(_LARGEST * math.sqrt(max(shared, 0) / max(most, 1)), _SMALLEST), 1)


# --- how wide letters are


def width_of(text: str, font: float) -> float:
    """An estimate on the safe side: no browser is asked, and a name must not touch its neighbour."""
    return font * sum(_em(character) for character in text)


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0
    # Ambiguous ones are wide in a Chinese font.
    if unicodedata.east_asian_width(character) in "WFA" or ord(character) > 0xFFFF:
        return 1.05
    if character in "MWmw@%—":
        return 0.95
    return 0.75 if character.isupper() else 0.62


def _shortened(name: str, font: int, longest: int) -> str:
    name = " ".join(name.split())
    if width_of(name, font) <= longest:
        return name
    room, kept = longest - width_of("…", font), 0
    while kept < len(name) and width_of(name[: kept + 1], font) <= room:
        kept += 1
    return f"{name[:kept].rstrip()}…"
