"""HTML tags of notes, taken out of the source before Python-Markdown runs. Text in, text out.

Python-Markdown's own handling needs `markdown="1"` on every tag, loses text after an unclosed one, and passes any HTML
through.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from typing import NamedTuple

# A mark replaces a block tag. Python-Markdown removes \x02 and \x03 from its input, so notes cannot contain one.
DETAILS, UNCLOSED_DETAILS, DETAILS_END = "\x02details\x03", "\x02unclosed-details\x03", "\x02/details\x03"
QUOTE, QUOTE_END = "\x02blockquote\x03", "\x02/blockquote\x03"
SUMMARY, PARAGRAPH, PARAGRAPH_END = "\x02summary\x03", "\x02p\x03", "\x02/p\x03"
ENGLISH_PARAGRAPH = "\x02p english-text\x03"
CONTAINERS = {"details": (DETAILS, DETAILS_END, UNCLOSED_DETAILS), "blockquote": (QUOTE, QUOTE_END, "")}
# `\x02ol 5\x03` at the beginning of an item: another list begins here, with this number.
MARK = re.compile(r"\x02(?:/?[a-z-]+|p english-text|ol \d{1,3})\x03")
LIST_START = re.compile(r"\s*\x02ol (\d{1,3})\x03")

_VALUE = r"""(?:"[^"<]{0,2000}+"|'[^'<]{0,2000}+'|[^\s"'<>=`]{1,2000}+)"""
_WELL_FORMED = rf"(?:\s{{1,20}}+[\w:.-]{{1,60}}+(?:\s{{0,20}}=\s{{0,20}}+{_VALUE})?){{0,20}}+\s{{0,20}}+"
# Well-formed attributes may contain line breaks and `>`; others end with the line.
TAG = re.compile(rf"(?<!\\)<(?P<close>/?)(?P<name>[a-z]+)(?P<attributes>{_WELL_FORMED}(?=/?>)|[ \t][^<>\n]*)?/?>", re.I)
SUMMARY_FOLLOWS = re.compile(r"\s{0,20}+<summary[\s>]", re.I)
ATTRIBUTE = re.compile(r"""\b(href|src|alt|class)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.I)
BLANK_LINE = re.compile(r"\n[ \t]*\n")
HALF_A_LABEL = re.compile(r"[^*<>\n]{1,60}\*\*[:：]")
# Characters; without an end within them, a summary was never closed.
LONGEST_SUMMARY = 300

BLOCK_TAGS = frozenset({"details", "summary", "p", "div", "blockquote", "hr"})
MISSPELT = {"detail", "detais", "detials", "detial", "detalis", "deatils", "detils", "detaisl"}
FORMATTING_TAGS = frozenset({"b", "i", "em", "strong", "u", "mark", "small", "kbd", "del", "ins", "code"})
# A single one of these is a slip; a single <b> or <code> may be mentioned by the sentence.
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
        """Return the value of an attribute, "" if missing."""
        values = (value for key, value in ATTRIBUTE.findall(self.attributes) if key.lower() == name)
        return unescape(next(values, "").strip("\"'"))


def rebuild_tags(text: str, store: Callable[[str], str]) -> str:
    """Replace block tags by marks on lines of their own, and inline tags by what `store(html)` returns.

    Any other text in angle brackets (`<think>`, `<T>`, `a < b`) is left for Markdown to escape.
    """
    text = SPEAKER_SPAN.sub(r"**\1**", text)
    return _TagRewriter(text, store).rewritten() if "<" in text else text


class _TagRewriter:
    """Finds the known tags of a text and rewrites them."""

    def __init__(self, text: str, store: Callable[[str], str]) -> None:
        self.text, self.store = text, store
        self.tags = self.known_tags()
        self.partner = self.partners()
        self.following = self.next_of_the_same_name()

    def known_tags(self) -> list[Tag]:
        """Return the tags that are markup, in order."""
        tags: list[Tag] = []
        opened: set[str] = set()
        in_details = False
        for match in TAG.finditer(self.text):
            name = match["name"].lower()
            closes = bool(match["close"])
            if not closes:
                opened.add(name)
            elif in_details and name not in opened and self.is_alone_on_line(match):
                name = "details"  # `</tought>` where `</details>` belongs
            name = "details" if name in MISSPELT else name
            tag = Tag(match.start(), match.end(), name, closes, match["attributes"] or "")
            if is_whole(tag) and self.is_markup(tag, tags[-1].end if tags else -1):
                tags.append(tag)
                in_details = not closes if tag.name == "details" else in_details
        return tags

    def is_markup(self, tag: Tag, end_of_previous: int) -> bool:
        """Return whether a known tag is used as one, not mentioned in a sentence."""
        if tag.name in BLOCK_TAGS:
            return tag.closes or self.follows(end_of_previous, tag) or self.starts_line(tag.begin) or self.is_meant(tag)
        return tag.name in PAIRED_TAGS or tag.name in DROPPED or tag.name in VOID_TAGS

    def follows(self, end_of_previous: int, tag: Tag) -> bool:
        """Return whether only white space separates a tag from the previous one."""
        near = end_of_previous >= 0 and tag.begin - end_of_previous <= 20
        return near and not self.text[end_of_previous : tag.begin].strip()

    def is_meant(self, tag: Tag) -> bool:
        """Return whether a tag in the middle of a line is used, not mentioned."""
        if tag.name == "details":
            return SUMMARY_FOLLOWS.match(self.text, tag.end) is not None
        return tag.name == "p" and "english-text" in tag.attribute("class").split()

    def starts_line(self, at: int) -> bool:
        """Return whether only blanks precede an offset on its line."""
        before = self.text[max(0, at - 8) : at].rstrip(" \t")
        return before.endswith("\n") if before else at <= 8

    def is_alone_on_line(self, match: re.Match[str]) -> bool:
        """Return whether a tag is alone on its line."""
        return self.starts_line(match.start()) and not self.text[match.end() : match.end() + 8].split("\n")[0].strip()

    def partners(self) -> set[int]:
        """Return the indexes of inline tags that pair within a paragraph; a single `<b>` must not embolden the rest."""
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
        """Return, for each tag, the next one of the same name."""
        following: list[Tag | None] = []
        seen: dict[str, Tag] = {}
        for tag in reversed(self.tags):
            following.append(seen.get(tag.name))
            seen[tag.name] = tag
        return following[::-1]

    def end_of(self, index: int) -> Tag | None:
        """Return the tag that closes this one, if no other of its name opens before."""
        following = self.following[index]
        return following if following and following.closes and not self.tags[index].closes else None

    def rewritten(self) -> str:
        """Return the text with all tags replaced."""
        pieces: list[str] = []
        position = 0
        for index, tag in enumerate(self.tags):
            piece = self.block(index, tag) if tag.name in BLOCK_TAGS else self.inline(index, tag)
            pieces += [self.text[position : tag.begin], piece]
            position = tag.end
        return "".join([*pieces, self.text[position:]])

    def block(self, index: int, tag: Tag) -> str:
        """Return the replacement of a block tag."""
        if tag.name == "p" and not tag.closes:
            # No line break between mark and text: `<p>>> Yes` and `<p>- so` are no quote and no list.
            return f"\n\n{ENGLISH_PARAGRAPH if 'english-text' in tag.attribute('class').split() else PARAGRAPH}"
        if tag.name == "summary":
            return f"\n\n{self.summary(index, tag)}"
        mark = {"p": PARAGRAPH_END, "hr": "---"}.get(tag.name, "")
        if tag.name in CONTAINERS:
            mark = self.container(index, tag)
        return f"\n\n{mark}\n\n"

    def summary(self, index: int, tag: Tag) -> str:
        """Return the mark of a summary; without an end nearby it is text of the block."""
        end = self.end_of(index)
        if end and end.begin - tag.end <= LONGEST_SUMMARY and not BLANK_LINE.search(self.text, tag.end, end.begin):
            return SUMMARY
        # `<summary>Ann**: Well` remains of `<summary>English</summary>` and `**Ann**: Well`.
        return "**" if not end and not tag.closes and HALF_A_LABEL.match(self.text, tag.end) else ""

    def container(self, index: int, tag: Tag) -> str:
        """Return the mark of a details or blockquote tag."""
        opening, closing, unclosed = CONTAINERS[tag.name]
        if tag.closes:
            return closing
        return opening if self.end_of(index) else unclosed

    def inline(self, index: int, tag: Tag) -> str:
        """Return the replacement of an inline tag."""
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
        """Return a link to the image."""
        source, words = tag.attribute("src"), tag.attribute("alt").strip()
        return self.store(f'<a href="{escape(source)}">{escape(words or image_name(source))}</a>')


def is_whole(tag: Tag) -> bool:
    """Return whether a tag that continues on the next line is one; `a <b` and `c> d` are not."""
    if "\n" not in tag.attributes:
        return True
    return not BLANK_LINE.search(tag.attributes) and ("=" in tag.attributes or not tag.attributes.strip())


def is_link(address: str) -> bool:
    """Return whether an address works from any page: no script, nothing relative to the note's origin."""
    return address.strip().partition(":")[0].lower() in LINK_SCHEMES


def image_name(source: str) -> str:
    """Return the last part of an image's address, for images without description."""
    return unescape(source).split("?")[0].rstrip("/").rsplit("/", 1)[-1][:60] or "🖼"
