"""The tokenizer of search, for texts and queries alike on every database. Pure Python, no Django.

A text is normalised first: NFKC, case-folded, Traditional Chinese characters as Simplified ones. Chinese, Japanese and
Korean runs become overlapping pairs of characters and, at the end of the run, its last character alone; every other
run of letters and digits is one word. Everything else separates. So a sequence of pairs that follow each other is
exactly a string of the text, and a single character is a prefix of the pairs that it begins:

    可解释性，GPT-4 → 可解 解释 释性 性 gpt 4
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from opencc import OpenCC

# Raise it whenever the same text gives other tokens, also after an upgrade of OpenCC: `rebuild_search` then makes the
# index again. Tokens of another version cannot be deleted from a contentless index.
TOKENIZER_VERSION = 1
# Characters of a token: PostgreSQL refuses lexemes of more than 2,046 bytes.
LONGEST = 120

_CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")
_HAN = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2EBF0))


def is_cjk(character: str) -> bool:
    """Return whether a character belongs to a script that is indexed in pairs."""
    return re.match(f"[{_CJK}]", character) is not None


@cache
def _simplified() -> dict[str, str]:
    """Return the Simplified form of every Traditional character that has another one."""
    characters = [chr(code) for begin, end in _HAN for code in range(begin, end)]
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, converted, strict=True)
    return {one: other for one, other in pairs if one != other and len(other) == 1}


def normalise(text: str) -> str:
    """Return the text as it is compared: its width, case and Chinese script do not matter. Its length may change."""
    text = unicodedata.normalize("NFKC", text).casefold()
    # Only the characters that occur are replaced: a table or a pattern of 4,600 takes ten times as long.
    for character in _simplified().keys() & set(text):
        text = text.replace(character, _simplified()[character])
    return text


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in order."""
    return list(_tokens(_RUN.findall(normalise(text))))


def _tokens(runs: list[str]) -> Iterator[str]:
    for run in runs:
        if run[0] < "\u3005" or not is_cjk(run[0]):
            yield run[:LONGEST]
        else:
            yield from map("".join, pairwise(run))
            yield run[-1]


@dataclass(frozen=True)
class Phrase:
    """Tokens that follow each other. prefix: the last one is the beginning of a token."""

    tokens: tuple[str, ...]
    prefix: bool = False


def phrase(text: str) -> Phrase | None:
    """Return what a text is searched as: everything in it in this order; None if it holds no letter or digit."""
    found = tokens(text)
    if not found:
        return None
    if not is_cjk(found[-1][0]):
        return Phrase(tuple(found))
    # The last character alone marks the end of a run in a text, where a query may match its beginning.
    if len(found) > 1 and _ends(found[-2], found[-1]):
        return Phrase(tuple(found[:-1]))
    return Phrase(tuple(found), prefix=True)


def pattern(words: Phrase) -> re.Pattern[str]:
    """Return a pattern that finds in normalised text what the index finds for a phrase."""
    pieces: list[str] = []
    for place, token in enumerate(words.tokens):
        if not is_cjk(token[0]):
            # A word may touch Chinese, but not other letters.
            pieces.append(f"(?<![^\\W_{_CJK}]){re.escape(token)}(?![^\\W_{_CJK}])")
        elif place and _ends(words.tokens[place - 1], token[0]):
            pieces[-1] += token[1:]
        else:
            pieces.append(token)
    return re.compile("[\\W_]*".join(pieces))


def _ends(pair: str, character: str) -> bool:
    """Return whether a token is a pair of a run whose next token, or end, begins with this character."""
    return len(pair) == 2 and pair[1] == character and is_cjk(pair[0])
