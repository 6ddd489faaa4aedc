"""YAML of notes, with every scalar as text. Pure Python over PyYAML's C parser.

YAML 1.1 turns 12:30 into 750, no into False and 2025-13-45 into an error; as text nothing is lost or refused.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

# Levels of nesting: more is an attack on the recursion, not metadata.
DEEPEST = 20
_NULLS = {"", "~", "null", "Null", "NULL"}
# Characters that libyaml refuses, breaks a line at (YAML 1.2 does not) or drops at the start of a line.
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_ESCAPED = re.compile(rf'[\\\\"\r\n]|{UNREADABLE.pattern}')
_INSTEAD = {"\x85": " ", "\u2028": " ", "\u2029": " ", "\ufeff": "\u2060"}
_ANCHOR = re.compile(r"(?:^|[\s\[\]{},:?!-])[&*][0-9A-Za-z_-]", re.MULTILINE)
_STEEP = re.compile(r"(?:^|[\n\r])[ \t?:-]{8}")


class TextLoader(yaml.CBaseLoader):
    """Loader that resolves every scalar to text."""


def readable(text: str) -> str:
    """Return the text with characters that the YAML reader cannot handle replaced one by one; offsets stay."""
    if not UNREADABLE.search(text):
        return text
    return UNREADABLE.sub(lambda match: _INSTEAD.get(match[0], "\ufffd"), text)


def compose(text: str) -> Node | None:
    """Return the node tree of one YAML document. The caller must refuse aliases (`has_alias`) first.

    Raises yaml.YAMLError if it is no YAML or nested deeper than DEEPEST.
    """
    text = readable(text)
    if text.count("[") + text.count("{") > DEEPEST or _STEEP.search(text):
        _refuse_depths(text)
    loader = TextLoader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _refuse_depths(text: str) -> None:
    """Raise if the nesting is too deep: libyaml's composer is recursive, and 200,000 brackets crash the process."""
    depth = 0
    for event in yaml.parse(text, Loader=TextLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(None, None, f"nested deeper than {DEEPEST}", mark)


def has_alias(text: str) -> int | None:
    """Return the line (0-based) of the first anchor or alias, or None. Nested aliases can expand to gigabytes."""
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
    """Return whether a node is missing or null."""
    return node is None or (isinstance(node, ScalarNode) and node.style in (None, "") and node.value in _NULLS)


def scalar_text(node: ScalarNode) -> str:
    """Return the text of a scalar as a column can store it.

    All readers of values use this: a difference between two of them would count as an edit.
    """
    # "\0" in double quotes is a NUL, which PostgreSQL cannot store.
    return node.value.replace("\x00", "\ufffd")


def value_of(node: Node | None) -> Any:
    """Return a node as text, None, list or dict. A key that is a list or mapping becomes its text."""
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
    """Return the end of a node's own text.

    The end mark of a block list or mapping lies at the next key, after any comments.
    """
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        return node.end_mark.index
    last = node.value[-1]
    if isinstance(node, SequenceNode):
        return end_of(last)
    return max(end_of(last[0]), end_of(last[1]))


def text_of(node: Node | None, source: str) -> str | None:
    """Return the text of a scalar; of any other node its source, on one line."""
    if node is None or is_null(node):
        return None
    if isinstance(node, ScalarNode):
        return scalar_text(node)
    return " ".join(source[node.start_mark.index : end_of(node)].split())


def items_of(node: Node | None, source: str) -> list[str]:
    """Return the items of a list as texts, without empty ones.

    A single string is a list of one; null, '' and the string '[]' are empty.
    """
    if isinstance(node, SequenceNode):
        members = [text_of(child, source) for child in node.value]
    else:
        members = [text_of(node, source)]
        if members[0] is not None and members[0].strip() == "[]":
            members = []
    return [member for member in members if member and member.strip()]


def _standalone(raw: str) -> tuple[Node | None, str]:
    """Return the node of a value outside its context, and the source that its marks refer to.

    A value that begins with `---` would be read as a document marker, so it is read as a list item.
    """
    if not raw.startswith(("---", "...")):
        return compose(raw), raw
    root = compose("- " + raw)
    return (root.value[0] if isinstance(root, SequenceNode) else root), "- " + raw


def read_any(raw: str) -> Any:
    """Return a value as text, None, list or dict. Raises yaml.YAMLError if it is no YAML."""
    return value_of(_standalone(raw)[0])


def read_scalar(raw: str) -> str | None:
    """Return text or None. Anything but a scalar (`a: b` without quotes, a list) reads as its source, on one line."""
    try:
        return text_of(*_standalone(raw))
    except yaml.YAMLError:
        return " ".join(raw.split())


def read_number(text: str) -> int | None:
    """Return a whole number of at most nine digits, which every integer column holds; else None."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def read_list(raw: str) -> list[str]:
    """Return a list of texts. Raises yaml.YAMLError if it is no YAML."""
    return items_of(*_standalone(raw))


def scalar(value: Any) -> str:
    """Return a scalar on one line, quoted so that it is valid in block and in flow context."""
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if re.search(r"[\r\n]", text) or UNREADABLE.search(text):
        return '"' + _ESCAPED.sub(_escape, text) + '"'
    # Within a flow list PyYAML writes all the quotes that any context needs.
    return _dumped([text]).strip()[1:-1].removeprefix("! ")


def _escape(match: re.Match[str]) -> str:
    return {"\n": "\\n", "\r": "\\r", "\\": "\\\\", '"': '\\"'}.get(match[0]) or f"\\u{ord(match[0]):04x}"


def _dumped(value: Any) -> str:
    """Return YAML on one line, by the Python emitter: the C emitter escapes every emoji."""
    return yaml.dump(
        value, Dumper=yaml.SafeDumper, allow_unicode=True, default_flow_style=True, sort_keys=False, width=2**30
    )


def _in_place(raw: str, written: str) -> str:
    """Return a written value with the blank before it and the line break after it that its place needs.

    `key:` without a value needs a blank; a block scalar includes the line break before the next key.
    """
    before = "" if raw and not raw[0].isspace() else " "
    return before + written + raw[len(raw.rstrip("\r\n")) :]


def write_scalar(raw: str, value: Any) -> str:
    """Return a scalar in place of `raw`."""
    return _in_place(raw, scalar(value))


def write_list(raw: str, value: Any) -> str:
    """Return a list in place of `raw`: a block list keeps its layout, anything else becomes a flow list."""
    block = re.match(r"(?:[ \t]*\r?\n)?([ \t]*)-[ \t]+(?=\S)", raw)
    if not (block and value):
        return _in_place(raw, "[" + ", ".join(scalar(item) for item in value or ()) + "]")
    newline = "\r\n" if "\r\n" in raw else "\n"
    between = newline + block[1] + "- "
    return block[0] + between.join(scalar(item) for item in value)


def write_any(raw: str, value: Any) -> str:
    """Return any value in place of `raw`, as flow YAML."""
    return _in_place(raw, _dumped(value).removesuffix("\n").removesuffix("\n..."))
