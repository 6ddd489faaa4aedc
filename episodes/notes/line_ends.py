"""Line ends of notes, also those of old Mac files: a carriage return alone, as YAML and CommonMark allow."""

from __future__ import annotations

import re

_LONE_RETURN = re.compile(r"\r(?!\n)")


def with_line_feeds(text: str) -> str:
    """Return the text with a line feed for every lone carriage return.

    The length stays the same, so spans in one text are spans in the other.
    """
    return _LONE_RETURN.sub("\n", text) if "\r" in text else text


def ends_lines_with_returns(text: str) -> bool:
    """Return whether all lines of a text with several end with lone carriage returns."""
    return "\r" in text and "\n" not in text


def with_line_ends_of(original: str, text: str) -> str:
    """Return `text` with carriage returns for its line ends if those of `original` are, else unchanged."""
    return text.replace("\r\n", "\r").replace("\n", "\r") if ends_lines_with_returns(original) else text
