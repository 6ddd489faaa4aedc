"""Difference of two texts for readers: Latin by words, Chinese by characters, Markdown marks kept with their words.

    diff("The engine weaves.", "The machine weaves.")
    → equal "The ", delete "engine", insert "machine", equal " weaves."

Lines are compared first, then the sentences of changed lines, then the words of changed sentences, so that the time
stays short for a text of a megabyte. The equal and deleted pieces joined are the old text, the equal and inserted ones
the new text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from patiencediff import PatienceSequenceMatcher

EQUAL, DELETE, INSERT, SKIP = "equal", "delete", "insert", "skip"
# Characters of unchanged text shown on either side of a change: about one line.
CONTEXT = 60
# Product of the lengths of both blocks, in tokens. difflib is at least quadratic: a larger block counts as all changed.
MAX_PRODUCT = 160_000

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
# A full stop ends a sentence only before white space: that of 1.5 does not. A run of marks is matched from its
# beginning only: from each of 50,000 marks it would take an hour.
_SENTENCES = re.compile(r".+?(?:[。！？；]++[”’」』）]*+|(?<![.!?;])[.!?;]++[\"')*_]*+(?=\s)|\Z)\s*", re.DOTALL)
# A word of an alphabet with its marks, else one character of Chinese, punctuation or white space.
_LATIN = r"[^\W_\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
_WORDS = re.compile(rf"[*_~`]*{_LATIN}+(?:['’.,:/-]{_LATIN}+)*[*_~`]*|[*_~`#]+|\r?\n|[^\S\r\n]+|.", re.DOTALL)
_LEVELS = (_LINES, _SENTENCES, _WORDS)


class Piece(NamedTuple):
    """One part of a diff; `op` is EQUAL, DELETE, INSERT or SKIP."""

    op: str
    text: str


def diff(old: str, new: str) -> list[Piece]:
    """Return the equal, deleted and inserted pieces in order; deletions precede insertions within a change."""
    return list(_tidy(_compare(old, new, 0)))


def collapse_unchanged(pieces: list[Piece], context: int = CONTEXT) -> list[Piece]:
    """Return the pieces with long unchanged ones cut to their ends; a SKIP piece marks each omission.

    context: characters kept on either side of a change.
    """
    shown: list[Piece] = []
    for number, piece in enumerate(pieces):
        if piece.op != EQUAL or len(piece.text) <= 2 * context:
            shown.append(piece)
            continue
        head = piece.text[:context] if number > 0 else ""
        tail = piece.text[-context:] if number < len(pieces) - 1 else ""
        shown += [part for part in (Piece(EQUAL, head), Piece(SKIP, "…"), Piece(EQUAL, tail)) if part.text]
    return shown


# --- comparing


def _compare(old: str, new: str, level: int) -> Iterator[Piece]:
    """Compare at one level of detail, and changed parts at the next."""
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
    pieces = [Piece(EQUAL, old)] if old == new else [Piece(DELETE, old), Piece(INSERT, new)]
    yield from (piece for piece in pieces if piece.text)


def _blocks(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield both lists in parallel parts that are equal or differ.

    Patience diff aligns tokens that occur once in each list, in O(n log n); between them difflib finds the rest.
    """
    for op, a, until_a, b, until_b in PatienceSequenceMatcher(None, old, new).get_opcodes():
        if op == EQUAL:
            yield old[a:until_a], new[b:until_b]
        else:
            yield from _gap(old[a:until_a], new[b:until_b])


def _gap(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    if len(old) * len(new) > MAX_PRODUCT:
        yield old, new
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for _op, a, until_a, b, until_b in matcher.get_opcodes():
        yield old[a:until_a], new[b:until_b]


# --- readable pieces


def _tidy(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Merge adjacent pieces into one change per changed word, without single letters that happen to be equal."""
    deleted = inserted = ""
    pending = ""  # Short equal text after a change: part of the change if another one follows.
    for piece in _joined(pieces):
        if piece.op == EQUAL and (deleted or inserted) and _is_negligible(piece.text):
            pending += piece.text
        elif piece.op == EQUAL:
            yield from _change(deleted, inserted)
            yield Piece(EQUAL, pending + piece.text)
            deleted = inserted = pending = ""
        else:
            deleted += pending + (piece.text if piece.op == DELETE else "")
            inserted += pending + (piece.text if piece.op == INSERT else "")
            pending = ""
    yield from _change(deleted, inserted)
    if pending:
        yield Piece(EQUAL, pending)


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    last: Piece | None = None
    for piece in pieces:
        if last is not None and last.op == piece.op:
            last = Piece(piece.op, last.text + piece.text)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _is_negligible(text: str) -> bool:
    """Return whether an equal text between two changes is too short to keep them apart."""
    return "\n" not in text and (not text.strip() or (len(text) == 1 and text.isalpha() and not text.isascii()))


def _change(deleted: str, inserted: str) -> Iterator[Piece]:
    if deleted:
        yield Piece(DELETE, deleted)
    if inserted:
        yield Piece(INSERT, inserted)


# --- side by side


class Row(NamedTuple):
    """Lines of two texts side by side; both empty where equal lines were omitted."""

    left: list[Piece]
    right: list[Piece]
    changed: bool


def side_by_side(old: str, new: str, context: int = 1) -> list[Row]:
    """Return both texts in rows of one line or one run of changed lines.

    context: equal lines kept before and after a change; an empty row stands for the others.
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


def _rows(pieces: list[Piece]) -> Iterator[Row]:
    left: list[Piece] = []
    right: list[Piece] = []
    for piece in pieces:
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
