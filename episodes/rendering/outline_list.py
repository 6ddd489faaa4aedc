"""An outline drawn with lines, as a nested list: it wraps on a phone, and its formulas are formulas."""

from __future__ import annotations

import re

from episodes.notes.dialects.interview_record.outline_tree import outline_nodes

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")


def as_list(text: str) -> str:
    """Markdown of the outline's nodes as nested bullets; the text itself where something else stands in it."""
    tree = _within_fence(text)
    if "```" in tree or "~~~" in tree:
        return text
    return "\n".join(f"{'    ' * depth}- {node}" for depth, node in outline_nodes(tree))


def _within_fence(text: str) -> str:
    """What stands between the fence of the first line and that of the last; the text itself without such."""
    fence = _FENCE.match(text)
    lines = text.strip().split("\n")
    if fence is None or len(lines) < 2 or lines[-1].strip() != fence[1]:
        return text
    return "\n".join(lines[1:-1])
