"""lang="en" for English words in Chinese text: hyphenation, quotation marks, fonts, and a screen reader's voice."""

from __future__ import annotations

import re

from episodes.rendering.html_tokens import (
    REFERENCE,
    TAG,
    VOID,
    name_of,
    open_texts,
    tokens_of,
    with_attribute,
)

ENGLISH = 'lang="en"'
# The spelling of a speaker's name does not tell the language it is spoken in.
SPEAKER = '<b class="speaker">'
# Words of a run: two are a name in any language.
FEWEST = 3

COMMON_ENGLISH = re.compile(
    r"(?:the|and|of|to|a|in|is|that|it|you|for|on|this|was|with|are|be|have|i|we|they|not|but|so|what|as|at|or)", re.I
)
# Frequent words of other languages with Latin letters, rare in English.
_COMMON_ELSEWHERE = re.compile(
    r"(?<![A-Za-z])(?:der|das|und|ist|nicht|eine|mit|von|le|les|et|est|une|dans|qui|el|una|por|para|del|het|een|niet|"
    r"che|sono|della)(?![A-Za-z])",
    re.I,
)
HAN = re.compile(r"[㐀-鿿]")
LATIN_WORD = re.compile(r"[A-Za-z]+")
_ACCENTED = re.compile(r"[À-ɏ]")
_WORD = r"[A-Za-zÀ-ɏ0-9]+(?:['’./+-][A-Za-zÀ-ɏ0-9]+|,[0-9]+)*"
# Text before a blank and a Latin letter, matched only from its beginning: tried from each letter, a hundred thousand
# without a blank would take minutes.
_BEFORE_A_WORD = re.compile(r"(?<![^\s<>])[^\s<>]++(?=\s++[^\s<>A-Za-z0-9]{0,6}[A-Za-z0-9])")
_WORD_BEGINS = re.compile(r"(?<![<\w])[A-Za-z0-9]")
# A character reference is skipped: `amp` in `&amp;` is no word.
_RUN = re.compile(rf"&\w+;|{_WORD}(?:[,.:;!?'’\"”–-]{{0,3}}\s+(?:(?:&amp;|[–-])\s+)?[\"“‘']?{_WORD})*")


def mark_english_runs(pieces: list[str]) -> None:
    """Add lang="en" to English blocks, and to runs of three or more English words in Chinese ones.

    pieces: `blocks_of` one text, changed in place. A text without Chinese is left unchanged: the episode gives its
    language.
    """
    if not any(_is_chinese(piece) for piece in pieces[::2]):
        return
    # `settled_depth` is the depth of the block that has a language already, or must not have one (code); 0 outside such
    # a block.
    depth = settled_depth = 0
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            if not settled_depth and piece not in ("", "\n"):
                pieces[index] = _marked(pieces, index)
        elif piece[1] == "/":
            settled_depth = 0 if depth == settled_depth else settled_depth
            depth -= 1
        elif piece != "<hr>":
            depth += 1
            if not settled_depth and (" lang=" in piece or piece == "<pre>"):
                settled_depth = depth


def _has_two_words(text: str) -> bool:
    """Return whether two Latin words follow each other: a cheap test that excludes most Chinese paragraphs."""
    return any(_WORD_BEGINS.search(text, *match.span()) for match in _BEFORE_A_WORD.finditer(text))


def _marked(pieces: list[str], index: int) -> str:
    piece = pieces[index]
    if _is_chinese(piece):
        return _with_runs(piece) if _has_two_words(piece) else piece
    if not LATIN_WORD.search(piece):
        return piece
    # A block with inner blocks (an item with a list) is not marked as a whole; its own words are marked as runs.
    alone = 0 < index < len(pieces) - 1 and pieces[index - 1][1] != "/" and pieces[index + 1][1] == "/"
    if not alone:
        return _with_runs(piece)
    tokens = tokens_of(piece)
    if looks_english(_without_references("".join(tokens[place] for place in open_texts(tokens, SPEAKER)))):
        pieces[index - 1] = with_attribute(pieces[index - 1], ENGLISH)
    return piece


def _is_chinese(piece: str) -> bool:
    # A link's address may be Chinese while its words are not.
    return HAN.search(piece) is not None and ("<" not in piece or HAN.search(TAG.sub("", piece)) is not None)


def looks_english(text: str) -> bool:
    """Return whether there are at least three words of plain letters, and few words of other languages."""
    words = LATIN_WORD.findall(text)
    if len(words) < FEWEST or _ACCENTED.search(text):
        return False
    elsewhere = len(_COMMON_ELSEWHERE.findall(text))
    return not elsewhere or elsewhere <= sum(COMMON_ENGLISH.fullmatch(word) is not None for word in words)


def _with_runs(piece: str) -> str:
    tokens = tokens_of(piece)
    for index in [*open_texts(tokens, SPEAKER)]:
        text = tokens[index]
        if _has_two_words(text) and not _tagged_alone(tokens, index):
            tokens[index] = _RUN.sub(_wrapped, text)
    return "".join(tokens)


def _tagged_alone(tokens: list[str], index: int) -> bool:
    """Add the attribute to an inline element that contains exactly one run; return whether it did."""
    text, before = tokens[index], tokens[index - 1] if index else ""
    after = tokens[index + 1] if index + 1 < len(tokens) else ""
    if before[:1] != "<" or before[1] == "/" or name_of(before) in VOID or after[:2] != "</":
        return False
    exact = _RUN.fullmatch(text) is not None and looks_english(_without_references(text))
    if exact:
        tokens[index - 1] = with_attribute(before, ENGLISH)
    return exact


def _wrapped(run: re.Match[str]) -> str:
    if run[0][0] == "&" or not looks_english(_without_references(run[0])):
        return run[0]
    return f"<span {ENGLISH}>{run[0]}</span>"


def _without_references(text: str) -> str:
    return REFERENCE.sub(" ", text)
