"""Tree processors of notes for Python-Markdown: folds, list numbers, links, turns of a conversation, headings."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from html import unescape
from xml.etree.ElementTree import Element, SubElement

from markdown.treeprocessors import Treeprocessor

from episodes.notes.roles import is_generic
from episodes.rendering import html_tags
from episodes.rendering.english_runs import COMMON_ENGLISH, HAN, LATIN_WORD

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# The page's title is h1, a section's heading h2.
FIRST_LEVEL = 3
# Characters.
ID_LENGTH = 80
# Captions of folds that contain a translation's original.
ORIGINAL = re.compile(r"original|english|原文", re.I)
COLON_AT_BEGINNING, COLON_AT_END = re.compile(r"\s*[:：]"), re.compile(r"[:：]\s*$")
PLACEHOLDER = re.compile(r"\x02([^\x03]*)\x03")
# Characters; longer bold text is no speaker's name.
LONGEST_NAME = 60
NOT_IN_A_NAME = re.compile(r"[，。！？；、“”《》!?;]|^\d+[.、]|^第")


class Folding(Treeprocessor):
    """Builds the elements for the marks of `html_tags`."""

    def run(self, root: Element) -> None:
        """Move all children into the elements that their marks open."""
        children = list(root)
        if not any(html_tags.MARK.match(child.text or "") for child in children):
            return
        chinese = any(HAN.search(child.text or "") for child in children)
        for child in children:
            root.remove(child)
        fold = _Fold(root, chinese)
        for child in children:
            fold.take(child)
        fold.close_details()


class _Fold:
    """Appends elements to the open quotation or fold."""

    def __init__(self, root: Element, chinese: bool) -> None:
        self.root, self.chinese = root, chinese
        self.details: Element | None = None
        self.quote: Element | None = None
        self.english_paragraph = self.unclosed = False

    def take(self, child: Element) -> None:
        """Append an element, or apply its mark."""
        mark = html_tags.MARK.match(child.text or "") if child.tag == "p" else None
        if mark:
            child.text = (child.text or "")[mark.end() :].lstrip()
            self.apply_mark(mark[0])
        if mark and mark[0] == html_tags.SUMMARY and self.details is not None and not len(self.details):
            child.tag = "summary"
        if not mark or child.text:
            self.place(child)

    def apply_mark(self, mark: str) -> None:
        """Open or close elements for a mark."""
        self.english_paragraph = mark == html_tags.ENGLISH_PARAGRAPH
        if mark in (html_tags.DETAILS, html_tags.UNCLOSED_DETAILS, html_tags.DETAILS_END):
            self.close_details()
        if mark in (html_tags.DETAILS, html_tags.UNCLOSED_DETAILS):
            self.details = SubElement(self.root, "details")
            self.unclosed = mark == html_tags.UNCLOSED_DETAILS
        elif mark == html_tags.QUOTE:
            self.quote = SubElement(self.root if self.details is None else self.details, "blockquote")
        elif mark == html_tags.QUOTE_END:
            self.quote = None

    def place(self, child: Element) -> None:
        """Append an element to the innermost open one."""
        if self.english_paragraph and child.tag == "p":
            child.set("class", "english-text")
        place = next(place for place in (self.quote, self.details, self.root) if place is not None)
        place.append(child)
        # The end of unclosed details is unknown: they get one block, and the rest remains visible.
        if self.unclosed and child.tag != "summary":
            self.close_details()

    def close_details(self) -> None:
        """Close the open fold; drop an empty one, mark an original."""
        details, self.details, self.quote, self.unclosed = self.details, None, None, False
        if details is None:
            return
        if not len(details):
            self.root.remove(details)
        elif (self.chinese and mark_english_fold(details)) or is_called_original(details):
            details.set("class", "original")


def is_called_original(details: Element) -> bool:
    """Return whether a fold's caption says that it contains the original."""
    summary = details[0] if details[0].tag == "summary" else None
    return summary is not None and ORIGINAL.search(PLACEHOLDER.sub("", "".join(summary.itertext()))) is not None


def mark_english_fold(details: Element) -> bool:
    """Set `lang="en"` on the blocks of an English fold and return whether it is one.

    English: hardly a Chinese character, and either the caption or a class says so, or one word in twelve is among the
    commonest English ones.
    """
    blocks = [child for child in details if child.tag != "summary"]
    text = PLACEHOLDER.sub("", " ".join(piece for block in blocks for piece in block.itertext()))
    announced = "english" in " ".join(details[0].itertext()).lower() or any(b.get("class") for b in blocks)
    words = LATIN_WORD.findall(text)
    common = sum(COMMON_ENGLISH.fullmatch(word) is not None for word in words)
    if not words or len(HAN.findall(text)) * 10 >= len(words) or not (announced or common * 12 >= len(words)):
        return False
    for block in blocks:
        if not HAN.search("".join(block.itertext())):
            block.set("lang", "en")
    return True


class ListStarts(Treeprocessor):
    """Splits lists at items marked as the first of another, and sets the first number of each list."""

    def run(self, root: Element) -> None:
        """Split all numbered lists."""
        for parent in [each for each in root.iter() if any(child.tag == "ol" for child in each)]:
            parent[:] = [part for child in parent for part in self.parts(child)]

    def parts(self, element: Element) -> list[Element]:
        """Return the lists that one element becomes."""
        if element.tag != "ol":
            return [element]
        lists = [element]
        items, element[:] = list(element), []
        for item in items:
            holder = item[0] if not (item.text or "").strip() and len(item) else item
            mark = html_tags.LIST_START.match(holder.text or "")
            if mark:
                holder.text = (holder.text or "")[mark.end() :]
                if len(lists[-1]):
                    lists.append(Element("ol"))
                if mark[1] != "1":
                    lists[-1].set("start", mark[1])
            lists[-1].append(item)
        return lists


