"""Dialect 2: a record of an interview, without front matter.

Briefing, links, introduction, an outline tree in a code fence, the transcript's title with its participants, the
transcript in sections of `**Name (role):**` turns, key points as nested bullets. Any of them may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from episodes.notes import prose
from episodes.notes.dialects.interview_record import vocabulary
from episodes.notes.dialects.interview_record.block_readers import READERS
from episodes.notes.dialects.interview_record.insertion import insert as insert
from episodes.notes.dialects.interview_record.insertion import set_missing as set_missing
from episodes.notes.dialects.interview_record.outline_tree import outline_nodes as outline_nodes
from episodes.notes.dialects.interview_record.record_reader import Block, RecordReader
from episodes.notes.dialects.note_lines import opens_with_front_matter
from episodes.notes.line_ends import with_line_feeds
from episodes.notes.parsed import Annotation, ParsedNote
from episodes.notes.prose.formulas import formulas
from episodes.notes.prose.outline import Heading, outline

NAME = "interview_record"
VERSION = 2
# True if `# x #` is the heading x, as in Markdown: the exporter must then protect a `#` at the end.
MARKDOWN_HEADINGS = True

_ROLE_TURN = re.compile(
    r"^\*\*[^*\n]{1,60}?[ \t]*[(（][^*()（）\n]{1,30}[)）][ \t]*(?:[:：][ \t]?\*\*|\*\*[ \t]?[:：])", re.MULTILINE
)
_EDITORS_NOTE = re.compile(r"^\*\*(?P<text>[(（][^*\n]*[)）])\*\*[ \t]*\r?$", re.MULTILINE)
_TURN = re.compile(r"^\*\*[^*\n]{1,60}?(?:[:：][ \t]?\*\*|\*\*[ \t]?[:：])", re.MULTILINE)
_BEFORE_TRANSCRIPT = {"title", "record", "intro", "outline"}
_ANNOTATED = {"brief", "intro", "transcript", "body"}
_MIN_TURNS = 2


def detect(text: str) -> bool:
    """Return whether a text is an interview record.

    Either a heading 访谈录 with another known part, or turns with roles and key points.
    """
    if opens_with_front_matter(text):
        return False
    parts = {vocabulary.part_of(heading) for heading in vocabulary.HEADING.findall(text)} - {None}
    if "record" in parts:
        return len(parts) > 1 or _ROLE_TURN.search(text) is not None
    if not parts & {"review", "brief"}:
        return False
    turns = _ROLE_TURN.finditer(text)
    return len([turn for turn, _ in zip(turns, range(_MIN_TURNS), strict=False)]) == _MIN_TURNS


def parse(text: str) -> ParsedNote:
    """Parse a note."""
    lines = with_line_feeds(text)
    reader = RecordReader(NAME, lines)
    blocks = _blocks(lines)
    reader.title_at = _title_at(blocks)
    for block in blocks:
        READERS[block.part](reader, block)
    note = reader.finish()
    note.annotations = _annotations(note)
    note.text = text
    return note


def _blocks(text: str) -> list[Block]:
    """Return the text above the first heading, then every heading with the text up to the next one."""
    headings = outline(text).headings
    ends = [*(heading.begin for heading in headings[1:]), len(text)]
    known = [vocabulary.part_of(text[heading.at : heading.stop]) for heading in headings]
    blocks = [Block("facts", None, 0, headings[0].begin if headings else len(text))]
    context = _Context(known, max((turn.start() for turn in _TURN.finditer(text)), default=None))
    for heading, part, end in zip(headings, known, ends, strict=False):
        blocks.append(Block(context.part(part, heading), heading, heading.end, end))
    return blocks


class _Context:
    """Classifies headings by the headings before them."""

    def __init__(self, known: list[str | None], last_turn: int | None) -> None:
        # If no heading announces the transcript, every unknown one may begin it.
        self.plain = not any(part in _BEFORE_TRANSCRIPT for part in known)
        self.last_turn = last_turn
        self.inside, self.level = "", 0
        self.titled = self.reviewed = False

    def part(self, known: str | None, heading: Heading) -> str:
        """Return the name of the part that a heading opens."""
        if known:
            return self._enter(known, heading)
        if heading.level > self.level and self.inside in ("brief", "intro", "review"):
            return "group" if self.inside == "review" else self.inside
        if heading.level == 1 and not self.titled and self._has_turns_below(heading):
            self.titled = True
            return self._enter("title", heading)
        if self.inside in _BEFORE_TRANSCRIPT or (self.plain and not self.reviewed):
            return "transcript"
        return "body"

    def _has_turns_below(self, heading: Heading) -> bool:
        return not self.reviewed if self.last_turn is None else heading.begin < self.last_turn

    def _enter(self, part: str, heading: Heading) -> str:
        self.inside, self.level = part, heading.level
        self.reviewed |= part == "review"
        return part


def _title_at(blocks: list[Block]) -> str:
    """Return the source of the title: the transcript's heading, else the briefing's, else the video link."""
    parts = [block.part for block in blocks]
    return next((part for part in ("title", "brief") if part in parts), "link")


def _annotations(note: ParsedNote) -> list[Annotation]:
    annotations: list[Annotation] = []
    for segment in note.segments:
        record = note.records[segment.record]
        if segment.field != "text" or segment.record < 0:
            continue
        if record.kind == "section" and record.given["kind"] in _ANNOTATED:
            annotations += prose.annotate(note.text, segment.begin, segment.end)
            annotations += _editors_notes(note.text, segment.begin, segment.end)
        else:
            annotations += _formulas(note.text, segment.begin, segment.end)
    return sorted(annotations, key=lambda annotation: (annotation.begin, -annotation.end))


def _editors_notes(text: str, begin: int, end: int) -> Iterator[Annotation]:
    for match in _EDITORS_NOTE.finditer(text, begin, end):
        yield Annotation("editor_note", match.start(), match.end("text") + 2, {"text": match["text"]})


def _formulas(text: str, begin: int, end: int) -> Iterator[Annotation]:
    if text.find("$", begin, end) < 0:
        return
    for start, stop, latex in formulas(text[begin:end]):
        yield Annotation("formula", begin + start, begin + stop, {"latex": latex})
