"""Outlines drawn with lines as nested lists: they wrap on a phone, and their formulas are rendered."""

from __future__ import annotations

import re

from episodes.notes.dialects.interview_record.outline_tree import outline_nodes

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")


def as_list(text: str) -> str:
    """Return an outline as nested Markdown bullets; the text itself if it contains other code."""
    tree = _within_fence(text)
    if "```" in tree or "~~~" in tree:
        return text
    return "\n".join(f"{'    ' * depth}- {node}" for depth, node in outline_nodes(tree))


def _within_fence(text: str) -> str:
    """Return the text between fences on the first and last line; the text itself without such fences."""
    fence = _FENCE.match(text)
    lines = text.strip().split("\n")
    if fence is None or len(lines) < 2 or lines[-1].strip() != fence[1]:
        return text
    return "\n".join(lines[1:-1])
