"""Visible HTML converted back to Markdown: it can contain nothing that the page does not show.

The source cannot be used instead: it holds comments, link titles and addresses that the sanitiser removes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import quote

_EMPHASIS = {"b": "**", "strong": "**", "em": "*", "i": "*", "del": "~~"}
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_BLOCKS = {"p", "div", "details", "blockquote", "ul", "ol", "table", "pre", "hr", "summary", *_HEADINGS}
_SPECIAL = re.compile(r"[\\`*\[\]<]|(?<!\w)_|_(?!\w)")
# Characters that would end `<address>` or break it.
_ENDS_ADDRESS = re.compile(r"[<>\\\s]")
_LINE_START = re.compile(r"^\s*(?:#(?=#{0,5}\s)|>|[+-](?=\s)|\d+[.)](?=\s))")


def to_markdown(html: str) -> str:
    """Return HTML from `render` and `highlight` as Markdown; formulas as LaTeX between dollar signs."""
    converter = _Converter()
    converter.feed(html)
    converter.close()
    return converter.result()


def escaped(text: str) -> str:
    """Return text with Markdown's special characters escaped; `_` within a word is none."""
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", text)


def escaped_start(line: str) -> str:
    """Return a line that begins no heading, list or quote."""
    return _LINE_START.sub(lambda match: f"{match[0][:-1]}\\{match[0][-1]}", line)


def link(text: str, address: str) -> str:
    """Return a Markdown link. text: Markdown."""
    return f"[{text}]({destination(address)})"


def destination(address: str) -> str:
    """Return an address as the target of a link, in angle brackets."""
    return f"<{_ENDS_ADDRESS.sub(lambda match: quote(match[0]), address)}>"


def code_span(text: str) -> str:
    """Return a code span, with more backticks than the text contains in a row."""
    text, ticks = " ".join(text.split()), "`" * (_longest_run(text) + 1)
    return f"{ticks} {text} {ticks}" if "`" in text[:1] + text[-1:] else f"{ticks}{text}{ticks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


