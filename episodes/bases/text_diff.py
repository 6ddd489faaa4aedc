"""The difference of two texts, word by word, for people: Latin by words, Chinese by characters, with Markdown marks.

    pieces("The engine weaves.", "The machine weaves.")
    → equal "The ", delete "engine", insert "machine", equal " weaves."

Lines are compared first, then the sentences of changed lines, then the words of changed sentences, so that a text of a
megabyte takes no longer than it should. What is equal and deleted put together is the old text, what is equal and
inserted the new one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

EQUAL, DELETE, INSERT, SKIP = "equal", "delete", "insert", "skip"
# How much of what did not change is shown on either side of what did.
CONTEXT = 60
# difflib's time grows with the product of both lengths, and faster: above this nothing is sought within a block.
MOST = 160_000

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
# A full stop ends a sentence where white space follows: that of 1.5 does not.
# A run of signs is looked at from its beginning alone: from each of 50,000 it would take an hour.
_SENTENCES = re.compile(r".+?(?:[。！？；]++[”’」』）]*+|(?<![.!?;])[.!?;]++[\"')*_]*+(?=\s)|\Z)\s*", re.DOTALL)
# A word of an alphabet with its marks; else one character: of Chinese, of punctuation, of white space.
_LATIN = r"[^\W_\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
_WORDS = re.compile(rf"[*_~`]*{_LATIN}+(?:['’.,:/-]{_LATIN}+)*[*_~`]*|[*_~`#]+|\r?\n|[^\S\r\n]+|.", re.DOTALL)
_LEVELS = (_LINES, _SENTENCES, _WORDS)


class Piece(NamedTuple):
    op: str
    text: str


def diff(old: str, new: str) -> list[Piece]:
    """What is equal, deleted and inserted, in order; of a change the deleted words come first."""
    return list(_tidy(_compare(old, new, 0)))


def collapse_unchanged(found: list[Piece], context: int = CONTEXT) -> list[Piece]:
    """The same with long unchanged stretches cut to their ends; a piece `skip` stands for what was left out."""
    shown: list[Piece] = []
    for number, piece in enumerate(found):
        if piece.op != EQUAL or len(piece.text) <= 2 * context:
            shown.append(piece)
            continue
        head = piece.text[:context] if number > 0 else ""
        tail = piece.text[-context:] if number < len(found) - 1 else ""
        shown += [part for part in (Piece(EQUAL, head), Piece(SKIP, "…"), Piece(EQUAL, tail)) if part.text]
    return shown


# --- finding


def _compare(old: str, new: str, level: int) -> Iterator[Piece]:
    """Compare at one level of detail, and what has changed at the next."""
    if not old or not new or old == new:
        yield from _replaced(old, new)
        return
    last = level == len(_LEVELS) - 1
    for a, b in _blocks(_LEVELS[level].findall(old), _LEVELS[level].findall(new)):
        before, after = "".join(a), "".join(b)
        if before == after or last:
            yield from _replaced(before, after)
        else:
            yield from _compare(before, after, level + 1)


def _replaced(old: str, new: str) -> Iterator[Piece]:
    found = [Piece(EQUAL, old)] if old == new else [Piece(DELETE, old), Piece(INSERT, new)]
    yield from (piece for piece in found if piece.text)


def _blocks(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Both lists in parallel parts, which are equal or are not. What both have once holds the parts together."""
    a = b = 0
    for i, j in [*_anchors(old, new), (len(old), len(new))]:
        if i < a or j < b:
            continue  # It lies in a part that reached over it.
        yield from _gap(old[a:i], new[b:j])
        a, b = i, j
        while a < len(old) and b < len(new) and old[a] == new[b]:
            a, b = a + 1, b + 1
        yield old[i:a], new[j:b]


