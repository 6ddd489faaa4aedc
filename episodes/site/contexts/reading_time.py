"""What a reader in a hurry is told of a section before reading it: its first sentence, and how long it takes."""

from __future__ import annotations

import re
from html import unescape

# Letters a minute, spaces included: about 400 Chinese characters, or 230 English words.
_PACE = {"zh": 420, "en": 1350}
LONGEST = 110
_TELLING = 12
# The opening of a section lies in its first characters, mark-up and folded explanations included.
_LOOKED_AT = 4000

_FOLDED = re.compile(r"<details.*?</details>", re.DOTALL)
_BESIDE = re.compile(r"<details.*?(?:</details>|\Z)|<span[^>]*class=\"explanation\".*?</span>|<h\d.*?</h\d>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_INLINE = re.compile(r"</?(?:a|b|button|code|del|em|i|ins|mark|small|span|strong|sub|sup|u)\b[^>]*>")
_SENTENCE = re.compile(r".*?(?:[。！？!?…]+[”’」』）]?|[.](?=\s)|\Z)", re.DOTALL)
_LABEL = re.compile(r'<b class="speaker">.*?</b>[:：\s]*', re.DOTALL)


def first_sentence(html: str) -> str:
    """The first telling sentence of a section's HTML as plain text, cut with … where it gets long; "" for none."""
    head = html[:_LOOKED_AT].rsplit("<", 1)[0] if len(html) > _LOOKED_AT else html
    told = _INLINE.sub("", _BESIDE.sub("", _LABEL.sub("", head)))
    text = " ".join(unescape(_TAG.sub(" ", told)).split())
    # One after another: the first few words of four thousand are enough.
    sentences = (found[0].strip() for found in _SENTENCE.finditer(text))
    sentence = first = next(sentences)
    if len(first) < _TELLING:
        # A conversation opens with “Thank you.”, and that is not what it is about.
        sentence = next((each for each in sentences if len(each) >= _TELLING), first)
    return sentence if len(sentence) <= LONGEST else f"{sentence[:LONGEST].rstrip()}…"


def letters(html: str) -> int:
    """How much there is to read; folded originals do not count."""
    return len(_TAG.sub("", _FOLDED.sub("", html)))


def minutes_to_read(count: int, language: str) -> int:
    """Of reading that many letters, at least one; 0 for nothing."""
    return max(1, round(count / _PACE["en" if language == "en" else "zh"])) if count else 0
