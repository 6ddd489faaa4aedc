"""What the sections of one page share: anchors of paragraphs, terms explained once, voices of a conversation.

    page = Page()
    bodies = [page.settle(html) for html in …]

The sections are drawn one by one, on all cores; a page settles them in the order a reader meets them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from hashlib import blake2s
from itertools import product

from django.utils.safestring import SafeString

from episodes.notes.prose.turns import name_and_role
from episodes.rendering import RENDERER_VERSION
from episodes.rendering.html_tokens import (
    VOID,
    blocks_of,
    name_of,
    words_of,
)

ANCHOR_CHARACTERS = 40
# Fewer name no paragraph: `Yes.` stands in many places, and nobody links to it.
FEWEST_CHARACTERS = 12
VOICES = 6
BEGINNING = 160

# Base 32, two digits at once.
_PAIRS = [a + b for a, b in product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)]
# Taken out before a text is normalised: without its full-width punctuation Chinese is in normal form already.
_NO_LETTERS = re.compile(r"<[^>]*>?|&\w+;|[\s!-%'-/:;=?@\[-`{-~—‘’“”…、。，！？；：（）《》]+")

# Before HTML that is kept: which renderer made it.
STAMP = f"<!--{RENDERER_VERSION}-->"
_GLOSS = re.compile(
    r'<span class="gloss"><b class="term"(?P<lang> lang="en")?>(?P<term>.*?)</b><span class="explanation">'
    r"|<details\b[^>]*>|</details>",
    re.DOTALL,
)
_SPEAKER = re.compile(r'<b class="speaker">(.*?)(?:<span class="colon">[^<]*</span>)?</b>', re.DOTALL)
_TURN = re.compile(r'<p class="(?:english-text )?turn"')
# Between two turns it does not interrupt who speaks.
ORIGINAL = '<details class="original">'
# Paragraphs in these are paragraphs of the page; in a fold or a table they are not.
_OPEN_TO_ANCHORS = frozenset({"blockquote", "ul", "ol", "li", "div"})


class Page:
    """One page on its way. `settle` takes what `render` made of each section, in their order."""

    def __init__(self) -> None:
        self._anchors: Counter[str] = Counter()
        self._explained: set[str] = set()
        self._popovers = 0
        self._voices: dict[str, int] = {}

    def settle(self, html: str) -> SafeString:
        """The HTML of the next section with ids, later glosses folded and voices counted. Its text stays.

        html: from `render`, whose glosses and turns are told from a stranger's tags by their classes.
        """
        # What came in was safe, and what is added are constant tags and attributes, numbers and digests.
        return SafeString(self._settled_blocks(self._folded_glosses(html)))

    # --- glosses

    def _folded_glosses(self, html: str) -> str:
        if '<span class="gloss">' not in html:
            return html
        depth = 0

        def replacement(found: re.Match[str]) -> str:
            nonlocal depth
            if found["term"] is None:
                depth += -1 if found[0][1] == "/" else 1
                return found[0]
            return self._gloss(found, depth > 0)

        return _GLOSS.sub(replacement, html)

    def _gloss(self, found: re.Match[str], in_a_fold: bool) -> str:
        term = " ".join(words_of(found["term"]).split()).casefold()
        if term not in self._explained:
            # What stands in a closed fold has not been read: the first one in sight is told in full as well.
            if not in_a_fold:
                self._explained.add(term)
            return found[0]
        self._popovers += 1
        name, lang = f"g-{self._popovers}", found["lang"] or ""
        button = f'<button type="button" class="term" popovertarget="{name}"{lang}>{found["term"]}</button>'
        return f'<span class="gloss folded">{button}<span popover id="{name}" class="explanation">'

    # --- blocks

    def _settled_blocks(self, html: str) -> str:
        pieces = blocks_of(html)
        path: list[str] = []
        closed = 0  # how many elements around hold no paragraphs of the page
        speaking = ""
        for index in range(1, len(pieces), 2):
            tag = pieces[index]
            if tag[1] == "/":
                closed -= path.pop() not in _OPEN_TO_ANCHORS
                continue
            name = name_of(tag)
            if not closed:
                own, is_turn = pieces[index + 1], not path and _TURN.match(tag) is not None
                if is_turn:
                    tag, speaking, own = self._turn(tag, own, speaking)
                elif not path and tag != ORIGINAL:
                    speaking = ""
                if name in ("p", "li"):
                    pieces[index] = self._anchored(tag, own, is_turn)
            if name not in VOID:
                path.append(name)
                closed += name not in _OPEN_TO_ANCHORS
        return "".join(pieces)

    def _turn(self, tag: str, own: str, speaking: str) -> tuple[str, str, str]:
        """The tag with its classes, who speaks, and what they say."""
        label = _SPEAKER.match(own)
        name = name_and_role(words_of(label[1]))[0].casefold() if label else ""
        voice = self._voices.setdefault(name, len(self._voices) + 1)
        classes = " again" if name and name == speaking else ""
        classes += f" voice-{voice}" if voice <= VOICES else ""
        return tag.replace('turn"', f'turn{classes}"', 1), name, own[label.end() :] if label else own

    def _anchored(self, tag: str, own: str, is_turn: bool) -> str:
        letters = letters_of(own)
        if len(letters) < FEWEST_CHARACTERS and not is_turn:
            return tag
        anchor = anchor_of(letters)
        self._anchors[anchor] += 1
        times = self._anchors[anchor]
        end = tag.find(" ") if " " in tag else len(tag) - 1
        return f'{tag[:end]} id="{anchor}{f"-{times}" if times > 1 else ""}"{tag[end:]}'


def letters_of(html: str) -> str:
    """Its first letters and digits, whatever their case and width: `Ｅ= <i>mc</i>²` → `emc2`."""
    letters = ""
    # Of most texts the beginning is enough; where it was cut, half a reference or half a character may stand.
    for part in (html[:BEGINNING], html[: 4 * BEGINNING], html):
        letters = unicodedata.normalize("NFKC", _NO_LETTERS.sub("", part)).casefold()
        if not letters.isalnum():
            letters = "".join(filter(str.isalnum, letters))
        if len(letters) > ANCHOR_CHARACTERS + 8 or len(part) == len(html):
            break
    return letters[:ANCHOR_CHARACTERS]


def anchor_of(letters: str) -> str:
    """The id of a paragraph by its first letters and digits: `p-` and eight characters."""
    number = int.from_bytes(blake2s(letters.encode(), digest_size=5).digest(), "big")
    return f"p-{_PAIRS[number >> 30]}{_PAIRS[number >> 20 & 1023]}{_PAIRS[number >> 10 & 1023]}{_PAIRS[number & 1023]}"


# --- what is kept in the database


def stamped(html: str) -> str:
    """HTML to be kept, with the version of the renderer that made it."""
    return STAMP + html


def unstamped(stored: str) -> str | None:
    """The HTML that `stamped` was given; None where nothing was kept, or by another version."""
    return stored.removeprefix(STAMP) if stored.startswith(STAMP) else None
