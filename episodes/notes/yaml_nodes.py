"""PyYAML nodes for headers in other formats, with offsets in the source."""

from __future__ import annotations

import re
from typing import Any

from yaml import Mark
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

TAG = "tag:yaml.org,2002:str"
# Characters that no database stores: NUL and single surrogates.
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def mark(index: int) -> Mark:
    """Return a PyYAML mark at an offset."""
    return Mark("", index, 0, 0, None, 0)


def scalar(value: str, begin: int, end: int, style: str | None) -> ScalarNode:
    """Return a scalar node over source[begin:end]."""
    return ScalarNode(TAG, value, mark(begin), mark(end), style=style)


def storable(text: str) -> str:
    """Return a text with the characters that no database stores replaced by U+FFFD."""
    return _NOT_STORABLE.sub("\ufffd", text)


def of_value(value: Any, begin: int = 0, end: int = 0) -> Node:
    """Return the node of a plain value; all of its parts have the same span."""
    if isinstance(value, dict):
        pairs: list[tuple[Node, Node]] = [
            (of_value(str(key), begin, end), of_value(each, begin, end)) for key, each in value.items()
        ]
        return MappingNode(TAG, pairs, mark(begin), mark(end), flow_style=True)
    if isinstance(value, list):
        return SequenceNode(
            TAG, [of_value(each, begin, end) for each in value], mark(begin), mark(end), flow_style=True
        )
    if isinstance(value, bool):
        return scalar(str(value).lower(), begin, end, None)
    return scalar(storable(str(value)), begin, end, '"' if isinstance(value, str) else None)
