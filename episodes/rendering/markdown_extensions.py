"""Python-Markdown extended for podcast notes. Used by episodes.rendering, which sanitises the result.

Text → preprocessor (code and comments removed, then tags and lines) → Markdown's own parser → tree processors (folded
originals, links, turns, headings). No HTML of a note passes unchanged: the few known tags are rebuilt, anything else in
angle brackets is text.
"""

from __future__ import annotations

import re
import string
from html import escape
from threading import local

from markdown import Markdown
from markdown.preprocessors import Preprocessor
from pymdownx.betterem import BetterEmExtension

from episodes.notes.prose.code_and_comments import Region, regions
from episodes.rendering import html_tags
from episodes.rendering.block_rules import separate_blocks
from episodes.rendering.inline_patterns import set_inline_patterns
from episodes.rendering.long_paragraphs import register_pieces
from episodes.rendering.tree_processors import Folding, Headings, Links, ListStarts, Turns

_thread = local()


def to_html(text: str, id_prefix: str) -> str:
    """Return the HTML of a text, not sanitised. id_prefix: precedes the id of every heading."""
    # One instance for each thread: creating it takes as long as converting a page of text.
    md = getattr(_thread, "md", None) or note_markdown()
    # Not stored while it works: an instance that raised an error is never reused.
    _thread.md = None
    md.reset()
    md.treeprocessors["headings"].prefix = id_prefix  # type: ignore[union-attr]
    html = md.convert(text)
    _thread.md = md
    return html


def note_markdown() -> Markdown:
    """Return a Markdown instance for notes. It has state: call `reset()` before each text."""
    # Markdown 3.11 loses a letter where emphasis overlaps: the c of `*a**b*cd`. BetterEm does not, but follows
    # CommonMark's punctuation rules unless told otherwise, which leave the asterisks of `字**“粗”**字` on the page.
    emphasis = BetterEmExtension(punctuation=False)
    md = Markdown(extensions=["tables", "sane_lists", emphasis], output_format="html")
    md.ESCAPED_CHARS = list(string.punctuation)
    md.preprocessors.deregister("html_block")
    md.preprocessors.register(NotePreprocessor(md), "note", 25)
    # Indentation is no code here; `text` over `---` is text and a rule; and `[Guest]: Sure` would vanish as the
    # definition of a link.
    for name in ("code", "setextheader", "reference"):
        md.parser.blockprocessors.deregister(name)
    set_inline_patterns(md)
    processors = (ListStarts(md), 26), (Folding(md), 25), (Links(md), 15), (Turns(md), 14), (Headings(md), 13)
    for processor, priority in processors:
        md.treeprocessors.register(processor, type(processor).__name__.lower(), priority)
    register_pieces(md)
    return md


class NotePreprocessor(Preprocessor):
    """Stashes code, drops comments, rewrites tags and lines."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines for Markdown's parser."""
        text = html_tags.rebuild_tags(self.without_code("\n".join(lines)), self.md.htmlStash.store)
        return separate_blocks(text).split("\n")

    def without_code(self, text: str) -> str:
        """Return the text with code and comments replaced."""
        pieces = []
        position = 0
        for region in regions(text):
            pieces += [text[position : region.begin], self.replacement(region)]
            position = region.end
        return "".join([*pieces, text[position:]])

    def replacement(self, region: Region) -> str:
        """Return the placeholder of code; nothing for a comment."""
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
    """Return a code block as a paragraph of its own, within the quotation or list item that it began in."""
    if not indent.strip():
        return f"\n\n{indent}{code}\n\n"
    quote = indent[: indent.rfind(">") + 1]
    return f"{quote}\n{indent}{code}\n{quote}\n{quote}" if quote else f"{indent}{code}\n\n"


def width_within(indent: str) -> int:
    """Return the indentation of a fence; in a quotation counted after its mark and the blank after that."""
    quote = indent.rfind(">") + 1
    return len(indent) - quote - (indent[quote : quote + 1] == " " if quote else 0)
