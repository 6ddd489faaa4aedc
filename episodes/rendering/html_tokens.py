"""HTML that has left the sanitiser, in pieces. What is added to it are constant tags around its texts.

The sanitiser balances every tag, writes every attribute in double quotes and escapes `<`, `>` and `&` everywhere, so a
tag ends at its first `>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

BLOCK = re.compile(
    r"(</?(?:p|li|details|summary|blockquote|ul|ol|h[3-6r]|pre|div|dd|t(?:able|body|head|r|d|h))(?![a-z])[^>]*>)"
)
TOKEN = re.compile(r"<[^>]*>?|[^<]+")
TAG = re.compile(r"<[^>]*>")
TAG_NAME = re.compile(r"</?([a-z][a-z0-9]*)")
# What the sanitiser writes for signs that are no letters.
REFERENCE = re.compile(r"&\w+;")

VOID = frozenset({"br", "hr"})
HEADINGS = frozenset({"h3", "h4", "h5", "h6"})
# What stands in a formula or in code is nobody's words, and no tag goes between.
OPAQUE = frozenset({"code", "math"})


def blocks_of(html: str) -> list[str]:
    """Texts with their inline tags at even places, the tags of blocks between them at odd ones."""
    return BLOCK.split(html)


def tokens_of(html: str) -> list[str]:
    """Tags and texts, none of them empty."""
    return TOKEN.findall(html)


@lru_cache(maxsize=256)
def name_of(tag: str) -> str:
    """`</p>` and `<p class="turn">` → `p`; "" for a text."""
    found = TAG_NAME.match(tag)
    return found[1] if found else ""


def text_of(tokens: Iterable[str]) -> str:
    """The text between these tags; character references in it stay as they are."""
    return "".join(token for token in tokens if token[0] != "<")


def words_of(html: str) -> str:
    """Its text, with a blank for each character reference."""
    return REFERENCE.sub(" ", TAG.sub("", html))


def with_attribute(tag: str, attribute: str) -> str:
    """`<p>` → `<p lang="en">`."""
    return f"{tag[:-1]} {attribute}>"


def open_texts(tokens: list[str], label: str = "") -> Iterator[int]:
    """Where texts stand that are neither code nor a formula, nor in an element that begins with the tag `label`."""
    hidden: list[str] = []
    for index, token in enumerate(tokens):
        if token[0] != "<":
            if not hidden:
                yield index
        elif token[1] == "/":
            # Everything down to the end of what hides it: an element of its own name may lie in it.
            hidden = hidden[:-1]
        elif hidden or token == label or name_of(token) in OPAQUE:
            name = name_of(token)
            hidden += [name] if name not in VOID else []