def _gap(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    if len(old) * len(new) > MOST:
        yield old, new
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for _op, a, until_a, b, until_b in matcher.get_opcodes():
        yield old[a:until_a], new[b:until_b]


def _anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Places of what stands exactly once in each, as many as keep their order in both. (0, 0) where both begin alike.

    The time of this grows as that of sorting does.
    """
    once_old, once_new = _once(old), _once(new)
    pairs = [(once_old[word], place) for word, place in once_new.items() if word in once_old]
    start = [(0, 0)] if old[:1] == new[:1] else []
    return sorted({*start, *_ascending(sorted(pairs))})


def _once(words: list[str]) -> dict[str, int]:
    """Place by word, of the words that stand there once. White space and marks hold nothing together."""
    counts = Counter(words)
    return {word: place for place, word in enumerate(words) if counts[word] == 1 and re.search(r"\w", word)}


def _ascending(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs that ascend on both sides (patience sorting)."""
    piles: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for number, (_place, other) in enumerate(pairs):
        pile = bisect_left(piles, other)
        before.append(tops[pile - 1] if pile else -1)
        if pile == len(piles):
            piles.append(other)
            tops.append(number)
        else:
            piles[pile], tops[pile] = other, number
    run, at = [], tops[-1] if tops else -1
    while at >= 0:
        run.append(pairs[at])
        at = before[at]
    return run[::-1]


# --- for reading


def _tidy(found: Iterable[Piece]) -> Iterator[Piece]:
    """Runs put together: one change for each changed word, without single letters that happen to be the same."""
    deleted = inserted = ""
    held = ""  # Something short and equal behind a change: part of it if another change follows.
    for piece in _joined(found):
        if piece.op == EQUAL and (deleted or inserted) and _is_nothing(piece.text):
            held += piece.text
        elif piece.op == EQUAL:
            yield from _change(deleted, inserted)
            yield Piece(EQUAL, held + piece.text)
            deleted = inserted = held = ""
        else:
            deleted += held + (piece.text if piece.op == DELETE else "")
            inserted += held + (piece.text if piece.op == INSERT else "")
            held = ""
    yield from _change(deleted, inserted)
    if held:
        yield Piece(EQUAL, held)


def _joined(found: Iterable[Piece]) -> Iterator[Piece]:
    last: Piece | None = None
    for piece in found:
        if last is not None and last.op == piece.op:
            last = Piece(piece.op, last.text + piece.text)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _is_nothing(text: str) -> bool:
    """Too little between two changes to be worth keeping them apart."""
    return "\n" not in text and (not text.strip() or (len(text) == 1 and text.isalpha() and not text.isascii()))


def _change(deleted: str, inserted: str) -> Iterator[Piece]:
    if deleted:
        yield Piece(DELETE, deleted)
    if inserted:
        yield Piece(INSERT, inserted)


# --- side by side


class Row(NamedTuple):
    """Lines of two texts that belong together; both empty where equal ones are left out."""

    left: list[Piece]
    right: list[Piece]
    changed: bool


def side_by_side(old: str, new: str, context: int = 1) -> list[Row]:
    """Return both texts in rows, a line or a run of changed lines each.

    Of equal lines only `context` before and after a change are kept; an empty row stands for the others.
    """
    rows = list(_rows(diff(old, new)))
    near = {near for at, row in enumerate(rows) if row.changed for near in range(at - context, at + context + 1)}
    shown: list[Row] = []
    for at, row in enumerate(rows):
        if at in near:
            shown.append(row)
        elif not shown or shown[-1].left or shown[-1].right:
            shown.append(Row([], [], False))
    return shown


def _rows(found: list[Piece]) -> Iterator[Row]:
    left: list[Piece] = []
    right: list[Piece] = []
    for piece in found:
        if piece.op != EQUAL:
            (left if piece.op == DELETE else right).append(piece)
            continue
        for line in piece.text.splitlines(keepends=True):
            left.append(Piece(EQUAL, line))
            right.append(Piece(EQUAL, line))
            if line.endswith("\n"):
                yield _row(left, right)
                left, right = [], []
    if left or right:
        yield _row(left, right)


def _row(left: list[Piece], right: list[Piece]) -> Row:
    return Row(left, right, any(piece.op != EQUAL for piece in (*left, *right)))
