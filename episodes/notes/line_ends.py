"""Line ends of notes: old Mac files end a line with a carriage return alone, as YAML and CommonMark allow."""

from __future__ import annotations

import re

_LONE_RETURN = re.compile(r"\r(?!\n)")


def with_line_feeds(text: str) -> str:
    """Return the text with a line feed for every carriage return that stands alone: the same length, so that spans in
    the one are spans in the other.
    """
    return _LONE_RETURN.sub("\n", text) if "\r" in text else text


def ends_lines_with_returns(text: str) -> bool:
    """Return whether carriage returns alone end all lines of a text that has more than one."""
    return "\r" in text and "\n" not in text


def like(original: str, text: str) -> str:
    """Return `text`, whose lines end with line feeds, with the line ends of an original for which
    `ends_lines_with_returns` holds; else as it is.
    """
    return text.replace("\r\n", "\r").replace("\n", "\r") if ends_lines_with_returns(original) else text
