"""Plain text put into Markdown and other formats that go line by line."""

from __future__ import annotations

import re

from episodes.rendering.html_to_markdown import escaped, escaped_start
from episodes.rendering.soft_breaks import unwrapped

# XML has no way to write these, and a feed with one of them is no XML for any reader.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def for_xml(text: str) -> str:
    return _NOT_XML.sub("", text)


def one_line(text: str) -> str:
    return " ".join(unwrapped(text).split())


def literal(text: str) -> str:
    """Text that Markdown shows as it is: what the page shows without Markdown must not get any here."""
    return "\n".join(escaped_start(escaped(line)) for line in text.strip().splitlines())


def quoted(markdown: str) -> str:
    """As a block quote."""
    return "\n".join(f"> {line}".rstrip() for line in markdown.strip().splitlines())
