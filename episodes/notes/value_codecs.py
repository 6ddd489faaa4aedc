"""Codecs of segments: reading their text as a value, and writing another value in its place.

Two laws, tested on real notes and with hypothesis:
    write(codec, raw, read(codec, raw)) == raw            unchanged values stay byte for byte
    read(codec, write(codec, raw, value)) == value        for every value that the codec accepts
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from yaml.nodes import Node

from episodes.notes import (
    json_text,
    timecodes,
    toml_text,
    yaml_text,
)
from episodes.notes.line_ends import with_line_feeds


@dataclass(frozen=True, slots=True)
class Codec:
    """Functions that read a segment's text as a value, and write a value over it."""

    read: Callable[[str], Any]
    write: Callable[[str, Any], str]


_LINE_BREAK = re.compile(r"\s*[\r\n]\s*")


def _one_line(raw: str, value: Any) -> str:
    return _LINE_BREAK.sub(" ", str(value).strip())


_MINUTES = re.compile(r"(\d+)")


def _read_minutes(raw: str) -> int | None:
    """Return the seconds of a number of minutes, or of a time code written by `_write_minutes`."""
    match = _MINUTES.search(raw)
    if match is None or (seconds := timecodes.parse(raw)) is not None:
        return seconds if match else None
    return int(match[1]) * 60


def _write_minutes(raw: str, value: Any) -> str:
    """Return a number of minutes; a time code if the value is not whole minutes, or the note has one already."""
    if int(value) % 60 or timecodes.parse(raw) is not None:
        return timecodes.format(value)
    minutes = str(int(value) // 60)
    return _MINUTES.sub(minutes, raw, count=1) if _MINUTES.search(raw) else minutes


def _dedent(raw: str) -> str:
    return re.sub(r"\n[ \t]+", "\n", raw)


def _indent(raw: str, value: Any) -> str:
    return re.sub(r"\n(?=[^\n])", "\n    ", str(value))


# Names in one scalar between commas of three scripts, without the blanks around them.
NAMES = re.compile(r"[^,，、\s](?:[^,，、]*[^,，、\s])?")
_PLAIN_NAME = re.compile(r"\w[\w .·・&()（）/+’-]*")


def _write_name(raw: str, value: Any) -> str:
    name = " ".join(str(value).split())
    if not _PLAIN_NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot stand between commas in a line of names: write the whole list with yaml_names"
        )
    return name


def _read_label(raw: str) -> str | None:
    return next(iter(yaml_text.read_list(raw)), None)


def _write_label(raw: str, value: Any) -> str:
    if value is None or NAMES.findall(str(value)) == [str(value)]:
        return yaml_text.write_scalar(raw, value)
    return yaml_text.write_list("[]", [value])  # within a list item, a comma does not separate names


def _read_names(raw: str) -> list[str]:
    value = yaml_text.read_any(raw)
    return NAMES.findall(value) if isinstance(value, str) else yaml_text.read_list(raw)


def _write_names(raw: str, value: Any) -> str:
    names = [str(name) for name in value or ()]
    line = ", ".join(names)
    # Only names that are found unescaped in the line can be located there.
    plain = line in yaml_text.scalar(line) and all(NAMES.findall(name) == [name] for name in names)
    if plain and not raw.lstrip().startswith(("-", "[")):
        return yaml_text.write_scalar(raw, line)
    return yaml_text.write_list(raw, names)


CODECS: dict[str, Codec] = {
    # Markdown or prose, verbatim.
    "text": Codec(lambda raw: raw, lambda raw, value: str(value)),
    # One line; a line break in the new value would start another element of the note.
    "line": Codec(lambda raw: raw, _one_line),
    # Several lines under a bullet, indented by four.
    "indented": Codec(_dedent, _indent),
    "time": Codec(timecodes.parse, lambda raw, value: timecodes.format(value)),
    "integer": Codec(lambda raw: int(raw) if raw.isascii() and raw.isdigit() else None, lambda raw, value: str(value)),
    "minutes": Codec(_read_minutes, _write_minutes),
    # A YAML scalar read as text: never a number, a truth value or a date.
    "yaml": Codec(yaml_text.read_scalar, yaml_text.write_scalar),
    # A YAML list (block, flow, a single string, null) read as a list of texts.
    "yaml_list": Codec(yaml_text.read_list, yaml_text.write_list),
    # A YAML list or a comma-separated scalar of names; a single name in such a scalar; one name between commas, which
    # raises ValueError for a name that contains one.
    "yaml_names": Codec(_read_names, _write_names),
    "yaml_label": Codec(_read_label, _write_label),
    "name": Codec(lambda raw: raw, _write_name),
    # Anything else in YAML, kept verbatim for `extra`.
    "yaml_any": Codec(yaml_text.read_any, yaml_text.write_any),
}


def _header_codecs(
    prefix: str, node_of: Callable[[str], Node], write: Callable[[str, Any], str]
) -> Iterator[tuple[str, Codec]]:
    """Yield the codecs of a header in another format than YAML, equivalent to those of YAML.

    prefix: of the codecs' names.
    """

    def read_any(raw: str) -> Any:
        return yaml_text.value_of(node_of(raw))

    def read_text(raw: str) -> str | None:
        try:
            return yaml_text.text_of(node_of(raw), raw.strip())
        except ValueError:
            return " ".join(raw.split())

    def read_list(raw: str) -> list[str]:
        return yaml_text.items_of(node_of(raw), raw.strip())

    def read_names(raw: str) -> list[str]:
        value = read_any(raw)
        return NAMES.findall(value) if isinstance(value, str) else read_list(raw)

    def write_list(raw: str, value: Any) -> str:
        return write("[]", [str(each) for each in value or ()])

    def write_names(raw: str, value: Any) -> str:
        names = [str(name) for name in value or ()]
        line = ", ".join(names)
        plain = line in write('""', line) and all(NAMES.findall(name) == [name] for name in names)
        return write('""', line) if plain and not raw.lstrip().startswith("[") else write_list(raw, names)

    def write_label(raw: str, value: Any) -> str:
        single = value is None or NAMES.findall(str(value)) == [str(value)]
        return write('""', value) if single else write_list(raw, [value])

    yield prefix, Codec(read_text, lambda raw, value: write(raw, value if value is None else str(value)))
    yield f"{prefix}_any", Codec(read_any, write)
    yield f"{prefix}_list", Codec(read_list, write_list)
    yield f"{prefix}_names", Codec(read_names, write_names)
    yield f"{prefix}_label", Codec(lambda raw: next(iter(read_list(raw)), None), write_label)


CODECS.update(_header_codecs("json", json_text.read, json_text.write))
CODECS.update(_header_codecs("toml", toml_text.read, toml_text.write))
# Codecs whose value may be removed: elsewhere the line would mean something else without it.
MAY_BE_EMPTY = ("yaml", "json", "toml")


def read(codec: str, raw: str) -> Any:
    """Return the value of a segment's text."""
    return CODECS[codec].read(with_line_feeds(raw))


def write(codec: str, raw: str, value: Any) -> str:
    """Return the text for a value in place of `raw`; `raw` itself if it already reads as that value."""
    implementation, lines = CODECS[codec], with_line_feeds(raw)
    if implementation.read(lines) == value:
        return raw
    return implementation.write(lines, value)
