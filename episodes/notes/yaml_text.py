"""YAML as notes use it: every scalar is text. Pure Python over PyYAML's C parser.

YAML 1.1 turns 12:30 into 750, no into False and 2025-13-45 into an error; read as text nothing is lost or refused.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

DEEPEST = 20
_NULLS = {"", "~", "null", "Null", "NULL"}
# What libyaml refuses, breaks a line at (YAML 1.2 no longer does) or swallows at the start of a line.
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_ESCAPED = re.compile(rf'[\\\\"\r\n]|{UNREADABLE.pattern}')
_INSTEAD = {"\x85": " ", "\u2028": " ", "\u2029": " ", "\ufeff": "\u2060"}
_ANCHOR = re.compile(r"(?:^|[\s\[\]{},:?!-])[&*][0-9A-Za-z_-]", re.MULTILINE)
_STEEP = re.compile(r"(?:^|[\n\r])[ \t?:-]{8}")


class TextLoader(yaml.CBaseLoader):
    """Resolves every scalar to text."""


def readable(text: str) -> str:
    """The same text, character for character, without what the YAML reader chokes on."""
    if not UNREADABLE.search(text):
        return text
    return UNREADABLE.sub(lambda match: _INSTEAD.get(match[0], "\ufffd"), text)


def compose(text: str) -> Node | None:
    """The node tree of one YAML document. Raises yaml.YAMLError; aliases are the caller's to refuse."""
    text = readable(text)
    if text.count("[") + text.count("{") > DEEPEST or _STEEP.search(text):
        _refuse_depths(text)
    loader = TextLoader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _refuse_depths(text: str) -> None:
    """The C composer calls itself for every level: 200,000 brackets kill the process, not the import."""
    depth = 0
    for event in yaml.parse(text, Loader=TextLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(None, None, f"nested deeper than {DEEPEST}", mark)


def has_alias(text: str) -> int | None:
    """0-based line of the first anchor or alias, or None. A few nested aliases can unfold to gigabytes."""
    text = readable(text)
    if not _ANCHOR.search(text):
        return None
    anchors = (
        event.start_mark
        for event in yaml.parse(text, Loader=TextLoader)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None)
    )
    return next((mark.line for mark in anchors if mark), None)


def is_null(node: Node | None) -> bool:
    return node is None or (isinstance(node, ScalarNode) and node.style in (None, "") and node.value in _NULLS)


def scalar_text(node: ScalarNode) -> str:
    """The text of a scalar as a column can hold it. Every reader of values takes it from here: what one of them cleans
    and another does not would count as an edit.
    """
    # "\0" in double quotes is a NUL, which PostgreSQL cannot store.
    return node.value.replace("\x00", "\ufffd")


def value_of(node: Node | None) -> Any:
    """Text, None, list or dict of a node. A key that is itself a list or mapping becomes its text."""
    if is_null(node):
        return None
    if isinstance(node, ScalarNode):
        return scalar_text(node)
    if isinstance(node, SequenceNode):
        return [value_of(child) for child in node.value]
    assert isinstance(node, MappingNode)
    return {
        scalar_text(key) if isinstance(key, ScalarNode) else str(value_of(key)): value_of(child)
        for key, child in node.value
    }


def end_of(node: Node) -> int:
    """Where a node's own text ends. The end mark of a block list or mapping lies at the next key, past any comment."""
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        return node.end_mark.index
    last = node.value[-1]
    if isinstance(node, SequenceNode):
        return end_of(last)
    return max(end_of(last[0]), end_of(last[1]))


def text_of(node: Node | None, source: str) -> str | None:
    """A scalar's text; anything else as it is written in `source`, on one line."""
    if node is None or is_null(node):
        return None
    if isinstance(node, ScalarNode):
        return scalar_text(node)
    return " ".join(source[node.start_mark.index : end_of(node)].split())


def items_of(node: Node | None, source: str) -> list[str]:
    """Members as texts. One string is a list of one; null, '' and the string '[]' are empty; empty members go."""
    if isinstance(node, SequenceNode):
        members = [text_of(child, source) for child in node.value]
    else:
        members = [text_of(node, source)]
        if members[0] is not None and members[0].strip() == "[]":
            members = []
    return [member for member in members if member and member.strip()]


def _alone(raw: str) -> tuple[Node | None, str]:
    """A value outside its place, and the text its marks count in. Behind a dash, `---` is a value and no document."""
    if not raw.startswith(("---", "...")):
        return compose(raw), raw
    root = compose("- " + raw)
    return (root.value[0] if isinstance(root, SequenceNode) else root), "- " + raw


def read_any(raw: str) -> Any:
    return value_of(_alone(raw)[0])


def read_scalar(raw: str) -> str | None:
    """Text or None. What is no scalar (`a: b` without quotes, a list) reads as it is written, on one line."""
    try:
        return text_of(*_alone(raw))
    except yaml.YAMLError:
        return " ".join(raw.split())


def read_number(text: str) -> int | None:
    """A whole number in at most nine digits, which any integer column holds; None for everything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def read_list(raw: str) -> list[str]:
    return items_of(*_alone(raw))


def scalar(value: Any) -> str:
    """One scalar on one line, in a form that is safe in block and in flow context."""
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if re.search(r"[\r\n]", text) or UNREADABLE.search(text):
        return '"' + _ESCAPED.sub(_escape, text) + '"'
    # A flow list of one is always written with the quotes that any context needs.
    return _dumped([text]).strip()[1:-1].removeprefix("! ")


def _escape(match: re.Match[str]) -> str:
    return {"\n": "\\n", "\r": "\\r", "\\": "\\\\", '"': '\\"'}.get(match[0]) or f"\\u{ord(match[0]):04x}"


def _dumped(value: Any) -> str:
    """On one line, by the Python emitter: the C one writes every emoji as an escape."""
    return yaml.dump(
        value, Dumper=yaml.SafeDumper, allow_unicode=True, default_flow_style=True, sort_keys=False, width=2**30
    )


def _in_place(raw: str, written: str) -> str:
    """`key:` without a value needs a space before one; a block scalar owns the line break before the next key."""
    before = "" if raw and not raw[0].isspace() else " "
    return before + written + raw[len(raw.rstrip("\r\n")) :]


def write_scalar(raw: str, value: Any) -> str:
    return _in_place(raw, scalar(value))


def write_list(raw: str, value: Any) -> str:
    """A block list stays one with its indentation, everything else becomes a flow list, which is valid anywhere."""
    block = re.match(r"(?:[ \t]*\r?\n)?([ \t]*)-[ \t]+(?=\S)", raw)
    if not (block and value):
        return _in_place(raw, "[" + ", ".join(scalar(item) for item in value or ()) + "]")
    newline = "\r\n" if "\r\n" in raw else "\n"
    between = newline + block[1] + "- "
    return block[0] + between.join(scalar(item) for item in value)


def write_any(raw: str, value: Any) -> str:
    return _in_place(raw, _dumped(value).removesuffix("\n").removesuffix("\n..."))
