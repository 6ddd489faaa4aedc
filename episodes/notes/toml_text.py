"""TOML headers of notes, with every scalar as text as in YAML headers. Pure Python over tomllib.

tomllib gives values without positions; a small scanner finds those of the keys before the first table. A value whose
position is uncertain is read and never written.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

from yaml.nodes import Node, SequenceNode

from episodes.notes import yaml_nodes

# Levels of nesting: more is an attack on the recursion, not metadata.
DEEPEST = 20
_KEY = re.compile(r"([A-Za-z0-9_-]+|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*')((?:[ \t]*\.[ \t]*[\w\"'-]+)*)[ \t]*=[ \t]*")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[^\s,\]}#]+(?: \d\d:\d\d[^\s,\]}#]*)?")
_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TRUTH = re.compile(r"true|false")
_NUMBER = re.compile(r"0|[1-9]\d{0,17}")
_ENDS = (
    ('"""', re.compile(r'(?:[^\\]|\\.)*?"{3,5}', re.DOTALL)),
    ("'''", re.compile(r".*?'{3,5}", re.DOTALL)),
    ('"', re.compile(r'(?:[^"\\\n]|\\.)*"')),
    ("'", re.compile(r"[^'\n]*'")),
)

# Name, node of the value, and its span; None if that is uncertain.
Pair = tuple[str, Node, tuple[int, int] | None]


def pairs(source: str) -> list[Pair]:
    """Return the keys of a document in order. Raises ValueError if it is no TOML or nested too deep."""
    try:
        values = tomllib.loads(source)
    except RecursionError:
        raise ValueError(f"nested deeper than {DEEPEST}") from None
    if _depth(values) > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    by_name: dict[str, Pair] = {}
    for name, begin, end in _places(source):
        node = _verified_node(source, begin, end, values.get(name))
        if node is not None and name not in by_name:
            by_name[name] = (name, node, (begin, end))
    return [by_name.get(name) or (name, yaml_nodes.of_value(value), None) for name, value in values.items()]


def _depth(value: Any) -> int:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return 1 + max(map(_depth, inner), default=0)
    return 0


def _verified_node(source: str, begin: int, end: int, value: Any) -> Node | None:
    """Return the node of source[begin:end] if that, read alone, is the value; else None."""
    try:
        if tomllib.loads("v = " + source[begin:end]) != {"v": value}:
            return None
    except (ValueError, RecursionError):
        return None
    return _node(source, begin, end, value)


def _places(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield (name, begin, end) of the values before the first table, up to the first unclear one."""
    at = _skip(source, 0)
    while (key := _KEY.match(source, at)) is not None:
        end = _value_end(source, key.end())
        if end is None or not _BLANK.match(source, end):
            return
        if not key[2]:
            yield next(iter(tomllib.loads(f"{key[1]} = 1"))), key.end(), end
        at = _skip(source, end)


def _skip(source: str, at: int) -> int:
    space = _SPACE.match(source, at)
    return space.end() if space else at


def _value_end(source: str, at: int) -> int | None:
    for sign, closing in _ENDS:
        if source.startswith(sign, at):
            match = closing.match(source, at + len(sign))
            return match.end() if match else None
    if source[at : at + 1] in ("[", "{"):
        return _collection_end(source, at)
    bare = _BARE.match(source, at)
    return bare.end() if bare else None


def _collection_end(source: str, at: int) -> int | None:
    depth = 0
    while at < len(source):
        sign = source[at]
        if sign in "[{":
            depth, at = depth + 1, at + 1
        elif sign in "]}":
            depth, at = depth - 1, at + 1
            if not depth:
                return at
        elif sign in "\"'":
            end = _value_end(source, at)
            if end is None:
                return None
            at = end
        elif sign == "#":
            at = _skip(source, at)
        else:
            at += 1
    return None


def _node(source: str, begin: int, end: int, value: Any) -> Node:
    if isinstance(value, list):
        members = _members(source, begin, value)
        return SequenceNode(yaml_nodes.TAG, members, yaml_nodes.mark(begin), yaml_nodes.mark(end), flow_style=True)
    if isinstance(value, dict):
        return yaml_nodes.of_value(value, begin, end)
    if isinstance(value, str):
        return yaml_nodes.scalar(yaml_nodes.storable(value), begin, end, source[begin])
    return yaml_nodes.scalar(source[begin:end], begin, end, None)


def _members(source: str, begin: int, values: list[Any]) -> list[Node]:
    nodes: list[Node] = []
    at = begin + 1
    for value in values:
        at = _skip(source, at)
        end = _value_end(source, at)
        if end is None:
            raise ValueError("a list that cannot be followed")
        nodes.append(_node(source, at, end, value))
        at = _skip(source, end)
        at += source[at : at + 1] == ","
    return nodes


# --- single values


def read(raw: str) -> Node:
    """Return the node of a single value. Raises ValueError if it is no TOML."""
    try:
        value = tomllib.loads("v = " + raw)
    except RecursionError:
        raise ValueError(f"nested deeper than {DEEPEST}") from None
    if set(value) != {"v"}:
        raise ValueError("more than one value")
    stripped = raw.strip()
    return _node(stripped, 0, _value_end(stripped, 0) or len(stripped), value["v"])


def write(raw: str, value: Any) -> str:
    """Return a value as TOML on one line; a bare date, number or boolean stays bare if the new value is one too."""
    if value is None:
        return '""'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(write("", each) for each in value) + "]"
    if isinstance(value, dict):
        inner = ", ".join(f"{_string(str(key))} = {write('', each)}" for key, each in value.items())
        return "{ " + inner + " }" if inner else "{}"
    return str(value) if _stays_bare(raw.strip(), str(value)) else _string(str(value))


def _stays_bare(raw: str, value: str) -> bool:
    if not raw or raw[0] in "\"'[{":
        return False
    shape = next((shape for shape in (_DATE, _TRUTH, _NUMBER) if shape.fullmatch(raw)), None)
    if shape is None or not shape.fullmatch(value):
        return False
    return shape is not _DATE or _is_day(value)


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _string(text: str) -> str:
    # JSON's escapes are valid in TOML; DEL is the one character that TOML must escape in addition.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
