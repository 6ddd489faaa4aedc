"""State shared by the sections of one page: anchors of paragraphs, glosses explained once, voices of speakers.

    page = Page()
    bodies = [page.add_section(html) for html in …]

Sections are rendered one by one, on all cores; `add_section` must be called in reading order.
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

# Letters and digits that an anchor is computed from.
ANCHOR_CHARACTERS = 40
# Fewest letters of a paragraph with an anchor: `Yes.` occurs often, and has no use as a link's target.
FEWEST_CHARACTERS = 12
# Speakers with a colour of their own in the stylesheet.
VOICES = 6
# Characters of HTML in which the letters of an anchor are searched first.
BEGINNING = 160

# Base 32, two digits at a time.
_PAIRS = [a + b for a, b in product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)]
# Removed before normalisation: without its full-width punctuation Chinese is in normal form already.
_NO_LETTERS = re.compile(r"<[^>]*>?|&\w+;|[\s!-%'-/:;=?@\[-`{-~—‘’“”…、。，！？；：（）《》]+")

# Prefix of stored HTML: the version of its renderer.
STAMP = f"<!--{RENDERER_VERSION}-->"
_GLOSS = re.compile(
    r'<span class="gloss"><b class="term"(?P<lang> lang="en")?>(?P<term>.*?)</b><span class="explanation">'
    r"|<details\b[^>]*>|</details>",
    re.DOTALL,
)
_SPEAKER = re.compile(r'<b class="speaker">(.*?)(?:<span class="colon">[^<]*</span>)?</b>', re.DOTALL)
_TURN = re.compile(r'<p class="(?:english-text )?turn"')
# Between two turns it does not end the speaker's run.
ORIGINAL = '<details class="original">'
# Elements whose paragraphs get anchors; those of folds and tables do not.
_OPEN_TO_ANCHORS = frozenset({"blockquote", "ul", "ol", "li", "div"})


class Page:
    """A page while its sections are added; `add_section` takes each section's HTML from `render`."""

    def __init__(self) -> None:
        self._anchors: Counter[str] = Counter()
        self._explained: set[str] = set()
        self._popovers = 0
        self._voices: dict[str, int] = {}

    def add_section(self, html: str) -> SafeString:
        """Return the HTML of the next section with anchors, repeated glosses folded, and voices. The text stays.

        html: from `render`, so glosses and turns are distinguished from the note's own tags by their classes.
        """
        # The input is safe, and only constant tags, attributes, numbers and digests are added.
        return SafeString(self._settled_blocks(self._folded_glosses(html)))

    # --- glosses

    def _folded_glosses(self, html: str) -> str:
        if '<span class="gloss">' not in html:
            return html
        depth = 0

        def replacement(match: re.Match[str]) -> str:
            nonlocal depth
            if match["term"] is None:
                depth += -1 if match[0][1] == "/" else 1
                return match[0]
            return self._gloss(match, depth > 0)

        return _GLOSS.sub(replacement, html)

    def _gloss(self, match: re.Match[str], in_a_fold: bool) -> str:
        term = " ".join(words_of(match["term"]).split()).casefold()
        if term not in self._explained:
            # The content of a closed fold may be unread: the first gloss outside folds is shown in full as well.
            if not in_a_fold:
                self._explained.add(term)
            return match[0]
        self._popovers += 1
        name, lang = f"g-{self._popovers}", match["lang"] or ""
        button = f'<button type="button" class="term" popovertarget="{name}"{lang}>{match["term"]}</button>'
        return f'<span class="gloss folded">{button}<span popover id="{name}" class="explanation">'

    # --- blocks

    def _settled_blocks(self, html: str) -> str:
        pieces = blocks_of(html)
        path: list[str] = []
        closed = 0  # enclosing elements whose paragraphs get no anchors
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
        """Return the tag with its classes, the speaker's key, and the speech."""
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
    """Return the first letters and digits of HTML, regardless of case and width: `Ｅ= <i>mc</i>²` → `emc2`."""
    letters = ""
    # The beginning is enough for most texts; a cut may leave half a reference or character, so some are to spare.
    for part in (html[:BEGINNING], html[: 4 * BEGINNING], html):
        letters = unicodedata.normalize("NFKC", _NO_LETTERS.sub("", part)).casefold()
        if not letters.isalnum():
            letters = "".join(filter(str.isalnum, letters))
        if len(letters) > ANCHOR_CHARACTERS + 8 or len(part) == len(html):
            break
    return letters[:ANCHOR_CHARACTERS]


def anchor_of(letters: str) -> str:
    """Return the id of a paragraph by its first letters and digits: `p-` and eight characters."""
    number = int.from_bytes(blake2s(letters.encode(), digest_size=5).digest(), "big")
    return f"p-{_PAIRS[number >> 30]}{_PAIRS[number >> 20 & 1023]}{_PAIRS[number >> 10 & 1023]}{_PAIRS[number & 1023]}"


# --- storage


def stamped(html: str) -> str:
    """Return HTML for storage, with the version of its renderer."""
    return STAMP + html


def unstamped(stored: str) -> str | None:
    """Return the HTML that `stamped` was given; None if nothing is stored, or by another version."""
    return stored.removeprefix(STAMP) if stored.startswith(STAMP) else None
