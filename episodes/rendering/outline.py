"""An outline drawn with lines, as a nested list: it wraps on a phone, and its formulas are formulas."""

from __future__ import annotations

import re

from episodes.notes.dialects.interview_record.tree import outline_nodes

_FENCED = re.compile(r"\s*(`{3,}|~{3,})[^\n]*\n(?P<tree>.*?)\n?[ \t]*\1[ \t]*\s*\Z", re.DOTALL)


def as_list(text: str) -> str:
    """Markdown of the outline's nodes as nested bullets; the text itself where something else stands in it."""
    fenced = _FENCED.match(text)
    tree = fenced["tree"] if fenced else text
    if "```" in tree or "~~~" in tree:
        return text
    return "\n".join(f"{'    ' * depth}- {node}" for depth, node in outline_nodes(tree))
