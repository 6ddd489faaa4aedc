"""Readers of the items of an episode page.

Each takes one block (a bullet and the lines indented under it) and returns whether it understood it; other blocks
become body text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from episodes.notes.dialects.episode_page import vocabulary
from episodes.notes.dialects.episode_page.name_lists import read_entities, read_visual
from episodes.notes.dialects.episode_page.page_reader import Page, Part
from episodes.notes.dialects.note_lines import Block, blocks_of, require_match

# Possessive quantifiers (`*+`) prevent exponential backtracking over long runs of spaces or dashes. A time, a
# separator, then the words. An unreadable time (99:99:99) is still a time.
_CLOCK = r"(?P<start>\d{1,4}(?:[:：]\d\d){1,2})"
_TIME = rf"(?:{_CLOCK}(?:[ \t]*+[·•—–|-]++[ \t]*+|[ \t]++|(?=[:：])|$))?"
_TIMED = re.compile(_TIME)
_QUOTE_HEAD = re.compile(_TIME + r"(?:[—–-]++[ \t]*+)?(?P<label>.*)[:：]")
_QUOTE_LINE = re.compile(_TIME + r"(?:[—–-]++[ \t]*+)?(?:(?P<label>[^:：]{0,80})[:：][ \t]*)?(?P<text>.*)")
_QUOTE_WITHOUT_COLON = re.compile(_TIME + r"(?P<label>.*)")
_PREDICTION = re.compile(
    rf"(?:{_CLOCK}[ \t]*[·|]?[ \t]*)?" + r"(?:[(（](?P<horizon>.{0,300}?)[)）](?=[ \t]*(?:[—–:：-]|$))[ \t]*)?"
    r"(?:[—–-]+[ \t]*(?P<label>[^:：]{0,200})(?=[:：]))?[—–:：-]*[ \t]*"
)
_ENERGY = re.compile(rf"(?P<icon>[{vocabulary.UP}{vocabulary.DOWN}])\ufe0f?[ \t]*" + _TIME)
# "… (how it looked).: what it went with": the first colon after the end of a sentence, else the first colon.
_COLON = re.compile(r"(?<=[.。!?！？…'\"’”)）])[:：](?=\s|$)")
_ANY_COLON = re.compile(r"[:：](?=\s|$)|：")
_MIDDLE_DOT = re.compile(r"(?:(?<=\s)|^)·(?:[ \t]+|$)", re.MULTILINE)
_QUOTATION = {"“": "”", '"': '"', "「": "」", "『": "』", "„": "“", "«": "»"}

Reader = Callable[[Page, Block, int], bool]
Range = tuple[int, int]


def _under(block: Block) -> tuple[Range | None, Range | None]:
    """Return the spans under a bullet: the plain lines, and everything from the first inner bullet on."""
    inner = next((i for i, line in enumerate(block.rest) if line.bullet), len(block.rest))
    plain = [line for line in block.rest[:inner] if not line.blank]
    below = (block.rest[inner].at, block.last.end) if inner < len(block.rest) else None
    return ((plain[0].at, plain[-1].end) if plain else None), below


def _words(block: Block, begin: int, plain: Range | None) -> Range:
    """Return the span from `begin` in the bullet's line to the end of the plain lines under it."""
    return begin, plain[1] if plain else block.head.end


def _fields(page: Page, match: re.Match[str], record: int, *names: str) -> None:
    """Add segments for the groups that took part in a match, in order."""
    for name in names:
        begin, end = match.span(name)
        if begin < 0:
            continue
        if name == "start":
            page.time(begin, end, record)
        else:
            page.segment(begin, end, record, name, "line")


def _segment(page: Page, span: Range | None, record: int, name: str, codec: str = "indented") -> None:
    if span is not None:
        page.segment(*span, record, name, codec)


def _chapter(page: Page, block: Block, end: int) -> bool:
    plain, below = _under(block)
    match = require_match(_TIMED.match(page.text, block.head.at, block.head.end))
    if block.head.at == block.last.end:
        return False
    record = page.item("chapter", block.head.begin, end)
    _fields(page, match, record, "start")
    page.segment(match.end(), block.head.end, record, "title", "line")
    summary = (plain[0], below[1]) if plain and below else plain or below
    _segment(page, summary, record, "summary")
    return True


def _quote(page: Page, block: Block, end: int) -> bool:
    """Read `time — label:` with the text below or on the same line; the context is an inner bullet."""
    plain, below = _under(block)
    match = _quote_head(page.text, block, plain)
    inline = match.groupdict().get("text")
    if not inline and plain is None and match["start"] is None and match["label"] is None:
        return False
    record = page.item("quote", block.head.begin, end)
    _fields(page, match, record, "start")
    if match["label"]:
        page.segment(*_stripped(page.text, match.span("label")), record, "label", "line")
    _segment(page, _words(block, match.start("text"), plain) if inline else plain, record, "text")
    _segment(page, below, record, "context")
    return True


