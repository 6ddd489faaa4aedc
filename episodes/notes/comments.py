r"""Comments in Markdown: kept in the note, never shown. Pure Python, linear in the length of the text.

    <!-- HTML -->     nested, or never closed; then up to the end of the text, as browsers read it
    %% Obsidian %%    within a line or over many; `50%%` is a percentage
    {% comment %} … {% endcomment %}   Jekyll, Liquid, Twig
    {# … #}           Nunjucks, Jinja, Twig
    {{/* … */}}  {{< comment >}} … {{< /comment >}}   Hugo
    {/* … */}         MDX
    {>> … <<}         CriticMarkup
    [//]: # (…)       a link definition without target; [comment]: <> (…) and similar ones
    #+begin_comment … #+end_comment    Org
    \begin{comment} … \end{comment}    LaTeX

Marks within fenced code and code spans are code. An opening mark that is never closed hides everything after it: an
editor notices missing text, whereas published comments are noticed by visitors.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

Span = tuple[int, int]

# Before a fence: indentation, quotation marks, bullets.
_MARGIN = r"(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*"
_OPENING = re.compile(
    rf"""
      (?:^{_MARGIN}(?P<fence>`{{3,}}(?=[^`\n]*$)|~{{3,}})[^\n]*)
    | (?P<code>`+)
    | (?P<empty><!--+>)
    | (?P<html><!--)
    | (?P<percent>%%+)
    | (?P<liquid>\{{%-?[ \t]*comment\b[^%\n]{{0,80}}%\}})
    | (?P<hugo>\{{\{{-?[ \t]*/\*)
    | (?P<shortcode>\{{\{{[<%][ \t]*comment[ \t]*[%>]\}}\}})
    | (?P<mdx>\{{/\*)
    | (?P<jinja>\{{\#)
    | (?P<critic>\{{>>)
    | (?:^[ \t]*(?P<org>\#\+begin_comment\b))
    | (?:^[ \t>]*(?P<link>\[(?://|\#|_|comment|_comment_?|hidden|note to self)\]:))
    | (?P<latex>\\begin\{{comment\}})
    """,
    re.MULTILINE | re.VERBOSE | re.IGNORECASE,
)
_CLOSINGS = {
    "liquid": re.compile(r"\{%-?[ \t]*endcomment\b[^%\n]{0,80}%\}", re.IGNORECASE),
    "hugo": re.compile(r"\*/[ \t]*-?\}\}"),
    "shortcode": re.compile(r"\{\{[<%][ \t]*/[ \t]*comment[ \t]*[%>]\}\}", re.IGNORECASE),
    "mdx": re.compile(r"\*/\}"),
    "jinja": re.compile(r"#\}"),
    "critic": re.compile(r"<<\}"),
    "org": re.compile(r"^[ \t]*#\+end_comment\b[^\n]*", re.MULTILINE | re.IGNORECASE),
    "latex": re.compile(r"\\end\{comment\}"),
}
# A quick test: nearly all texts have no comment.
_ANY = re.compile(r"<!--|%%|\{[%{/#>]|\]:|#\+begin_c|\\begin\{c", re.IGNORECASE)
# The second newline is not consumed: it begins the next blank line.
_BLANK_LINE = re.compile(r"\n(?=[ \t>]*\n)")
_REST_BLANK = re.compile(r"[ \t]{0,40}\r?(?:\n|\Z)")
_HTML_MARK = re.compile(r"<!--+>|<!--|--!?>")
_DELIMITED = {"(": ")", '"': '"', "'": "'"}


def without_comments(text: str) -> str:
    """Return Markdown or plain text without its comments; the same object if there are none."""
    spans = comments(text)
    if not spans:
        return text
    pieces, at = [], 0
    for begin, end in spans:
        begin, end, instead = _whole_lines(text, begin, end)
        pieces += [text[at : max(at, begin)], instead]
        at = max(at, end)
    return "".join([*pieces, text[at:]])


def _whole_lines(text: str, begin: int, end: int) -> tuple[int, int, str]:
    """Extend a comment to whole lines if nothing else is on them; return (begin, end, replacement).

    The replacement keeps the paragraphs before and after it apart.
    """
    line, stop = text.rfind("\n", 0, begin) + 1, text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    if begin - line > 200 or stop - end > 200 or text[line:begin].strip(" \t>") or text[end:stop].strip():
        return begin, end, ""
    following = text[stop + 1 : stop + 2]
    listed = following in ("", "\n", "\r", " ", "\t", ">", "-", "*", "+", "|") or following.isdigit()
    return line, min(stop + 1, len(text)), "" if listed else "\n"


class Marked(NamedTuple):
    """Spans of comments (with their marks) and of code, in order. unclosed: starts of comments without an end."""

    comments: tuple[Span, ...] = ()
    code: tuple[Span, ...] = ()
    unclosed: tuple[int, ...] = ()


@lru_cache(maxsize=4)
def marked(text: str) -> Marked:
    """Return the comments and the code of a text; none of them overlap."""
    if "`" not in text and "~~~" not in text and not _ANY.search(text):
        return Marked()
    reader = _Comments(text)
    spans = tuple(reader.spans())
    return Marked(spans, tuple(reader.code), tuple(reader.unclosed))


def comments(text: str) -> tuple[Span, ...]:
    """Return (begin, end) of every comment with its marks, in order, never overlapping."""
    return marked(text).comments if _ANY.search(text) else ()


class _Comments:
    """Finds comments in one pass from left to right.

    Results of searches ahead are remembered: without that, a text of nothing but marks would take quadratic time.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.unclosed: list[int] = []
        self.code: list[Span] = []
        self._missing: dict[str, int] = {}
        self._unclosed_fence = {"`": len(text) + 1, "~": len(text) + 1}

    def spans(self) -> Iterator[Span]:
        """Yield the span of each comment; collect code and unclosed comments on the way."""
        at = 0
        while mark := _OPENING.search(self.text, at):
            kind = mark.lastgroup or ""
            if kind in ("fence", "code"):
                at = self._end_of_code(mark, kind)
                continue
            begin, end = mark.start(kind), self._end(mark, kind)
            if end > begin:
                yield begin, end
            at = max(end, mark.end())

    # --- code

    def _end_of_code(self, mark: re.Match[str], kind: str) -> int:
        end = self._end_of_fence(mark) if kind == "fence" else self._end_of_code_span(mark)
        if end > mark.end(kind):
            self.code.append((mark.start(kind), end))
        return end

    def _end_of_fence(self, mark: re.Match[str]) -> int:
        sign, length = mark["fence"][0], len(mark["fence"])
        if length < self._unclosed_fence[sign]:
            closing = re.compile(rf"^[ \t>]*{sign}{{{length},}}[ \t]*\r?$", re.MULTILINE).search(self.text, mark.end())
            if closing:
                return closing.end()
            self._unclosed_fence[sign] = length
        return mark.end("fence")

    def _end_of_code_span(self, mark: re.Match[str]) -> int:
        begin, end = mark.span("code")
        before = self.text[max(0, begin - 20) : begin]
        if (len(before) - len(before.rstrip("\\"))) % 2:
            return begin + 1
        runs = self._ticks.get(end - begin, [])
        place = bisect_left(runs, end)
        if place < len(runs) and runs[place] < self._paragraph_end(end):
            return runs[place] + end - begin
        return end

    @cached_property
    def _ticks(self) -> dict[int, list[int]]:
        """Positions of runs of backticks by their length."""
        places: dict[int, list[int]] = {}
        for run in re.finditer("`+", self.text):
            places.setdefault(len(run[0]), []).append(run.start())
        return places

    @cached_property
    def _blank_lines(self) -> list[int]:
        return [match.start() for match in _BLANK_LINE.finditer(self.text)]

    def _paragraph_end(self, offset: int) -> int:
        place = bisect_left(self._blank_lines, offset)
        return self._blank_lines[place] if place < len(self._blank_lines) else len(self.text)

    # --- comments

    def _end(self, mark: re.Match[str], kind: str) -> int:
        """Return the end of the comment that begins with this mark; its beginning if it is none."""
        if kind == "empty":
            return mark.end()
        if kind == "html":
            return self._closed(mark.start(), self._html_ends.get(mark.start()))
        if kind == "percent":
            return self._percent_end(mark)
        if kind == "link":
            return self._link_end(mark.end())
        return self._closing(mark, kind)

    def _closed(self, begin: int, end: int | None) -> int:
        if end is None:
            self.unclosed.append(begin)
            return len(self.text)
        return end

    def _closing(self, mark: re.Match[str], kind: str) -> int:
        if mark.end() < self._missing.get(kind, len(self.text) + 1):
            if closing := _CLOSINGS[kind].search(self.text, mark.end()):
                return closing.end()
            self._missing[kind] = mark.end()
        if kind in ("jinja", "critic", "mdx"):
            # Other languages use these braces too: only a closed one is a comment.
            return mark.start()
        return self._closed(mark.start(), None)

    @cached_property
    def _html_ends(self) -> dict[int, int]:
        """End of each HTML comment by its beginning: of the matching pair, else the next end in the text."""
        pairs: dict[int, int] = {}
        begins: list[int] = []
        ends: list[int] = []
        for mark in _HTML_MARK.finditer(self.text):
            if mark[0] == "<!--":
                begins.append(mark.start())
            elif mark[0][0] == "-":
                ends.append(mark.end())
                if begins:
                    pairs[begins.pop()] = mark.end()
        for begin in begins:
            place = bisect_right(ends, begin)
            if place < len(ends):
                pairs[begin] = ends[place]
        return pairs

    def _link_end(self, offset: int) -> int:
        """Return the end of the line, or of the line that closes the bracket or quote opened in it."""
        line = self.text.find("\n", offset)
        line = len(self.text) if line < 0 else line
        rest = re.compile(r"[ \t]*(?:\S+[ \t]+)?([(\"'])").match(self.text, offset, line)
        if rest is None or _DELIMITED[rest[1]] in self.text[rest.end() : line]:
            return line
        stop = self._paragraph_end(offset)
        closing = self.text.find(_DELIMITED[rest[1]], line, stop)
        if closing < 0:
            return line
        end = self.text.find("\n", closing)
        return len(self.text) if end < 0 else end

    # --- percent signs

    @cached_property
    def _percents(self) -> list[re.Match[str]]:
        return list(re.finditer("%%+", self.text))

    @cached_property
    def _percent_begins(self) -> list[int]:
        return [mark.start() for mark in self._percents]

    def _percent_end(self, mark: re.Match[str]) -> int:
        begin, place = mark.start(), bisect_left(self._percent_begins, mark.end())
        following = self._percents[place] if place < len(self._percents) else None
        paragraph = self._paragraph_end(mark.end())
        near = following is not None and following.start() < paragraph
        if self.text[begin - 1 : begin] == "\\" or (
            self._follows_number(mark) and not self._opens_after_number(following, near)
        ):
            return begin
        if following is None or (not near and not self._is_alone_on_line(mark) and self._opens(following)):
            return self._percent_unclosed(mark, place, paragraph)
        return following.end()

    def _percent_unclosed(self, mark: re.Match[str], place: int, paragraph: int) -> int:
        """Return the end of an unclosed `%%` comment.

        At the beginning of a line it hides everything up to the end of the next comment, or of the text; within a line
        the rest of its paragraph. A rule of percent signs hides nothing.
        """
        if len(mark[0]) > 3:
            return mark.start()
        self.unclosed.append(mark.start())
        if not self._begins_line(mark):
            return paragraph
        return self._percents[place + 1].end() if place + 1 < len(self._percents) else len(self.text)

    def _follows_number(self, mark: re.Match[str]) -> bool:
        """Return whether the mark follows a number: `50%%`."""
        return self.text[mark.start() - 1 : mark.start()].isdigit()

    def _opens_after_number(self, following: re.Match[str] | None, near: bool) -> bool:
        """Return whether a mark after a number opens a comment nevertheless: `2024%%a remark%%`."""
        return following is not None and near and not self._follows_number(following) and not self._opens(following)

    def _opens(self, mark: re.Match[str]) -> bool:
        """Return whether the mark looks like the beginning of a comment, not like its end."""
        before, after = self.text[mark.start() - 1 : mark.start()], self.text[mark.end() : mark.end() + 1]
        return (not before or before.isspace()) and bool(after) and not after.isspace()

    def _begins_line(self, mark: re.Match[str]) -> bool:
        line = self.text.rfind("\n", 0, mark.start()) + 1
        return not self.text[max(line, mark.start() - 40) : mark.start()].strip(" \t>-*+")

    def _is_alone_on_line(self, mark: re.Match[str]) -> bool:
        return self._begins_line(mark) and _REST_BLANK.match(self.text, mark.end()) is not None
