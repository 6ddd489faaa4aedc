"""A note with front matter in several styles, and shorthands to parse such notes."""

from __future__ import annotations

from episodes.notes import prose
from episodes.notes.dialects import front_matter
from episodes.notes.parsed import ParsedNote
from tests.episodes.notes import accounting

NOTE = """---
title: 'A talk: on tides'
date: '2025-03-25'
speaker: North & South x East
guest: Ann Lee, 李四、Bob
people:
- Ann Lee
- "Bob, the elder"
companies_orgs: [Tide Labs, "Moon, Inc."]
products_models: []
tags:
  - sea
  - moon  # twice a day
project:
- one
draft: true
channel: null
nested:
  a: 1
  b: [x, y]
---

Before any heading.

### First

**RL**（Reinforcement Learning: 强化学习） works.

## Second ##

Text.
"""


def parse(text: str) -> ParsedNote:
    note = front_matter.parse(text)
    accounting.check_tiling(note)
    return note


def remarks(note: ParsedNote) -> set[tuple[str, str]]:
    return {(remark.code, remark.field) for remark in note.remarks}


def header(*lines: str) -> ParsedNote:
    return parse("\n".join(["---", *lines, "---", "Body.", ""]))


def listed(note: ParsedNote, kind: str) -> list[tuple[str, str]]:
    return [(r.get("listed_as") or r.get("role") or "", r.get("name") or r.get("label")) for _, r in note.of_kind(kind)]


def assert_annotations_read_alone(note: ParsedNote) -> None:
    for annotation in note.annotations:
        assert prose.read(annotation.kind, note.text[annotation.begin : annotation.end]) == annotation.values
