"""Resolve an anchor of an episode's page to the row it belongs to, for error reports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from episodes.models import Chapter, Episode, Prediction, Quote, Section
from episodes.site.contexts.episode_parts import reviewed_items, sections_of

ANCHOR_MODELS: dict[str, Any] = {"q": Quote, "p": Prediction, "c": Chapter}
_ITEM = re.compile(r"([qpc])([1-9]\d{0,17})", re.ASCII)
_PARAGRAPH = re.compile(r"p-[\w-]{8}(?:-\d{1,6})?", re.ASCII)
# The id of a heading inside a section begins with the section's primary key.
_HEADING = re.compile(r"s([1-9]\d{0,17})-.", re.ASCII)
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Characters of the passage quoted in a report.
MAX_TEXT_LENGTH = 600


@dataclass(frozen=True)
class AnchorTarget:
    """The row an anchor belongs to (None for the episode) and its text, at most MAX_TEXT_LENGTH characters."""

    anchor: str = ""
    row: Any = None
    text: str = ""


def anchor_of(item: Any) -> str:
    """Return the anchor of a quote, a prediction or a chapter on its episode's page."""
    return next(f"{letter}{item.pk}" for letter, model in ANCHOR_MODELS.items() if isinstance(item, model))


def target_of(episode: Episode, anchor: str) -> AnchorTarget:
    """Return the visible row that the anchor belongs to. One query at most.

    An unknown anchor and that of a hidden row both give the whole episode, so that the answer does not reveal which
    rows exist.
    """
    if item := _ITEM.fullmatch(anchor):
        row = reviewed_items(ANCHOR_MODELS[item[1]], episode).filter(pk=int(item[2])).first()
        return AnchorTarget(anchor, row, _cut(_words_of(row))) if row else AnchorTarget()
    if anchor.startswith(("s-", "p-")) or _HEADING.match(anchor):
        return _in_sections(episode, anchor)
    return AnchorTarget()


def _words_of(row: Any) -> str:
    if isinstance(row, Quote):
        return row.text
    return row.title if isinstance(row, Chapter) else row.claim or row.words


def _in_sections(episode: Episode, anchor: str) -> AnchorTarget:
    heading = _HEADING.match(anchor)
    for section in sections_of(episode):
        row: Section = section.row
        if anchor == section.anchor:
            return AnchorTarget(anchor, row, _cut(section.title))
        if (heading and int(heading[1]) == row.pk) or _PARAGRAPH.fullmatch(anchor):
            text = text_at(section.body, anchor)
            if text is not None:
                return AnchorTarget(anchor, row, _cut(text))
    return AnchorTarget()


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT_LENGTH else f"{text[:MAX_TEXT_LENGTH].rstrip()}…"


# --- text of one element


def text_at(html: str, anchor: str) -> str | None:
    """Return the text of the element with this id in one line, or None if there is none."""
    # Searched as a string first: parsing every section is slow and most do not hold the id.
    at = html.find(f'id="{anchor}"')
    if at < 0:
        return None
    element = _Element()
    element.feed(html[html.rfind("<", 0, at) :])
    return " ".join("".join(element.words).split())


class _Element(HTMLParser):
    """Collects the text of the first element. Expects well-formed HTML, as the sanitiser stores it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.depth = 0
        self.done = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in _VOID:
            self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and not self.done:
            self.depth -= 1
            self.done = self.depth <= 0

    def handle_data(self, data: str) -> None:
        if not self.done:
            self.words.append(data)
