"""Outline of an interview record: a tree drawn with lines, or an indented list."""

from __future__ import annotations

import re

_NODE = re.compile(
    r"(?P<lines>(?:[ \t\u3000│┃]|\|(?![─━-]))*)(?P<mark>[├└┣┗╰+`|][─━–-]+[ \t]*|[-*•][ \t]+)?(?P<text>.*)"
)
# Columns.
_TAB = 4


def outline_nodes(text: str) -> list[tuple[int, str]]:
    """Return (depth, text) of every node, the root at depth 0; wrapped lines of a node are joined."""
    nodes: list[tuple[int, list[str]]] = []
    columns: list[int] = []
    for line in text.expandtabs(_TAB).split("\n"):
        match = _NODE.match(line.rstrip())
        if match is None or not match["text"]:
            continue
        if nodes and not match["mark"] and match["lines"].strip(" \t\u3000"):
            nodes[-1][1].append(match["text"])
            continue
        while columns and columns[-1] >= match.start("text"):
            columns.pop()
        nodes.append((len(columns), [match["text"]]))
        columns.append(match.start("text"))
    return [(depth, " ".join(lines)) for depth, lines in nodes]
