"""Layout of the co-occurrence graph: one name in the centre, related names on rings around it, strongest first.

Deterministic. The template draws the SVG. Labels that fit nowhere are left out, because the list beside the graph
names all.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# All lengths are in units of the SVG view box.
WIDTH, HEIGHT = 600, 420
FONT_SIZE, CENTRE_FONT_SIZE = 13, 17
MAX_LABEL_WIDTH, MAX_CENTRE_LABEL_WIDTH = 130, 220
MAX_NODES = 18
# (horizontal half axis, vertical half axis, number of slots) of each ring, from the inside.
_RINGS = ((120, 80, 14), (185, 125, 22), (245, 165, 30))
_LARGEST, _SMALLEST = 7, 3
_MARGIN, _APART = 4, 3
# Golden angle: nodes next to each other in weight spread evenly, however many there are.
_GOLDEN = math.pi * (3 - math.sqrt(5))

# (name, slug, kind, number of shared episodes)
Shared = tuple[str, str, str, int]


@dataclass(frozen=True)
class Box:
    """A rectangle by its upper left corner, width and height."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Return whether the rectangles share area."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    @property
    def is_inside(self) -> bool:
        """Return whether the rectangle lies within the view box."""
        right, lower = self.x + self.width, self.y + self.height
        return self.x >= 0 and self.y >= 0 and right <= WIDTH and lower <= HEIGHT


@dataclass(frozen=True)
class Node:
    """A dot at (x, y) with its label below it.

    label  the name, shortened to the maximum width
    base   y of the label's baseline
    box    bounding box of dot and label
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
    """The centre, the nodes around it, and the sizes that the template needs."""

    centre: Node
    nodes: list[Node]
    width: int = WIDTH
    height: int = HEIGHT
    font: int = FONT_SIZE
    centre_font: int = CENTRE_FONT_SIZE


def graph_of(centre: str, mentioned_with: Iterable[Shared]) -> Graph | None:
    """Return the layout for the most frequent MAX_NODES names, or None if there are none."""
    around = sorted(mentioned_with, key=lambda row: (-row[3], row[0], row[1]))[:MAX_NODES]
    if not around:
        return None
    middle = _node((centre, "", "", 0), (WIDTH / 2, HEIGHT / 2), _LARGEST, CENTRE_FONT_SIZE, MAX_CENTRE_LABEL_WIDTH)
    nodes: list[Node] = []
    for number, row in enumerate(around):
        taken = [middle.box, *(node.box for node in nodes)]
        if node := _place_node(row, number, _radius(row[3], around[0][3]), taken):
            nodes.append(node)
    return Graph(middle, nodes) if nodes else None


def _place_node(row: Shared, number: int, radius: float, taken: Sequence[Box]) -> Node | None:
    """Return the node in the first free slot, ring by ring outwards, or None."""
    for across, down, places in _RINGS:
        for step in range(places):
            angle = number * _GOLDEN + step * 2 * math.pi / places
            place = (WIDTH / 2 + across * math.cos(angle), HEIGHT / 2 + down * math.sin(angle))
            node = _node(row, place, radius)
            if node.box.is_inside and not any(node.box.overlaps(box) for box in taken):
                return node
    return None


def _node(
    row: Shared, place: tuple[float, float], radius: float, font: int = FONT_SIZE, longest: int = MAX_LABEL_WIDTH
) -> Node:
    name, slug, kind, shared = row
    x, y = round(place[0], 1), round(place[1], 1)
    label = _shortened(name, font, longest)
    width = max(text_width(label, font), 2 * radius) + 2 * _MARGIN
    # The line height of the letters, under the dot.
    height = 2 * radius + _APART + 1.4 * font + _MARGIN
    box = Box(round(x - width / 2, 1), round(y - radius - _MARGIN / 2, 1), round(width, 1), round(height, 1))
    return Node(name, label, slug, kind, shared, x, y, radius, round(y + radius + _APART + font, 1), box)


def _radius(shared: int, most: int) -> float:
    """Return a radius whose square is proportional to the number of shared episodes."""
    return round(max(_LARGEST * math.sqrt(max(shared, 0) / max(most, 1)), _SMALLEST), 1)


# --- width of labels


def text_width(text: str, font: float) -> float:
    """Return an upper estimate of the width of a text. The real font is only known to the browser."""
    return font * sum(_em(character) for character in text)


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0
    # Characters of ambiguous width are wide in a Chinese font.
    if unicodedata.east_asian_width(character) in "WFA" or ord(character) > 0xFFFF:
        return 1.05
    if character in "MWmw@%—":
        return 0.95
    return 0.75 if character.isupper() else 0.62


def _shortened(name: str, font: int, longest: int) -> str:
    name = " ".join(name.split())
    if text_width(name, font) <= longest:
        return name
    available, length = longest - text_width("…", font), 0
    while length < len(name) and text_width(name[: length + 1], font) <= available:
        length += 1
    return f"{name[:length].rstrip()}…"