class _Converter(HTMLParser):
    """Converts HTML to Markdown, one block after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.pieces: list[str] = []
        # Prefix of each line of a block: `> `, and the indentation under a bullet.
        self.prefixes: list[str] = []
        self.bullet = ""
        self.numbers: list[int | None] = []
        self.links: list[str] = []
        self.cells: list[str] | None = None
        # Code of a block, and of a span within a line.
        self.code: str | None = None
        self.span: str | None = None
        self.code_language = ""
        self.formula: str | None = None
        self.tight = self.in_table = False

    # --- output

    @property
    def line(self) -> str:
        """The text of the current line."""
        return "".join(self.pieces)

    @line.setter
    def line(self, text: str) -> None:
        self.pieces = [text]

    def add(self, text: str) -> None:
        """Append to the line. Not with `line +=`, which would copy it for every tag and reference."""
        self.pieces.append(text)

    def flush(self) -> None:
        """End the paragraph."""
        lines = [part.strip() for part in self.line.strip().split("\n")]
        self.line = ""
        if any(lines):
            if not self.bullet:
                lines = [escaped_start(line) for line in lines]
            # All line breaks come from <br>.
            self.block("  \n".join(lines))

    def block(self, text: str) -> None:
        """Write a block with its prefixes."""
        prefix = "".join(self.prefixes)
        first, self.bullet = (self.bullet or prefix), ""
        lines = text.split("\n")
        result = [first + lines[0], *(prefix + line for line in lines[1:])]
        # Items of one list are not separated by blank lines.
        joint = "\n" if first.lstrip("> ")[:1] in ("-", *"0123456789") and self.tight and self.blocks else "\n\n"
        self.blocks.append((joint if self.blocks else "") + "\n".join(line if line.strip() else "" for line in result))
        self.tight = bool(self.numbers)

    def result(self) -> str:
        """Return the Markdown."""
        self.flush()
        return "".join(self.blocks).strip()

    # --- input

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.formula is not None or self.span is not None:
            return
        if tag == "math":
            self.formula = _formula(dict(attrs))
        elif tag in _BLOCKS or tag in ("li", "tr", "td", "th"):
            self._begin(tag, dict(attrs))
        elif tag == "br":
            self.add("\n" if self.cells is None else " ")
        elif tag == "a":
            self.links.append(dict(attrs).get("href") or "")
            self.add("[")
        elif self.code is not None:
            # <pre><code class="language-x">
            self.code_language = (dict(attrs).get("class") or "").removeprefix("language-")
        elif tag == "code":
            self.span = ""
        else:
            self.add(_EMPHASIS.get(tag, f"<{tag}>" if tag in ("sup", "sub") else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "math":
            self.add(self.formula or "")
            self.formula = None
        elif tag == "code" and self.span is not None:
            self.add(code_span(self.span))
            self.span = None
        elif self.formula is not None or self.span is not None:
            return
        elif tag in _BLOCKS or tag in ("li", "tr", "td", "th"):
            self._end(tag)
        elif tag == "a" and self.links:
            self.add(f"]({destination(self.links.pop())})")
        elif self.code is None:
            self.add(_EMPHASIS.get(tag, f"</{tag}>" if tag in ("sup", "sub") else ""))

    def handle_data(self, data: str) -> None:
        if self.formula is not None:
            return
        if self.code is not None:
            self.code += data
        elif self.span is not None:
            self.span += data
        else:
            self.add(escaped(re.sub(r"\s+", " ", data)))

    def _begin(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag in ("td", "th"):
            self.line = ""
            return
        self.flush()
        if tag == "pre":
            self.code = ""
        elif tag == "tr":
            self.cells = []
        elif tag == "hr":
            self.block("---")
        elif tag == "blockquote":
            self.prefixes.append("> ")
        elif tag in ("ul", "ol"):
            self.numbers.append(int(attrs.get("start") or 1) if tag == "ol" else None)
        elif tag == "li":
            self._begin_item()
        elif tag in ("details", "summary"):
            self._raw(f"<{tag}>")
        elif tag in _HEADINGS:
            self.bullet = "".join(self.prefixes) + _HEADINGS[tag] + " "

    def _begin_item(self) -> None:
        number = self.numbers[-1] if self.numbers else None
        sign = "- " if number is None else f"{number}. "
        if self.numbers and number is not None:
            self.numbers[-1] = number + 1
        self.bullet = "".join(self.prefixes) + sign
        self.prefixes.append(" " * max(len(sign), 4 if number is not None else 2))

    def _raw(self, tag: str) -> None:
        if tag == "<summary>":
            self.line = "<summary>"
        else:
            self.block(tag)

    def _end(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._end_of_cell()
            return
        if tag == "summary":
            self.add("</summary>")
        self.flush()
        if tag in _ENDS:
            _ENDS[tag](self)
        if tag in _HEADINGS:
            self.bullet = ""

    def _end_of_place(self) -> None:
        if self.prefixes:
            self.prefixes.pop()
        self.bullet = ""

    def _end_of_list(self) -> None:
        if self.numbers:
            self.numbers.pop()
        self.tight = bool(self.numbers)

    def _end_of_details(self) -> None:
        self.block("</details>")

    def _end_of_table(self) -> None:
        self.in_table = False

    def _end_of_cell(self) -> None:
        cell, self.line = self.line.strip().replace("\n", " ").replace("|", "\\|"), ""
        if self.cells is not None:
            self.cells.append(cell)

    def _end_of_code(self) -> None:
        code, self.code = (self.code or "").rstrip("\n"), None
        fence = "`" * max(3, _longest_run(code) + 1)
        language, self.code_language = self.code_language, ""
        self.block(f"{fence}{language}\n{code}\n{fence}")

    def _end_of_row(self) -> None:
        cells, self.cells = self.cells or [], None
        row = f"| {' | '.join(cells)} |"
        prefix = "".join(self.prefixes)
        if self.in_table:
            self.blocks[-1] += f"\n{prefix}{row}"
        else:
            self.block(f"{row}\n|{' --- |' * len(cells)}")
            self.in_table = True


_ENDS: dict[str, Callable[[_Converter], None]] = {
    "pre": _Converter._end_of_code,
    "tr": _Converter._end_of_row,
    "blockquote": _Converter._end_of_place,
    "li": _Converter._end_of_place,
    "ul": _Converter._end_of_list,
    "ol": _Converter._end_of_list,
    "details": _Converter._end_of_details,
    "table": _Converter._end_of_table,
}


def _formula(attrs: dict[str, str | None]) -> str:
    dollars = "$$" if attrs.get("display") == "block" else "$"
    return f"{dollars}{attrs.get('alttext') or ''}{dollars}"
