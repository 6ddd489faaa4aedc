"""Blocks that look like a header and were not read as one. Pure Python, linear in the length of the text.

A header in an unsupported format, a broken one, a second one or one further down: its author believes that it is obeyed
and invisible. It is left out of sections and pages, and reported to editors as an error.

at_top    the block at one position, where a header is expected: any shape
in_text   blocks within a text: only what cannot be prose
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from episodes.notes.comments import comments, marked
from episodes.notes.visibility import normal_key, says_not_public, says_plainly
from episodes.notes.visibility_words import words_of

# Lines: a longer block is no header; the rest is prose.
MAX_LINES = 400
_INVISIBLE = "\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2064\u00ad\u180e"
_BLANK = re.compile(rf"[\s{_INVISIBLE}]*")
_KEY = re.compile(
    r"(?P<loose>(?:[-*+>|][ \t]+)*[*_`]{0,3})(?P<org>\#\+|:(?=\w[\w-]*:)|\.\.[ \t]+|@|%[ \t]*)?[\"'“‘]?"
    r"(?P<key>\w[\w.\-/]{0,40}(?: [\w.\-/]{1,20}){0,2})[\"'”’]?[*_`]{0,3}[ \t]*(?P<sign>::|[:=：＝])[*_`]{0,3}"
    r"(?=[\s\"'\[{(\w]|[^\x00-\x7f]|$)[ \t]*(?P<value>.*)"
)
_DRAWER = re.compile(r":(?:PROPERTIES|LOGBOOK|END):[ \t]*", re.IGNORECASE)
# Continuation of a key: a list, an indented line, a closing bracket, a comment, a TOML table.
_CONTINUED = re.compile(r"[ \t]+\S|-(?:[ \t]|$)|[\]})]+[,;]?[ \t]*$|#(?![#\s]*#{2,} )|//|\[\[?[\w.\"-]+\]\]?[ \t]*$|\"")
_FENCE = re.compile(
    r"[ \t>]*(?P<mark>-{3,}|\+{2,}|;{3,}|={3,}|`{3,}|~{3,}|\*{3,}|_{3,}|%{3,}|"
    r"[\u2010-\u2015\u2212\u30fc\ufe58\ufe63\uff0d\uff0b-]{1,8})"
    rf"[ \t]*(?P<word>[\w.:+=-]{{0,20}})[ \t{_INVISIBLE}\u00a0\u3000]*"
)
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\ufe58\ufe63\uff0d"
_OBJECT = re.compile(
    r"(?:(?:export|const|let|var|default|module\.exports|meta\w*|front\w*|=|:|\s){0,12})\{(?=\s*(?:[\"'“\w]|$))"
)
_END_OF_OBJECT = re.compile(r"^[ \t]*\}\)?[;,]?[ \t]*\r?$", re.MULTILINE)
_KEY_OF_OBJECT = re.compile(r"[\"'“]?(\w[\w.-]{0,40})[\"'”]?[ \t]*[:：=][ \t]*([^\n,]*)")
_LINE_ENDS = re.compile("[\x85\u2028\u2029\x0b\x0c]")
_ENDS = ("", "\n", "\r", "\x85", "\u2028", "\u2029", "\x0b", "\x0c")
# Names of keys that programs read; `host`, `guest` and similar words begin paragraphs too.
_NAMES = words_of(
    "title subtitle date tags tag draft slug layout permalink category categories aliases alias published publish "
    "status exclude private visibility hidden unlisted author authors created updated modified lastmod keywords "
    "description summary excerpt source sourceurl url type id uid cover lang language weight series password access "
    "noindex publishdate pubdate expirydate template filename cssclass cssclasses dgpublish "
    "标题 日期 标签 状态 分类 作者 来源 排除 公开 私密 发布"
)
# Those of the names above that begin no line of prose.
_PROGRAMS = _NAMES - words_of("date author authors description summary source id type language url 日期 作者 来源")


class Unread(NamedTuple):
    """A block text[begin:end] that looks like a header; `line` is its first line with words."""

    begin: int
    end: int
    line: str


# --- where a header is expected


def at_top(text: str, begin: int = 0) -> Unread | None:
    """Return the block at `begin`, after blank lines and comments, that looks like a header of any kind, or None."""
    at = begin
    closed = dict(comments(text))
    while True:
        at = _blank_end(text, at)
        if at not in closed:
            break
        inner = text[at : closed[at]].strip("<>!-%{}*/#()[]: \t\r\n")
        if _measure(inner.splitlines()).is_header(fenced=True):
            return _unread(text, at, closed[at])
        at = closed[at]
    return _fenced(text, at) or _object(text, at) or _bare(text, at)


def _blank_end(text: str, at: int) -> int:
    """Return the offset of the first line with words, including its indentation."""
    words = _BLANK.match(text, at)
    end = words.end() if words else at
    line = max(at, text.rfind("\n", at, end) + 1)
    return line if not text[line:end].strip(" \t") else end


def _unread(text: str, begin: int, end: int) -> Unread:
    lines = (line.strip() for line in text[begin : min(end, begin + 2_000)].splitlines())
    first_line = next((line for line in lines if re.search(r"\w", line)), "")
    return Unread(begin, end, first_line[:60])


class _Measure(NamedTuple):
    """Number of keys in some lines, of those that programs read, of those that occur in no prose.

    hides: whether one of them says "not public".
    """

    keys: int
    known: int
    programs: int
    hides: bool

    def is_header(self, fenced: bool) -> bool:
        return self.hides or (self.known > 0 if fenced else self.known > 1 and self.programs > 0)


def are_keys(lines: list[str]) -> bool:
    """Return whether lines between two fences are keys of a header.

    True for one key that programs read, one that says "not public", or several of any kind.
    """
    measure = _measure(lines)
    return measure.is_header(fenced=True) or measure.keys > 1


def _measure(lines: list[str], loose: bool = False) -> _Measure:
    matches = [match for line in lines if (match := _key_of(line)) and (loose or not match["loose"])]
    names = {normal_key(match["key"]) for match in matches}
    hides = any(_hides(match["key"], match["value"]) for match in matches)
    for line in lines:
        if line.lstrip()[:1] in ("{", "[") and len(line) < 5_000:
            pairs = _KEY_OF_OBJECT.findall(line)
            names |= {normal_key(key) for key, _value in pairs}
            hides |= any(_hides(*pair) for pair in pairs)
    return _Measure(len(matches), len(names & _NAMES), len(names & _PROGRAMS), hides)


def _hides(key: str, value: str) -> bool:
    value = re.split(r"[ \t]#|[,;]?[ \t]*$", value.strip(), maxsplit=1)[0].strip("\"'[]`*_ ")
    return len(value) < 60 and bool(says_not_public(key, value, date.max))


def _key_of(line: str) -> re.Match[str] | None:
    return _KEY.match(line.strip(" \t\r" + "\ufeff\u200b\u2060")) if len(line) < 2_000 else None


def _fenced(text: str, at: int) -> Unread | None:
    """Return a block between two lines of the same marks, or after an opening one that is never closed."""
    opening = _FENCE.match(text, at)
    if not opening or text[opening.end() : opening.end() + 1] not in _ENDS:
        return None
    sign = opening["mark"][0]
    lines, places = _lines(text, opening.end())
    for number, line in enumerate(lines):
        if _closes(line, sign):
            if _measure(lines[:number], loose=True).is_header(fenced=True):
                return _unread(text, at, places[number + 1])
            return None
    count = _extent(lines)
    return _unread(text, at, places[count]) if _measure(lines[:count]).is_header(fenced=True) else None


def _closes(line: str, sign: str) -> bool:
    mark = line.strip(" \t\r>\u00a0\u200b\ufeff")
    signs = _DASHES if sign in _DASHES else sign
    alike = bool(mark) and not mark.strip(signs)
    return mark == "..." or (alike and (len(mark) > 1 or mark in "\u2014\u2013\u2015"))


def _object(text: str, at: int) -> Unread | None:
    """Return an unreadable block of JSON or of a JavaScript object."""
    opening = _OBJECT.match(text, at)
    if not opening:
        return None
    closing = _END_OF_OBJECT.search(text, opening.end(), opening.end() + 50_000)
    blank = re.compile(r"\n[ \t]*\r?\n").search(text, opening.end())
    end = closing.end() if closing else blank.start() if blank else len(text)
    pairs = _KEY_OF_OBJECT.findall(text, opening.end(), min(end, opening.end() + 50_000))
    if any(normal_key(key) in _NAMES or _hides(key, value) for key, value in pairs):
        return _unread(text, at, min(end + 1, len(text)))
    return None


def _bare(text: str, at: int) -> Unread | None:
    """Return lines of keys and values without fences; with bullets or bold only if one says "not public"."""
    # Nearly every text begins with prose, which the first lines tell.
    first, _places = _lines(text, at, 8)
    if any(map(str.strip, first)) and not _extent(first):
        return None
    lines, places = _lines(text, at)
    count = _extent(lines)
    if not count:
        return None
    strict, loose = _measure(lines[:count]), _measure(lines[:count], loose=True)
    return _unread(text, at, places[count]) if strict.is_header(fenced=False) or loose.hides else None


def _lines(text: str, at: int, most: int = MAX_LINES) -> tuple[list[str], list[int]]:
    """Return the next lines and the offset of each; line ends known to few programs count too."""
    lines, places = [], [at]
    while len(lines) < most and places[-1] < len(text):
        begin = places[-1]
        end = text.find("\n", begin) + 1 or len(text)
        parts = _LINE_ENDS.split(text[begin:end].rstrip("\n")) if end - begin < 5_000 else [text[begin:end]]
        lines.append(parts[0])
        places.append(begin + len(parts[0]) + 1 if len(parts) > 1 else end)
    return lines, places


def _extent(lines: list[str]) -> int:
    """Return the number of lines that are keys or continue one, blank lines between them included."""
    count = 0
    for number, line in enumerate(lines):
        bare = line.strip(" \t\r\ufeff\u200b")
        if not bare:
            continue
        if _key_of(line) or _DRAWER.fullmatch(bare) or (count and _CONTINUED.match(line)):
            # A paragraph further below that begins with a label is part of the text.
            if count and number - count > 1:
                break
            count = number + 1
        else:
            break
    return count


# --- within a text

# Between a key and its value: no block is without one.
_SIGN = re.compile("[:=：＝|]")
_RULE = re.compile(r"^[ \t]*(?:(-{3,})|(\+{3,})|(;{3,}))[ \t]*\r?$", re.MULTILINE)
# A key at the beginning of a line, in an object or a table, and the first words of its value.
_WISH = re.compile(
    r"(?:^[ \t>*+|.@#:%-]{0,12}|[{,][ \t]*)[\"'“*_`]{0,3}(?P<key>\w[\w -]{0,30}?)[\"'”*_`]{0,3}[ \t]*(?:::|[:=：＝|])"
    r"[\"'“*_` \t\[]{0,4}(?P<value>\w[^\n,;|\"'”*`}\])]{0,30})",
    re.MULTILINE,
)
_FIELD = re.compile(
    r"(?:^|[\[(])[ \t>*+-]{0,8}[*_`]{0,2}([\w][\w -]{0,30})[*_`]{0,2}[ \t]*::[ \t]*([^\n\])]{1,60})", re.MULTILINE
)


def in_text(text: str) -> list[Unread]:
    """Return the blocks within a text that cannot be prose, in order.

    A header at its beginning, a header between fences further down, and fields (`exclude:: true`) that say "not
    public".
    """
    if not _SIGN.search(text):
        return []
    candidates = [*_beginning(text), *_between_rules(text), *_around_wishes(text)]
    if "::" in text:
        candidates += [_unread(text, m.start(), m.end()) for m in _FIELD.finditer(text) if _hides(m[1], m[2])]
    blocks: list[Unread] = []
    code = marked(text).code if candidates else ()
    for block in sorted(candidates):
        inside = bisect_right(code, (block.begin, len(text))) - 1
        if inside >= 0 and code[inside][0] < block.begin < code[inside][1]:
            continue
        if not blocks or block.begin >= blocks[-1].end:
            blocks.append(block)
    return blocks


def _beginning(text: str) -> Iterator[Unread]:
    block = at_top(text)
    if block is None:
        return
    lines = text[block.begin : block.end].splitlines()
    fenced = _FENCE.match(text, block.begin) or _OBJECT.match(text, block.begin)
    code = fenced and text[block.begin : block.end].lstrip(" \t>")[:1] in "`~"
    if _measure(lines, loose=True).hides or (fenced and not code):
        yield block


def _around_wishes(text: str) -> Iterator[Unread]:
    """Yield blocks of keys of which one plainly says "not public": in a list, a table or an object."""
    end = 0
    for match in _WISH.finditer(text):
        if match.start() >= end and says_plainly(match["key"], match["value"]):
            begin, end = _block_around(text, match.start("key"), end)
            yield _unread(text, begin, end)


def _block_around(text: str, at: int, after: int) -> tuple[int, int]:
    """Return the span of lines around an offset that are keys or continue one, without a blank line between."""
    begin = text.rfind("\n", 0, at) + 1
    for _line in range(MAX_LINES):
        above = text.rfind("\n", 0, max(begin - 1, 0)) + 1
        if begin <= after or not _in_block(text[above : begin - 1]):
            break
        begin = above
    end = (text.find("\n", at) + 1) or len(text)
    for _line in range(MAX_LINES):
        below = (text.find("\n", end) + 1) or len(text)
        if end >= len(text) or not _in_block(text[end:below]):
            break
        end = below
    return max(begin, after), end


def _in_block(line: str) -> bool:
    bare = line.strip()
    return bool(bare) and bool(_key_of(line) or bare[0] in "|{}" or re.match(r"[ \t]+\S|-[ \t]", line))


def _between_rules(text: str) -> Iterator[Unread]:
    if not any(mark in text for mark in ("---", "+++", ";;;")):
        return
    last: re.Match[str] | None = None
    for rule in _RULE.finditer(text):
        if last is not None and last.lastindex == rule.lastindex:
            lines = text[last.end() : rule.start()].strip("\r\n").split("\n", MAX_LINES)
            if 0 < len(lines) <= MAX_LINES and _extent(lines) == len(lines):
                measure = _measure(lines)
                if measure.hides or (measure.keys > 1 and measure.is_header(fenced=False)):
                    yield _unread(text, last.start(), min(rule.end() + 1, len(text)))
                    last = None
                    continue
        last = rule
