"""What Python-Markdown has to be told about podcast notes. Used by episodes.rendering, which sanitises the result.

Text → preprocessor (code and comments out of the way, then tags and lines) → Markdown's own parser →
tree processors (folded originals, links, turns, headings). No HTML of a note gets through as it is: the few tags notes
use are rebuilt, everything else in angle brackets is text.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from html import escape, unescape
from threading import local
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement

from latex2mathml.converter import convert
from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor, SimpleTagInlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString
from pymdownx.betterem import BetterEmExtension

from episodes.notes.prose.formulas import CANDIDATE, is_formula
from episodes.notes.prose.opaque import Region, regions
from episodes.notes.roles import is_generic
from episodes.rendering import html_tags
from episodes.rendering.block_rules import separate_blocks
from episodes.rendering.english_runs import COMMON_ENGLISH, HAN, LATIN_WORD
from episodes.rendering.long_paragraphs import register_pieces

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
FIRST_LEVEL = 3  # the page's title is h1, a section's heading h2
ID_LENGTH = 80

LINK = (
    r"\[(?P<text>(?>[^\[\]]|\[[^\[\]]{0,300}\]){0,1000})\]"
    r"\(\s{0,20}(?P<address><[^<>\n]{0,2000}>|(?>[^\s()\x02\x03]|\x02\d+\x03|\([^\s()\x02\x03]{0,300}\)){0,2000})"
    r"""(?:\s+(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'))?\s*\)"""
)
# `[[Page|words]]` and `![[picture.png]]` lead to other files of a vault, which are not here: the words stay.
WIKI_LINK = r"!?\[\[(?=[^\W\d_])(?P<page>[^\[\]|\n\x02]{1,200})(?:\|(?P<text>[^\[\]\n\x02]{1,200}))?\]\]"
FOOTNOTE = r"\[\^(?P<note>\d{1,3}|(?:fn|note|ref|注)[\w-]{0,12})\](?P<colon>:(?=\s))?"
# `==stressed==`; in `x==y` two signs compare.
HIGHLIGHT = r"(?<![A-Za-z0-9_)\]=!<>])(==)(?=[^\s=])([^=\n]{1,500})(?<=[^\s=])==(?![A-Za-z0-9_(\[=])"
# What a fold is called that holds a translation's original.
ORIGINAL = re.compile(r"original|english|原文", re.I)
COLON_BEHIND, COLON_AT_END = re.compile(r"\s*[:：]"), re.compile(r"[:：]\s*$")
PLACEHOLDER = re.compile(r"\x02([^\x03]*)\x03")
Found: TypeAlias = tuple[Element | str, int, int]
LONGEST_NAME = 60
NOT_IN_A_NAME = re.compile(r"[，。！？；、“”《》!?;]|^\d+[.、]|^第")


_kept = local()


def converted(text: str, id_prefix: str) -> str:
    """HTML of the text, not sanitised; `id_prefix` comes before the id of every heading."""
    # Made once in each thread: to put one together takes as long as to convert a page of text.
    md = getattr(_kept, "md", None) or note_markdown()
    # Not kept while it works: one that broke off is never used again.
    _kept.md = None
    md.reset()
    md.treeprocessors["headings"].prefix = id_prefix  # type: ignore[union-attr]
    html = md.convert(text)
    _kept.md = md
    return html


def note_markdown() -> Markdown:
    """A Markdown for notes. It keeps state: to be reset before each text."""
    # Markdown 3.11 loses a letter where emphasis overlaps: of `*a**b*cd` the c. This one does not, but has CommonMark's
    # rules about punctuation unless told otherwise, and they keep the asterisks of `字**“粗”**字` on the page.
    emphasis = BetterEmExtension(punctuation=False)
    md = Markdown(extensions=["tables", "sane_lists", emphasis], output_format="html")
    md.ESCAPED_CHARS = list(string.punctuation)
    md.preprocessors.deregister("html_block")
    md.preprocessors.register(NotePreprocessor(md), "note", 25)
    # Indentation is carelessness here, not code; `text` over `---` is text and a rule; and `[Guest]: Sure` would be
    # taken for the definition of a link and vanish.
    for name in ("code", "setextheader", "reference"):
        md.parser.blockprocessors.deregister(name)
    set_inline_patterns(md)
    processors = (ListStarts(md), 26), (Folding(md), 25), (Links(md), 15), (Turns(md), 14), (Headings(md), 13)
    for processor, priority in processors:
        md.treeprocessors.register(processor, type(processor).__name__.lower(), priority)
    register_pieces(md)
    return md


def set_inline_patterns(md: Markdown) -> None:
    for name in ("backtick", "html", "link", "image_link"):
        md.inlinePatterns.deregister(name)
    for name in ("reference", "short_reference", "image_reference", "short_image_ref"):
        md.inlinePatterns.deregister(name)
    md.inlinePatterns.register(Inline(CANDIDATE.pattern, md, formula), "formula", 185)
    md.inlinePatterns.register(Inline("!" + LINK, md, image_as_link), "image_link", 160)
    md.inlinePatterns.register(Inline(LINK, md, link), "link", 150)
    md.inlinePatterns.register(Inline(WIKI_LINK, md, wiki_link), "wiki_link", 145)
    md.inlinePatterns.register(Inline(FOOTNOTE, md, footnote), "footnote", 144)
    md.inlinePatterns.register(SimpleTagInlineProcessor(r"(~~)(?=\S)(.{1,500}?)(?<=\S)~~", "del"), "del", 50)
    md.inlinePatterns.register(SimpleTagInlineProcessor(HIGHLIGHT, "mark"), "mark", 50)


class Inline(InlineProcessor):
    """An inline pattern with a function (match, markdown) → (element or text, begin, end), or None for no match."""

    def __init__(self, pattern: str, md: Markdown, handle: Callable[[re.Match[str], Markdown], Found | None]) -> None:
        super().__init__(pattern, md)
        self.handleMatch = lambda m, data: handle(m, md) or (None, None, None)  # type: ignore[method-assign]


def formula(m: re.Match[str], md: Markdown) -> Found | None:
    """`$x^2$` as MathML; what cannot be read as LaTeX stays as it was written."""
    if not is_formula(m):
        return None
    end = m.end("latex") + len(m["mark"])
    html = mathml(m["latex"].strip(), "block" if m["mark"] == "$$" else "inline")
    return md.htmlStash.store(html or escape(m.string[m.start() : end])), m.start(), end


def link(m: re.Match[str], md: Markdown) -> Found:
    """`[text](address "title")`. Python-Markdown's own processor reads to the end of the paragraph for each bracket."""
    element = Element("a", href=m["address"].strip("<>"))
    element.text = m["text"]
    return element, m.start(), m.end()


def image_as_link(m: re.Match[str], md: Markdown) -> Found:
    """A remote image would tell its server who reads the page, so it waits until somebody follows a link to it."""
    address = m["address"].strip("<>")
    element = Element("a", href=address)
    element.text = AtomicString(m["text"].strip() or html_tags.image_name(address))
    return element, m.start(), m.end()


def wiki_link(m: re.Match[str], md: Markdown) -> Found:
    return (m["text"] or m["page"]).strip(), m.start(), m.end()


def footnote(m: re.Match[str], md: Markdown) -> Found:
    """`[^1]` in the text and `[^1]:` before the note as a raised 1."""
    element = Element("sup")
    element.text = AtomicString(m["note"])
    return element, m.start(), m.end()


@lru_cache(maxsize=1024)
def mathml(latex: str, display: str = "inline") -> str:
    """MathML for LaTeX that `is_formula` has let through (it limits length and depth), or "" if it cannot be read."""
    try:
        return convert(latex, display=display).replace("<math ", f'<math alttext="{escape(latex)}" ', 1)
    except Exception:
        return ""


class NotePreprocessor(Preprocessor):
    """Code is stashed, comments are dropped, tags and lines are put in order."""

    def run(self, lines: list[str]) -> list[str]:
        text = html_tags.rebuild_tags(self.without_code("\n".join(lines)), self.md.htmlStash.store)
        return separate_blocks(text).split("\n")

    def without_code(self, text: str) -> str:
        pieces = []
        position = 0
        for region in regions(text):
            pieces += [text[position : region.begin], self.replacement(region)]
            position = region.end
        return "".join([*pieces, text[position:]])

    def replacement(self, region: Region) -> str:
        store = self.md.htmlStash.store
        if region.kind == "comment":
            return ""
        if region.kind == "code":
            return store(f"<code>{escape(' '.join(region.inner.split()))}</code>")
        language = re.match(r"[\w+#.-]{1,30}", region.info)
        opening = f'<code class="language-{escape(language[0])}">' if language else "<code>"
        inner = re.sub(rf"^ {{0,{width_within(region.indent)}}}", "", region.inner, flags=re.M)
        return placed_code(region.indent, store(f"<pre>{opening}{escape(inner)}</code></pre>"))


def placed_code(indent: str, code: str) -> str:
    """A block of code as a paragraph of its own, in the quotation or the list's item that it began in."""
    if not indent.strip():
        return f"\n\n{indent}{code}\n\n"
    quote = indent[: indent.rfind(">") + 1]
    return f"{quote}\n{indent}{code}\n{quote}\n{quote}" if quote else f"{indent}{code}\n\n"


def width_within(indent: str) -> int:
    """How far a fence is indented, in a quotation behind its mark and the blank that belongs to it."""
    quote = indent.rfind(">") + 1
    return len(indent) - quote - (indent[quote : quote + 1] == " " if quote else 0)


class Folding(Treeprocessor):
    """Puts what stands between the marks of `tags` into the elements they stand for."""

    def run(self, root: Element) -> None:
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
    def __init__(self, root: Element, chinese: bool) -> None:
        self.root, self.chinese = root, chinese
        self.details: Element | None = None
        self.quote: Element | None = None
        self.english_paragraph = self.unclosed = False

    def take(self, child: Element) -> None:
        mark = html_tags.MARK.match(child.text or "") if child.tag == "p" else None
        if mark:
            child.text = (child.text or "")[mark.end() :].lstrip()
            self.obey(mark[0])
        if mark and mark[0] == html_tags.SUMMARY and self.details is not None and not len(self.details):
            child.tag = "summary"
        if not mark or child.text:
            self.place(child)

    def obey(self, mark: str) -> None:
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
        if self.english_paragraph and child.tag == "p":
            child.set("class", "english-text")
        place = next(place for place in (self.quote, self.details, self.root) if place is not None)
        place.append(child)
        # Nobody knows where details without an end should have ended: one block, and the rest stays in sight.
        if self.unclosed and child.tag != "summary":
            self.close_details()

    def close_details(self) -> None:
        details, self.details, self.quote, self.unclosed = self.details, None, None, False
        if details is None:
            return
        if not len(details):
            self.root.remove(details)
        elif (self.chinese and mark_english(details)) or is_called_original(details):
            details.set("class", "original")


def is_called_original(details: Element) -> bool:
    summary = details[0] if details[0].tag == "summary" else None
    return summary is not None and ORIGINAL.search(PLACEHOLDER.sub("", "".join(summary.itertext()))) is not None


def mark_english(details: Element) -> bool:
    """`lang="en"` on what is plainly English: hardly a Chinese character in it, and either the summary or the class
    says so, or one word in twelve is among the commonest English ones. Whether it is."""
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
    """A list ends where an item is marked as the first of another, and each list begins with its first number."""

    def run(self, root: Element) -> None:
        for parent in [each for each in root.iter() if any(child.tag == "ol" for child in each)]:
            parent[:] = [part for child in parent for part in self.parts(child)]

    def parts(self, element: Element) -> list[Element]:
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
    """Only addresses a reader can follow are links, and there is no link in a link."""

    def run(self, root: Element) -> None:
        for link in list(root.iter("a")):
            if not html_tags.is_link(link.get("href", "")):
                link.tag, link.attrib = "span", {}
            for inner in link.iter("a"):
                if inner is not link:
                    inner.tag, inner.attrib = "span", {}


class Turns(Treeprocessor):
    """`**Name**: text` at the start of a paragraph becomes a turn, if this is a conversation."""

    def run(self, root: Element) -> None:
        paragraphs = [child for parent in [root, *root.iter("details")] for child in parent if child.tag == "p"]
        labelled = [(paragraph, name) for paragraph in paragraphs if (name := label_of(paragraph))]
        times = Counter(name for _, name in labelled)
        # A bold lead (**Risks**: …) opens one paragraph among many; people speak again, or nobody else does.
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
    """The name a paragraph opens with in bold and with a colon, else ""."""
    if (paragraph.text or "").strip() or not len(paragraph) or paragraph[0].tag != "strong":
        return ""
    text = "".join(paragraph[0].itertext()).strip()
    colon = text.endswith((":", "：")) or (paragraph[0].tail or "").lstrip().startswith((":", "："))
    return text.rstrip(":： ") if colon else ""


def take_colon_in(speaker: Element) -> None:
    """`<b>Ann</b>: Yes` and `<b>Ann:</b> Yes` both as `<b>Ann<span class="colon">:</span></b> Yes`."""
    behind = COLON_BEHIND.match(speaker.tail or "")
    colon = Element("span", {"class": "colon"})
    if behind:
        colon.text, speaker.tail = behind[0], (speaker.tail or "")[behind.end() :]
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
    """A line that holds nothing but the label stays a line of its own."""
    before, newline, after = (paragraph[0].tail or "").partition("\n")
    if newline and not before.strip(" :："):
        paragraph[0].tail = before.rstrip()
        line_break = Element("br")
        line_break.tail = after
        paragraph.insert(1, line_break)


class Headings(Treeprocessor):
    """Levels in use become h3, h4 … without a gap, and every heading gets an id that is unique in this text."""

    prefix = ""

    def run(self, root: Element) -> None:
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
        return PLACEHOLDER.sub(self.meant_by, "".join(heading.itertext()))

    def meant_by(self, placeholder: re.Match[str]) -> str:
        kind, _, number = placeholder[1].rpartition(":")
        if kind:
            return re.sub(r"<[^>]*>", "", unescape(str(self.md.htmlStash.rawHtmlBlocks[int(number)])))
        return chr(int(number)) if number.isdigit() else ""


def heading_id(text: str) -> str:
    """A readable id for a heading in any script: `RL在语言模型中的突破` → `rl在语言模型中的突破`. Never empty.

    The same for the Markdown of a heading and for its text; independent of other headings.
    """
    kept = (
        character if unicodedata.category(character)[0] in "LNM" else "-"
        for character in unicodedata.normalize("NFKC", re.sub(r"[*`]", "", text)).lower()
    )
    return re.sub(r"-+", "-", "".join(kept)).strip("-")[:ID_LENGTH].rstrip("-") or "section"
