"""Tokens of sanitised HTML. Later steps add nothing but constant tags around its texts.

The sanitiser balances all tags, writes attributes in double quotes and escapes `<`, `>` and `&` everywhere, so a tag
ends at its first `>`.
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
# Character references, as the sanitiser writes them.
REFERENCE = re.compile(r"&\w+;")

VOID = frozenset({"br", "hr"})
HEADINGS = frozenset({"h3", "h4", "h5", "h6"})
# Formulas and code: no words of the text, and no tags are added inside.
OPAQUE = frozenset({"code", "math"})


def blocks_of(html: str) -> list[str]:
    """Return texts with their inline tags at even indexes, and the block tags between them at odd indexes."""
    return BLOCK.split(html)


def tokens_of(html: str) -> list[str]:
    """Return tags and texts, none of them empty."""
    return TOKEN.findall(html)


@lru_cache(maxsize=256)
def name_of(tag: str) -> str:
    """Return the name of a tag (`</p>`, `<p class="turn">` → `p`), "" for a text."""
    match = TAG_NAME.match(tag)
    return match[1] if match else ""


def text_of(tokens: Iterable[str]) -> str:
    """Return the text between these tags; character references stay as they are."""
    return "".join(token for token in tokens if token[0] != "<")


def words_of(html: str) -> str:
    """Return the text of HTML, with a blank for each character reference."""
    return REFERENCE.sub(" ", TAG.sub("", html))


def with_attribute(tag: str, attribute: str) -> str:
    """Return a tag with an attribute added: `<p>` → `<p lang="en">`."""
    return f"{tag[:-1]} {attribute}>"


def open_texts(tokens: list[str], label: str = "") -> Iterator[int]:
    """Yield the indexes of texts outside code, formulas, and elements that begin with the tag `label`."""
    hidden: list[str] = []
    for index, token in enumerate(tokens):
        if token[0] != "<":
            if not hidden:
                yield index
        elif token[1] == "/":
            # Up to the end of the hiding element, which may contain others of its name.
            hidden = hidden[:-1]
        elif hidden or token == label or name_of(token) in OPAQUE:
            name = name_of(token)
            hidden += [name] if name not in VOID else []
