"""Places of quotes and predictions in the text: their words marked in sanitised HTML."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from django.utils.safestring import SafeString

from episodes.rendering.html_tokens import blocks_of, open_texts, tokens_of

# Characters: shorter words match by chance.
SHORTEST = 8


def mark_places(html: SafeString, said: dict[str, str]) -> tuple[SafeString, set[str]]:
    """Mark the first occurrence of each statement and return (HTML, anchors that were placed).

    said: {anchor: words}; each anchor must be safe in an attribute. The mark is `<mark class="said">` with the anchor
    as its id; text and other tags stay.

    Words are matched within one block, across names and links. Places never overlap: the first one wins.
    """
    blocks = blocks_of(html)
    unplaced = {anchor: escape(words.strip(), quote=False) for anchor, words in said.items()}
    unplaced = {anchor: words for anchor, words in unplaced.items() if len(words) >= SHORTEST}
    placed: set[str] = set()
    for index in range(0, len(blocks), 2):
        if unplaced.keys() - placed and len(blocks[index]) >= SHORTEST:
            blocks[index], placed_here = _in_block(
                blocks[index], {a: w for a, w in unplaced.items() if a not in placed}
            )
            placed |= placed_here
    # The input is safe, and only constant tags are added around pieces of its text.
    return SafeString("".join(blocks)), placed


def _in_block(block: str, waiting: dict[str, str]) -> tuple[str, set[str]]:
    tokens = tokens_of(block)
    open_at = list(open_texts(tokens))
    text = "".join(tokens[at] for at in open_at)
    places: list[tuple[int, int, str]] = []
    for anchor, words in waiting.items():
        begin = text.find(words)
        end = begin + len(words)
        if begin >= 0 and all(end <= other[0] or begin >= other[1] for other in places):
            places.append((begin, end, anchor))
    if not places:
        return block, set()
    begun: set[str] = set()
    offset = 0
    for at in open_at:
        token = tokens[at]
        tokens[at] = "".join(_pieces(token, offset, sorted(places), begun))
        offset += len(token)
    return "".join(tokens), {anchor for _begin, _end, anchor in places}


def _pieces(token: str, offset: int, places: list[tuple[int, int, str]], begun: set[str]) -> Iterator[str]:
    """Yield one text with its parts of each place marked; only the first part of a place has the id."""
    position = 0
    for begin, end, anchor in places:
        first, last = max(begin - offset, 0), min(end - offset, len(token))
        if first >= last:
            continue
        own = "" if anchor in begun else f' id="{anchor}"'
        begun.add(anchor)
        yield f'{token[position:first]}<mark class="said"{own}>{token[first:last]}</mark>'
        position = last
    yield token[position:]