class Links(Treeprocessor):
    """Removes links that no reader can follow, and links within links."""

    def run(self, root: Element) -> None:
        """Replace such links by spans."""
        for link in list(root.iter("a")):
            if not html_tags.is_link(link.get("href", "")):
                link.tag, link.attrib = "span", {}
            for inner in link.iter("a"):
                if inner is not link:
                    inner.tag, inner.attrib = "span", {}


class Turns(Treeprocessor):
    """Marks `**Name**: text` at the start of a paragraph as a turn, if the text is a conversation."""

    def run(self, root: Element) -> None:
        """Mark the turns."""
        paragraphs = [child for parent in [root, *root.iter("details")] for child in parent if child.tag == "p"]
        labelled = [(paragraph, name) for paragraph in paragraphs if (name := label_of(paragraph))]
        times = Counter(name for _, name in labelled)
        # A bold lead (**Risks**: …) opens one paragraph among many; speakers recur, or all paragraphs have one.
        conversation = any(n > 1 for n in times.values()) or len(labelled) * 2 >= len(paragraphs)
        for paragraph, name in labelled:
            break_after_label(paragraph)
            certain = name.startswith("[") or is_generic(name)
            if (conversation or certain) and len(name) <= LONGEST_NAME and not NOT_IN_A_NAME.search(name):
                paragraph.set("class", " ".join([*paragraph.get("class", "").split(), "turn"]))
                paragraph[0].tag = "b"
                paragraph[0].set("class", "speaker")
                take_colon_in(paragraph[0])


def label_of(paragraph: Element) -> str:
    """Return the bold name with a colon that opens a paragraph, else ""."""
    if (paragraph.text or "").strip() or not len(paragraph) or paragraph[0].tag != "strong":
        return ""
    text = "".join(paragraph[0].itertext()).strip()
    colon = text.endswith((":", "：")) or (paragraph[0].tail or "").lstrip().startswith((":", "："))
    return text.rstrip(":： ") if colon else ""


def take_colon_in(speaker: Element) -> None:
    """Move the colon into the name: `<b>Ann</b>: Yes` and `<b>Ann:</b> Yes` → `<b>Ann<span class="colon">:</span></b>
    Yes`.
    """
    after = COLON_AT_BEGINNING.match(speaker.tail or "")
    colon = Element("span", {"class": "colon"})
    if after:
        colon.text, speaker.tail = after[0], (speaker.tail or "")[after.end() :]
    else:
        last = speaker[-1] if len(speaker) else None
        text = (speaker.text if last is None else last.tail) or ""
        inside = COLON_AT_END.search(text)
        if not inside:
            return
        colon.text, rest = inside[0], text[: inside.start()]
        if last is None:
            speaker.text = rest
        else:
            last.tail = rest
    speaker.append(colon)


def break_after_label(paragraph: Element) -> None:
    """Keep a line that contains only the label as a line of its own."""
    before, newline, after = (paragraph[0].tail or "").partition("\n")
    if newline and not before.strip(" :："):
        paragraph[0].tail = before.rstrip()
        line_break = Element("br")
        line_break.tail = after
        paragraph.insert(1, line_break)


class Headings(Treeprocessor):
    """Renumbers the used levels to h3, h4 … without gaps, and gives every heading an id unique in this text."""

    prefix = ""

    def run(self, root: Element) -> None:
        """Set level and id of all headings."""
        headings = [element for element in root.iter() if element.tag in HEADINGS]
        levels = sorted({heading.tag for heading in headings})
        times: Counter[str] = Counter()
        for heading in headings:
            heading.tag = f"h{min(FIRST_LEVEL + levels.index(heading.tag), 6)}"
            name = heading_id(self.text_of(heading))
            times[name] += 1
            # Two hyphens never come out of heading_id, so `Part--2` cannot be the id of another heading.
            heading.set("id", f"{self.prefix}{name}--{times[name]}" if times[name] > 1 else self.prefix + name)

    def text_of(self, heading: Element) -> str:
        """Return the text of a heading."""
        return PLACEHOLDER.sub(self.placeholder_text, "".join(heading.itertext()))

    def placeholder_text(self, placeholder: re.Match[str]) -> str:
        """Return the text behind a placeholder."""
        kind, _, number = placeholder[1].rpartition(":")
        if kind:
            return re.sub(r"<[^>]*>", "", unescape(str(self.md.htmlStash.rawHtmlBlocks[int(number)])))
        return chr(int(number)) if number.isdigit() else ""


def heading_id(text: str) -> str:
    """Return a readable id for a heading in any script: `RL在语言模型中的突破` → `rl在语言模型中的突破`. Never empty.

    Equal for a heading's Markdown and its text; independent of other headings.
    """
    characters = (
        character if unicodedata.category(character)[0] in "LNM" else "-"
        for character in unicodedata.normalize("NFKC", re.sub(r"[*`]", "", text)).lower()
    )
    return re.sub(r"-+", "-", "".join(characters)).strip("-")[:ID_LENGTH].rstrip("-") or "section"
