"""Line breaks within a paragraph: a space on the page, except in Chinese, which has none (CSS Text 4.1.3).

A break between two Chinese or Japanese characters or full-width marks is removed; next to a Latin letter or a digit it
stays.
"""

from __future__ import annotations

import re
from itertools import pairwise

from episodes.rendering.html_tokens import name_of

_WIDE = (
    "\u2e80-\u2fdf\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff9f\U00020000-\U0003ffff"
)
# Quotation marks, ellipsis and dashes occur in both scripts: the character on the other side decides.
_EITHER = "“”‘’…—–·"
_IS_WIDE, _IS_EITHER = re.compile(f"[{_WIDE}]"), re.compile(f"[{_EITHER}]")
_BREAK = re.compile(
    rf"(?<=[{_WIDE}])[ \t]*+\r?\n[ \t]*(?=[{_WIDE}{_EITHER}])|(?<=[{_EITHER}])[ \t]*+\r?\n[ \t]*(?=[{_WIDE}])"
)
_BOLD_LINE = re.compile(r"(?:.*<br>)?\s*<(strong|b)(?: [^<>]*)?>[^<>]*</\1>\s*")


def unwrapped(text: str) -> str:
    """Return plain text without the line breaks between Chinese characters; empty lines stay."""
    return _BREAK.sub("", text) if "\n" in text else text


def join_lines(pieces: list[str]) -> None:
    """Remove the same line breaks from HTML. pieces: `blocks_of` one text, changed in place.

    A line all in bold is a caption without a mark, and remains a line.
    """
    for index in range(0, len(pieces), 2):
        if "\n" in pieces[index] and not (index and name_of(pieces[index - 1]) == "pre"):
            pieces[index] = _joined(pieces[index].split("\n"))


def _joined(lines: list[str]) -> str:
    parts = [lines[0]]
    for line, following in pairwise(lines):
        if not _meet(_last(line), _first(following)):
            parts.append("\n")
        elif _BOLD_LINE.fullmatch(line):
            parts.append("<br>\n")
        parts.append(following)
    return "".join(parts)


def _meet(before: str, after: str) -> bool:
    wide_before, wide_after = _IS_WIDE.match(before), _IS_WIDE.match(after)
    return bool((wide_before and (wide_after or _IS_EITHER.match(after))) or (wide_after and _IS_EITHER.match(before)))


def _last(line: str) -> str:
    """Return the last character before trailing tags and blanks; "" if the line ends with a break."""
    if line.endswith("<br>"):
        return ""
    end = len(line.rstrip(" \t"))
    while end and line[end - 1] == ">":
        end = max(line.rfind("<", 0, end), 0)
    return line[max(end - 1, 0) : end]


def _first(line: str) -> str:
    """Return the first character after leading tags and blanks."""
    begin = len(line) - len(line.lstrip(" \t"))
    while line[begin : begin + 1] == "<":
        begin = line.find(">", begin) + 1 or len(line)
    return line[begin : begin + 1]
