"""Takes the few HTML tags that notes use out of their source: Python-Markdown never sees raw HTML. Text in, text out.

Its own handling of HTML needs `markdown="1"` on every tag, loses text behind an unclosed one, and would let pass
whatever a stranger wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from typing import NamedTuple

# A mark stands where a block tag stood. Python-Markdown removes \x02 and \x03 from what strangers write.
DETAILS, UNCLOSED_DETAILS, DETAILS_END = "\x02details\x03", "\x02unclosed-details\x03", "\x02/details\x03"
QUOTE, QUOTE_END = "\x02blockquote\x03", "\x02/blockquote\x03"
SUMMARY, PARAGRAPH, PARAGRAPH_END = "\x02summary\x03", "\x02p\x03", "\x02/p\x03"
ENGLISH_PARAGRAPH = "\x02p english-text\x03"
CONTAINERS = {"details": (DETAILS, DETAILS_END, UNCLOSED_DETAILS), "blockquote": (QUOTE, QUOTE_END, "")}
# `\x02ol 5\x03` at the beginning of an item: here another list begins, with this number.
MARK = re.compile(r"\x02(?:/?[a-z-]+|p english-text|ol \d{1,3})\x03")
LIST_START = re.compile(r"\s*\x02ol (\d{1,3})\x03")

_VALUE = r"""(?:"[^"<]{0,2000}+"|'[^'<]{0,2000}+'|[^\s"'<>=`]{1,2000}+)"""
_WELL_FORMED = rf"(?:\s{{1,20}}+[\w:.-]{{1,60}}+(?:\s{{0,20}}=\s{{0,20}}+{_VALUE})?){{0,20}}+\s{{0,20}}+"
# Well-formed attributes may hold line breaks and `>`; others go as far as the line does.
TAG = re.compile(rf"(?<!\\)<(?P<close>/?)(?P<name>[a-z]+)(?P<attributes>{_WELL_FORMED}(?=/?>)|[ \t][^<>\n]*)?/?>", re.I)
SUMMARY_FOLLOWS = re.compile(r"\s{0,20}+<summary[\s>]", re.I)
ATTRIBUTE = re.compile(r"""\b(href|src|alt|class)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.I)
BLANK_LINE = re.compile(r"\n[ \t]*\n")
HALF_A_LABEL = re.compile(r"[^*<>\n]{1,60}\*\*[:：]")
LONGEST_SUMMARY = 300

BLOCK_TAGS = frozenset({"details", "summary", "p", "div", "blockquote", "hr"})
MISSPELT = {"detail", "detais", "detials", "detial", "detalis", "deatils", "detils", "detaisl"}
FORMATTING_TAGS = frozenset({"b", "i", "em", "strong", "u", "mark", "small", "kbd", "del", "ins", "code"})
# A single one of these is a slip of the pen; a single <b> or <code> may be what the sentence is about.
DROPPED_ALONE = frozenset({"sup", "sub", "a"})
PAIRED_TAGS = FORMATTING_TAGS | DROPPED_ALONE
DROPPED = frozenset({"font", "span"})
LINK_SCHEMES = frozenset({"http", "https", "mailto"})
VOID_TAGS = frozenset({"br", "img"})

SPEAKER_SPAN = re.compile(r"""<span\s+class=["']?speaker["']?\s*>([^<>*\n]{1,80})</span>""", re.I)


class Tag(NamedTuple):
    """One tag of the source: `text[begin:end]`."""

    begin: int
    end: int
    name: str
    closes: bool
    attributes: str

    def attribute(self, name: str) -> str:
        found = (value for key, value in ATTRIBUTE.findall(self.attributes) if key.lower() == name)
        return unescape(next(found, "").strip("\"'"))


def rebuild_tags(text: str, store: Callable[[str], str]) -> str:
    """Replace known tags: block tags by marks on lines of their own, inline tags by what `store(html)` returns.

    Everything else in angle brackets (`<think>`, `<T>`, `a < b`) stays, and Markdown escapes it.
    """
    text = SPEAKER_SPAN.sub(r"**\1**", text)
    return _TagRewriter(text, store).rewritten() if "<" in text else text


class _TagRewriter:
    def __init__(self, text: str, store: Callable[[str], str]) -> None:
        self.text, self.store = text, store
        self.tags = self.known_tags()
        self.partner = self.partners()
        self.following = self.next_of_the_same_name()

    def known_tags(self) -> list[Tag]:
        tags: list[Tag] = []
        opened: set[str] = set()
        in_details = False
        for match in TAG.finditer(self.text):
            name = match["name"].lower()
            closes = bool(match["close"])
            if not closes:
                opened.add(name)
            elif in_details and name not in opened and self.alone(match):
                name = "details"  # `</tought>` where `</details>` belongs
            name = "details" if name in MISSPELT else name
            tag = Tag(match.start(), match.end(), name, closes, match["attributes"] or "")
            if is_whole(tag) and self.is_markup(tag, tags[-1].end if tags else -1):
                tags.append(tag)
                in_details = not closes if tag.name == "details" else in_details
        return tags

    def is_markup(self, tag: Tag, end_of_previous: int) -> bool:
        if tag.name in BLOCK_TAGS:
            return tag.closes or self.follows(end_of_previous, tag) or self.starts_line(tag.begin) or self.is_meant(tag)
        return tag.name in PAIRED_TAGS or tag.name in DROPPED or tag.name in VOID_TAGS

    def follows(self, end_of_previous: int, tag: Tag) -> bool:
        """Whether there is nothing but white space between two tags."""
        near = end_of_previous >= 0 and tag.begin - end_of_previous <= 20
        return near and not self.text[end_of_previous : tag.begin].strip()

    def is_meant(self, tag: Tag) -> bool:
        """Whether a tag in the middle of a line is more than something the sentence speaks of."""
        if tag.name == "details":
            return SUMMARY_FOLLOWS.match(self.text, tag.end) is not None
        return tag.name == "p" and "english-text" in tag.attribute("class").split()

    def starts_line(self, at: int) -> bool:
        before = self.text[max(0, at - 8) : at].rstrip(" \t")
        return before.endswith("\n") if before else at <= 8

    def alone(self, match: re.Match[str]) -> bool:
        return self.starts_line(match.start()) and not self.text[match.end() : match.end() + 8].split("\n")[0].strip()

    def partners(self) -> set[int]:
        """Indexes of inline tags that pair within one paragraph; a single `<b>` must not embolden the rest."""
        paired: set[int] = set()
        open_tags: dict[str, list[tuple[int, int]]] = {}
        paragraph = position = 0
        for index, tag in enumerate(self.tags):
            paragraph += len(BLANK_LINE.findall(self.text, position, tag.begin)) + (tag.name in BLOCK_TAGS)
            position = tag.begin
            if tag.name not in PAIRED_TAGS:
                continue
            waiting = open_tags.setdefault(tag.name, [])
            if not tag.closes:
                waiting.append((index, paragraph))
            elif waiting and waiting[-1][1] == paragraph:
                paired |= {index, waiting.pop()[0]}
        return paired

    def next_of_the_same_name(self) -> list[Tag | None]:
        following: list[Tag | None] = []
        seen: dict[str, Tag] = {}
        for tag in reversed(self.tags):
            following.append(seen.get(tag.name))
            seen[tag.name] = tag
        return following[::-1]

    def end_of(self, index: int) -> Tag | None:
        """The tag that closes this one, if no other of its name opens before."""
        following = self.following[index]
        return following if following and following.closes and not self.tags[index].closes else None

    def rewritten(self) -> str:
        pieces: list[str] = []
        position = 0
        for index, tag in enumerate(self.tags):
            piece = self.block(index, tag) if tag.name in BLOCK_TAGS else self.inline(index, tag)
            pieces += [self.text[position : tag.begin], piece]
            position = tag.end
        return "".join([*pieces, self.text[position:]])

    def block(self, index: int, tag: Tag) -> str:
        if tag.name == "p" and not tag.closes:
            # Nothing between mark and text: `<p>>> Yes` and `<p>- so` are no quote and no list.
            return f"\n\n{ENGLISH_PARAGRAPH if 'english-text' in tag.attribute('class').split() else PARAGRAPH}"
        if tag.name == "summary":
            return f"\n\n{self.summary(index, tag)}"
        mark = {"p": PARAGRAPH_END, "hr": "---"}.get(tag.name, "")
        if tag.name in CONTAINERS:
            mark = self.container(index, tag)
        return f"\n\n{mark}\n\n"

    def summary(self, index: int, tag: Tag) -> str:
        """Without an end close by it is text of the block."""
        end = self.end_of(index)
        if end and end.begin - tag.end <= LONGEST_SUMMARY and not BLANK_LINE.search(self.text, tag.end, end.begin):
            return SUMMARY
        # `<summary>Ann**: Well` is what is left of `<summary>English</summary>` and `**Ann**: Well`.
        return "**" if not end and not tag.closes and HALF_A_LABEL.match(self.text, tag.end) else ""

    def container(self, index: int, tag: Tag) -> str:
        opening, closing, unclosed = CONTAINERS[tag.name]
        if tag.closes:
            return closing
        return opening if self.end_of(index) else unclosed

    def inline(self, index: int, tag: Tag) -> str:
        if tag.name in DROPPED:
            return ""
        if tag.name in VOID_TAGS:
            return self.store("<br>") if tag.name == "br" else self.image(tag)
        if index not in self.partner:
            return "" if tag.name in DROPPED_ALONE else self.text[tag.begin : tag.end]
        if tag.name == "a" and not tag.closes:
            address = tag.attribute("href")
            return self.store(f'<a href="{escape(address)}">') if is_link(address) else ""
        return self.store(f"</{tag.name}>" if tag.closes else f"<{tag.name}>")

    def image(self, tag: Tag) -> str:
        source, words = tag.attribute("src"), tag.attribute("alt").strip()
        return self.store(f'<a href="{escape(source)}">{escape(words or image_name(source))}</a>')


def is_whole(tag: Tag) -> bool:
    """Whether a tag that goes on in the next line is one: `a <b` and `c> d` are not."""
    if "\n" not in tag.attributes:
        return True
    return not BLANK_LINE.search(tag.attributes) and ("=" in tag.attributes or not tag.attributes.strip())


def is_link(address: str) -> bool:
    """Whether a reader can follow this address from any page: no script, nothing relative to the note's old home."""
    return address.strip().partition(":")[0].lower() in LINK_SCHEMES


def image_name(source: str) -> str:
    """What to call an image without a description: the last part of its address."""
    return unescape(source).split("?")[0].rstrip("/").rsplit("/", 1)[-1][:60] or "🖼"
