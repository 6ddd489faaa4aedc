"""Parts of an episode page with several records on one line: visual signals and mentioned names."""

from __future__ import annotations

import re

from episodes.notes.dialects.episode_page import vocabulary
from episodes.notes.dialects.episode_page.page_reader import Page, Part
from episodes.notes.dialects.inline_lists import (
    Range,
    spans_of,
    split_names,
    split_props,
)
from episodes.notes.dialects.note_lines import Block, blocks_of, require_match
from episodes.notes.parsed import Group

_KEY = (
    rf"(?:(?P<setting>{vocabulary.SETTING})|(?P<production>{vocabulary.PRODUCTION})|(?P<prop>{vocabulary.PROPS}))"
    r"[ \t]*[:：][ \t]*"
)
_FIRST_KEY = re.compile(_KEY, re.IGNORECASE)
_NEXT_KEY = re.compile(r"(?<=\s)·[ \t]+" + _KEY, re.IGNORECASE)
_DOT = re.compile(r"(?:·[ \t]+)?")
_LIST = re.compile(
    r"\**(?P<heading>[^:：()（）*\n]{1,40}?)\**[ \t]*(?:[(（](?P<count>\d{1,9})[)）])?\**[ \t]*[:：]\**[ \t]*"
)


def read_visual(page: Page, part: Part) -> None:
    """Read `setting: … · production: …` and `props: …`."""
    for block in blocks_of(part.lines):
        if not _read_visual_block(page, block):
            page.add_unclaimed_block(block)


def _read_visual_block(page: Page, block: Block) -> bool:
    first = _FIRST_KEY.match(page.text, block.head.at, block.head.end)
    if first is None:
        return False
    keys = [first, *_NEXT_KEY.finditer(page.text, first.end(), block.last.end)]
    ends = [*(key.start() for key in keys[1:]), block.last.end]
    line = (block.head.begin, block.last.stop) if len(keys) == 1 else None
    for key, end in zip(keys, ends, strict=True):
        kind = key.lastgroup or ""
        value = (key.end(), key.end() + len(page.text[key.end() : end].rstrip(" \t\r\n·")))
        if kind == "prop":
            _props(page, value, line)
        elif value[0] < value[1]:
            next_key = require_match(_DOT.match(page.text, end)).end()
            record = page.item("observation", *(line or (key.start(kind), next_key)), kind=kind)
            page.segment(*value, record, "detail", "indented")
    return True


def _props(page: Page, value: Range, alone: Range | None) -> None:
    members = split_props(page.text, *value)
    for begin, end, member in spans_of(members):
        span = alone if alone and len(members) == 1 else (begin, end)
        record = page.item("observation", *span, kind="prop")
        page.segment(*member, record, "detail", "indented")


def read_entities(page: Page, part: Part) -> None:
    """Read `人物 (20): A, B, C`: one mention for each name, its kind by the name of the list."""
    for block in blocks_of(part.lines):
        match = _LIST.match(page.text, block.head.at, block.head.end)
        if match is None:
            page.add_unclaimed_block(block)
            continue
        page.flush()
        listed_as = match["heading"]
        label = page.label(match, block.head.begin, match.end(), part="mentions")
        members = split_names(page.text, match.end(), block.last.end)
        for begin, end, member in spans_of(members):
            record = page.item(
                "mention", begin, end, listed_as=listed_as, entity_kind=vocabulary.entity_kind(listed_as)
            )
            page.segment(*member, record, "name", "line")
        page.note.groups.append(Group(listed_as, "mention", match.end(), block.last.end))
        page.check_count(label, len(members))