def _quote_head(text: str, block: Block, plain: Range | None) -> re.Match[str]:
    span = (block.head.at, block.head.end)
    if match := _QUOTE_HEAD.fullmatch(text, *span):
        return match
    match = require_match(_QUOTE_LINE.fullmatch(text, *span))
    if plain and match["label"] is None:
        # The colon after the label is missing: the rest of the line is the label, because the text is below.
        return require_match(_QUOTE_WITHOUT_COLON.fullmatch(text, *span))
    return match


def _stripped(text: str, span: Range) -> Range:
    raw = text[slice(*span)]
    begin = span[0] + len(raw) - len(raw.lstrip())
    return begin, max(begin, span[0] + len(raw.rstrip()))


def _prediction(page: Page, block: Block, end: int) -> bool:
    match = require_match(_PREDICTION.match(page.text, block.head.at, block.head.end))
    record = page.item("prediction", block.head.begin, end)
    _fields(page, match, record, "start", "horizon")
    if match["label"]:
        page.segment(*_stripped(page.text, match.span("label")), record, "label", "line")
    page.segment(match.end(), block.last.end, record, "words", "indented")
    return True


def _energy(page: Page, block: Block, end: int) -> bool:
    """Read an energy change; its kind follows from the icon, without which the block is not understood."""
    match = _ENERGY.match(page.text, block.head.at, block.head.end)
    if match is None:
        return False
    plain, below = _under(block)
    kind = "energy_up" if match["icon"] in vocabulary.UP else "energy_down"
    record = page.item("observation", block.head.begin, end, kind=kind)
    _fields(page, match, record, "start")
    _segment(page, _words(block, match.end(), plain), record, "cue")
    _segment(page, below, record, "detail")
    return True


def _inside_quotation(text: str, span: Range) -> Range:
    begin, end = span
    closing = _QUOTATION.get(text[begin : begin + 1])
    if closing is None:
        return span
    closed = end - begin > 1 and text[end - 1] == closing
    return begin + 1, end - 1 if closed else end


def _gesture(page: Page, block: Block, end: int) -> bool:
    plain, below = _under(block)
    match = require_match(_TIMED.match(page.text, block.head.at, block.head.end))
    record = page.item("observation", block.head.begin, end, kind="gesture")
    _fields(page, match, record, "start")
    cue = _inside_quotation(page.text, _words(block, match.end(), plain))
    _segment(page, cue, record, "cue")
    if below is None:
        return True
    dot = _MIDDLE_DOT.search(page.text, *below)
    detail_end = len(page.text[below[0] : dot.start()].rstrip()) + below[0] if dot else below[1]
    _segment(page, (below[0], detail_end), record, "detail")
    if dot:
        _segment(page, (dot.end(), below[1]), record, "reading")
    return True


def _tell(page: Page, block: Block, end: int) -> bool:
    plain, below = _under(block)
    match = require_match(_TIMED.match(page.text, block.head.at, block.head.end))
    begin, stop = _words(block, match.end(), plain)
    record = page.item("observation", block.head.begin, end, kind="tell")
    _fields(page, match, record, "start")
    colon = _COLON.search(page.text, begin, stop) or _ANY_COLON.search(page.text, begin, stop)
    page.segment(begin, colon.start() if colon else stop, record, "detail", "indented")
    if colon:
        cue = _stripped(page.text, (colon.end(), stop))
        _segment(page, cue, record, "cue")
    _segment(page, below, record, "reading")
    return True


def _texture(page: Page, block: Block, end: int) -> bool:
    if block.head.at == block.last.end:
        return False
    record = page.item("observation", block.head.begin, end, kind="texture")
    page.segment(block.head.at, block.last.end, record, "detail", "indented")
    return True


def _takeaway(page: Page, block: Block, end: int) -> bool:
    if block.head.at == block.last.end:
        return False
    record = page.item("takeaway", block.head.begin, end, order=page.takeaways, depth=0, heading="")
    page.takeaways += 1
    page.segment(block.head.at, block.last.end, record, "text", "indented")
    return True


def _bullets(reader: Reader) -> Callable[[Page, Part], None]:
    """Return a reader of all bullets of a part.

    An item ends where the next begins, the last one after its own last line.
    """

    def read(page: Page, part: Part) -> None:
        blocks = list(blocks_of(part.lines))
        for block, following in zip(blocks, [*blocks[1:], None], strict=False):
            end = following.head.begin if following and following.head.bullet else block.last.stop
            if not block.head.bullet or not reader(page, block, end):
                page.add_unclaimed_block(block)

    return read


def _unknown(page: Page, part: Part) -> None:
    page.add_unclaimed(part.lines)
    if part.heading and part.match:
        page.headed(part.heading, part.match.start("heading"))


READERS: dict[str, Callable[[Page, Part], None]] = {
    "chapters": _bullets(_chapter),
    "quotes": _bullets(_quote),
    "predictions": _bullets(_prediction),
    "visual": read_visual,
    "energy": _bullets(_energy),
    "gestures": _bullets(_gesture),
    "tells": _bullets(_tell),
    "texture": _bullets(_texture),
    "entities": read_entities,
    "takeaways": _bullets(_takeaway),
    "unknown": _unknown,
}
