"""JSON headers of notes, with every scalar as text as in YAML headers. Pure Python.

An object becomes a tree of YAML nodes with positions, so that one reader serves all formats.
"""

from __future__ import annotations

import json
import re
from json import JSONDecodeError
from typing import Any, NoReturn

from yaml.nodes import MappingNode, Node, SequenceNode

from episodes.notes import yaml_nodes

# Levels of nesting: more is an attack on the recursion, not metadata.
DEEPEST = 20
_SPACE = re.compile(r"[ \t\r\n]*")


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_number)


def compose(text: str, begin: int) -> tuple[MappingNode, int]:
    """Return the node of the object at text[begin] and its end offset. Raises ValueError if it is no JSON object."""
    node, end = _value(text, begin, 0)
    if not isinstance(node, MappingNode):
        raise ValueError("no object")
    return node, end


def _value(text: str, at: int, depth: int) -> tuple[Node, int]:
    if depth > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    sign = text[at : at + 1]
    if sign == "{":
        return _object(text, at, depth)
    if sign == "[":
        return _array(text, at, depth)
    value, end = _DECODER.raw_decode(text, at)
    style = '"' if sign == '"' else None
    return yaml_nodes.scalar(yaml_nodes.storable(value) if style else text[at:end], at, end, style), end


def _object(text: str, begin: int, depth: int) -> tuple[Node, int]:
    pairs: list[tuple[Node, Node]] = []
    names: set[str] = set()
    at = _skip(text, begin + 1)
    while text[at : at + 1] != "}":
        if text[at : at + 1] != '"':
            raise JSONDecodeError("a key in double quotes is missing", text, at)
        name, end = _DECODER.raw_decode(text, at)
        if name in names:
            raise JSONDecodeError(f"{name!r} occurs twice", text, at)
        names.add(name)
        key = yaml_nodes.scalar(yaml_nodes.storable(name), at, end, '"')
        at = _expect(text, end, ":")
        value, at = _value(text, at, depth + 1)
        pairs.append((key, value))
        at = _next(text, at, "}")
    return MappingNode(yaml_nodes.TAG, pairs, yaml_nodes.mark(begin), yaml_nodes.mark(at + 1), flow_style=True), at + 1


def _array(text: str, begin: int, depth: int) -> tuple[Node, int]:
    members: list[Node] = []
    at = _skip(text, begin + 1)
    while text[at : at + 1] != "]":
        member, at = _value(text, at, depth + 1)
        members.append(member)
        at = _next(text, at, "]")
    return SequenceNode(
        yaml_nodes.TAG, members, yaml_nodes.mark(begin), yaml_nodes.mark(at + 1), flow_style=True
    ), at + 1


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _expect(text: str, at: int, sign: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != sign:
        raise JSONDecodeError(f"{sign!r} is missing", text, at)
    return _skip(text, at + 1)


def _next(text: str, at: int, end: str) -> int:
    """Return the offset after a comma, or of the closing bracket."""
    at = _skip(text, at)
    if text[at : at + 1] == end:
        return at
    at = _expect(text, at, ",")
    if text[at : at + 1] == end:
        raise JSONDecodeError("a comma stands before the end", text, at)
    return at


# --- single values


def read(raw: str) -> Node:
    """Return the node of a single value. Raises ValueError if it is no JSON."""
    at = _skip(raw, 0)
    node, end = _value(raw, at, 0)
    if raw[end:].strip():
        raise JSONDecodeError("more than one value", raw, end)
    return node


def write(raw: str, value: Any) -> str:
    """Return a value as JSON on one line; a bare number or boolean stays bare if the new value is one too."""
    if isinstance(value, str) and not raw.lstrip().startswith(('"', "[", "{", "null")) and _is_bare(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_bare(value: str) -> bool:
    return re.fullmatch(r"true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", value) is not None
