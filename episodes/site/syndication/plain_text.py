"""Plain text for Markdown, XML and line-based formats."""

from __future__ import annotations

import re

from episodes.rendering.html_to_markdown import escaped, escaped_start
from episodes.rendering.soft_breaks import unwrapped

# Characters that XML 1.0 cannot represent.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def for_xml(text: str) -> str:
    """Return the text without characters that XML cannot represent."""
    return _NOT_XML.sub("", text)


def one_line(text: str) -> str:
    """Return the text in one line."""
    return " ".join(unwrapped(text).split())


def literal(text: str) -> str:
    """Escape the text for Markdown, because the page shows it without Markdown too."""
    return "\n".join(escaped_start(escaped(line)) for line in text.strip().splitlines())


def quoted(markdown: str) -> str:
    """Return Markdown as a block quote."""
    return "\n".join(f"> {line}".rstrip() for line in markdown.strip().splitlines())
