"""Read the documents: their links, code spans, code blocks, tables and anchors. For tests/test_documents.py."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.shared import ROOT

_FENCED = re.compile(r"^```[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^(#{1,6}) +(.+?) *#*$", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def blocks(self) -> list[str]:
        """The texts of fenced code."""
        return _FENCED.findall(self.text)

    @cached_property
    def prose(self) -> str:
        return _FENCED.sub("", self.text)

    @cached_property
    def spans(self) -> list[str]:
        """The texts of inline code, without the escapes of tables."""
        return [span.replace("\\|", "|") for span in _SPAN.findall(self.prose)]

    @cached_property
    def code(self) -> list[str]:
        """Every line of fenced code and every inline code."""
        return [*self.spans, *(line for block in self.blocks for line in block.splitlines())]

    @cached_property
    def links(self) -> list[str]:
        return _LINK.findall(_SPAN.sub("", self.prose))

    @cached_property
    def anchors(self) -> set[str]:
        """Anchors of the headings as GitHub makes them; a repeated one gets a number."""
        found: set[str] = set()
        for _marks, heading in _HEADING.findall(self.prose):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
            anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
            number = 0
            while (numbered := f"{anchor}-{number}" if number else anchor) in found:
                number += 1
            found.add(numbered)
        return found

    def section(self, heading: str) -> str:
        """Return the text below a heading, up to the next one of the same level or above."""
        # What looks like a heading in code is none.
        text = _FENCED.sub(lambda block: block[0].replace("#", "-"), self.text)
        start = re.search(rf"^(#+) +{re.escape(heading)}$", text, re.MULTILINE)
        assert start, f"{self.name} has no heading “{heading}”"
        end = re.compile(rf"^#{{1,{len(start[1])}}} ", re.MULTILINE).search(text, start.end())
        return self.text[start.end() : end.start() if end else None]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the tables in a text, without their heads."""
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines):
        is_rule = re.fullmatch(r"\|[-|: ]+\|", line)
        before_rule = number + 1 < len(lines) and re.fullmatch(r"\|[-|: ]+\|", lines[number + 1])
        if line.startswith("|") and not is_rule and not before_rule:
            found.append([cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


def codes(cell: str) -> list[str]:
    """Return the inline codes of a cell."""
    return _SPAN.findall(cell)


DOCUMENTS = [
    Document(path)
    for path in (
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
        *sorted((ROOT / "docs").glob("*.md")),
    )
]


def document(name: str) -> Document:
    """Return a document by its path below the project."""
    return next(found for found in DOCUMENTS if found.name == name)


def documented_settings() -> dict[str, list[str]]:
    """Cells of the first table of docs/settings.md by the setting's name."""
    section = document("docs/settings.md").section("Environment variables").partition("\nTwo more")[0]
    return {codes(cells[0])[0]: cells for cells in rows(section)}
