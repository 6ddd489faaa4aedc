"""Parts of a Markdown text that are not prose: fenced code, code spans, comments. Markup in them has no meaning.

One pass from left to right finds all three, because each can hold the others' marks: a backtick inside a comment must
not open a code span that hides the next comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

TOKEN = re.compile(
    r"^(?P<indent>[ \t]*+(?:>[ \t]*+)*+(?:(?:[-*+]|\d{1,3}[.)])[ \t]++)?+)"
    r"(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})(?P<info>[^\n]*)$|(?P<comment><!--)|(?P<code>`+)",
    re.M,
)
NO_QUOTE = re.compile(r"^(?![ \t]*>)", re.M)
BLANK_LINE = re.compile(r"\n[ \t]*(?=\n)")


class Region(NamedTuple):
    """`text[begin:end]` with its marks; `inner` is the text between them, `info` the word after a fence.

    indent: the beginning of a fence's line: white space, quotation marks, the mark of a list item.
    """

    kind: Literal["fence", "code", "comment"]
    begin: int
    end: int
    inner: str
    info: str = ""
    indent: str = ""


def regions(text: str) -> Iterator[Region]:
    """Yield fences, code spans and comments in order, never overlapping. Unclosed ones are prose."""
    search = _Search(text)
    position = 0
    while token := TOKEN.search(text, position):
        region = search.region(token)
        if region:
            yield region
        position = region.end if region else search.after(token)


class _Search:
    """Finds closing marks.

    Failed searches are remembered: without that, a text of nothing but opening marks would take quadratic time.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.last_comment_end = text.rfind("-->")
        self.unclosed_fence = {"`": len(text), "~": len(text)}
        self.paragraph_end = 0

    def region(self, token: re.Match[str]) -> Region | None:
        """Return the region that a mark opens, or None."""
        if token["fence"]:
            return self.fence(token)
        return self.comment(token) if token["comment"] else self.code(token)

    def after(self, token: re.Match[str]) -> int:
        """Return where to continue after a mark that opens nothing: its line may still hold a comment."""
        return token.end("fence") if token["fence"] else token.start() + 1 if self.escaped(token) else token.end()

    def fence(self, token: re.Match[str]) -> Region | None:
        """Return the region of a fence, or None."""
        mark = token["fence"]
        if ">" in token["indent"]:
            return self.quoted_fence(token)
        if len(mark) >= self.unclosed_fence[mark[0]]:
            return None
        closing = re.compile(rf"^[ \t]*{mark}{mark[0]}*[ \t]*$", re.M).search(self.text, token.end())
        if not closing:
            self.unclosed_fence[mark[0]] = len(mark)
            return None
        inner = self.text[token.end() + 1 : closing.start()]
        return Region("fence", token.start(), closing.end(), inner, token["info"].strip(), token["indent"])

    def quoted_fence(self, token: re.Match[str]) -> Region:
        """Return fenced code in a quotation; it ends with the quotation at the latest."""
        mark, depth = token["fence"], token["indent"].count(">")
        after = NO_QUOTE.search(self.text, token.end())
        end_of_quote = after.start() - 1 if after else len(self.text)
        closing = re.compile(rf"^[ \t]*(?:>[ \t]*)+{mark}{mark[0]}*[ \t]*$", re.M).search(
            self.text, token.end(), end_of_quote
        )
        inner_end, end = closing.span() if closing else (end_of_quote, end_of_quote)
        inner = re.sub(rf"^(?:[ \t]*>[ \t]?){{1,{depth}}}", "", self.text[token.end() + 1 : inner_end], flags=re.M)
        return Region("fence", token.start(), end, inner, token["info"].strip(), token["indent"])

    def comment(self, token: re.Match[str]) -> Region | None:
        """Return the region of a comment, or None."""
        if self.last_comment_end < token.end():
            return None
        inner_end = self.text.index("-->", token.end())
        return Region("comment", token.start(), inner_end + 3, self.text[token.end() : inner_end])

    def code(self, token: re.Match[str]) -> Region | None:
        """Return the region of a code span, or None."""
        length = len(token["code"])
        if self.paragraph_end <= token.start():
            blank = BLANK_LINE.search(self.text, token.end())
            self.paragraph_end = blank.start() if blank else len(self.text)
        if self.escaped(token):
            return None
        closing = re.compile(rf"(?<!`)`{{{length}}}(?!`)").search(self.text, token.end(), self.paragraph_end)
        if not closing:
            return None
        return Region("code", token.start(), closing.end(), self.text[token.end() : closing.start()])

    def escaped(self, token: re.Match[str]) -> bool:
        """Return whether an odd number of backslashes precedes the mark."""
        before = self.text[max(0, token.start() - 20) : token.start()]
        return (len(before) - len(before.rstrip("\\"))) % 2 == 1
