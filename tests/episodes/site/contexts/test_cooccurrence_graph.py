"""Layout of the co-occurrence graph."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from episodes.site.contexts.cooccurrence_graph import (
    HEIGHT,
    MAX_LABEL_WIDTH,
    MAX_NODES,
    WIDTH,
    Graph,
    graph_of,
    text_width,
)

NAMES = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="具身智能人工", min_size=1, max_size=40),
    st.sampled_from(["W" * 50, "a", "", "́" * 20, "👩‍🚀" * 9, "Ada Lovelace"]),
)
ROWS = st.lists(st.tuples(NAMES, st.just("slug"), st.just("person"), st.integers(0, 10**6)), max_size=40)


def stars(graph: Graph) -> list[Any]:
    return [graph.centre, *graph.nodes]


@settings(max_examples=150)
@given(centre=NAMES, rows=ROWS)
def test_labels_neither_overlap_nor_leave_view_box(centre: str, rows: list[Any]) -> None:
    graph = graph_of(centre, rows)
    if graph is None:
        assert rows == []
        return
    boxes = [star.box for star in stars(graph)]
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)
        assert not other.overlaps(one)
    for star in stars(graph):
        box = star.box
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= WIDTH
        assert box.y + box.height <= HEIGHT
        # Dot and label lie within the box.
        font = graph.centre_font if star is graph.centre else graph.font
        assert box.x <= star.x - max(star.radius, text_width(star.label, font) / 2)
        assert star.x + max(star.radius, text_width(star.label, font) / 2) <= box.x + box.width
        assert box.y <= star.y - star.radius
        assert star.base - font >= star.y + star.radius
        assert star.base + font * 0.3 <= box.y + box.height
    assert len(graph.nodes) <= MAX_NODES
    assert graph_of(centre, list(reversed(rows))) == graph, "the order of the rows does not matter"


def rows(number: int, **kinds: Any) -> list[tuple[str, str, str, int]]:
    return [(f"Name {n}", f"name-{n}", "person", number - n) for n in range(number)]


def test_most_shared_name_is_nearest_and_largest() -> None:
    graph = graph_of("Centre", rows(16))
    assert graph is not None
    assert [star.name for star in graph.nodes] == [f"Name {n}" for n in range(16)]
    radii = [star.radius for star in graph.nodes]
    assert radii == sorted(radii, reverse=True)
    far = [((s.x - 300) / 120) ** 2 + ((s.y - 210) / 80) ** 2 for s in graph.nodes]
    assert max(far[:4]) < min(far[-4:])


def test_graph_has_eighteen_nodes_at_most() -> None:
    graph = graph_of("Centre", rows(90))
    assert graph is not None
    assert 12 <= len(graph.nodes) <= MAX_NODES
    assert graph_of("Centre", []) is None


@pytest.mark.parametrize("name", ["W" * 500, "長" * 500, "a b " * 100])
def test_long_name_is_shortened_in_label_only(name: str) -> None:
    graph = graph_of(name, [(name, "slug", "work", 1)])
    assert graph is not None
    (star,) = graph.nodes
    assert star.name == name
    assert star.label.endswith("…")
    assert text_width(star.label, graph.font) <= MAX_LABEL_WIDTH


def test_svg_is_hidden_from_assistive_technology() -> None:
    evil = '<script>alert(1)</script>" onload="x'
    html = render_to_string(
        "site/includes/cooccurrence_graph.html", {"graph": graph_of(evil, [(evil, "ada", "person", 2)])}
    )
    assert not re.search(r"<style|\sstyle=|<script|\son\w+=[\"']", html.replace("&quot; onload=&quot;", ""))
    assert re.search(r"<svg[^>]*aria-hidden=\"true\"", html)
    assert re.findall(r'<a\s[^>]*href="([^"]+)"\s+tabindex="-1"', html) == ["/entities/ada/"]
    assert html.count("<line") == 1
    numbers = re.findall(r'\b(?:x1|y1|x2|y2|cx|cy|r|x|y)="([^"]*)"', html)
    assert all(re.fullmatch(r"\d+(\.\d+)?", number) for number in numbers)


def test_no_graph_without_shared_names() -> None:
    assert render_to_string("site/includes/cooccurrence_graph.html", {"graph": None}).strip() == ""
