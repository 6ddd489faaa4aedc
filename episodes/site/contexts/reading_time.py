"""First sentence and reading time of a section, for the overview of a long text."""

from __future__ import annotations

import re
from html import unescape

# Characters per minute, spaces included: about 400 Chinese characters, or 230 English words.
_PACE = {"zh": 420, "en": 1350}
# Characters of the sentence shown.
MAX_SENTENCE_LENGTH = 110
# Characters; conversations open with shorter ones ("Thank you.") that do not tell the subject.
_MIN_SENTENCE_LENGTH = 12
# Characters of HTML to look at; the first sentence lies within them, markup and folds included.
_MAX_HTML_LENGTH = 4000

_FOLDED = re.compile(r"<details.*?</details>", re.DOTALL)
_SKIPPED = re.compile(
    r"<details.*?(?:</details>|\Z)|<span[^>]*class=\"explanation\".*?</span>|<h\d.*?</h\d>", re.DOTALL
)
_TAG = re.compile(r"<[^>]*>")
_INLINE = re.compile(r"</?(?:a|b|button|code|del|em|i|ins|mark|small|span|strong|sub|sup|u)\b[^>]*>")
_SENTENCE = re.compile(r".*?(?:[。！？!?…]+[”’」』）]?|[.](?=\s)|\Z)", re.DOTALL)
_LABEL = re.compile(r'<b class="speaker">.*?</b>[:：\s]*', re.DOTALL)


def first_sentence(html: str) -> str:
    """Return the first sentence that is long enough to tell the subject, as plain text; "" if there is none."""
    head = html[:_MAX_HTML_LENGTH].rsplit("<", 1)[0] if len(html) > _MAX_HTML_LENGTH else html
    text = _INLINE.sub("", _SKIPPED.sub("", _LABEL.sub("", head)))
    text = " ".join(unescape(_TAG.sub(" ", text)).split())
    # A generator: the first sentence or two are enough.
    sentences = (found[0].strip() for found in _SENTENCE.finditer(text))
    sentence = first = next(sentences)
    if len(first) < _MIN_SENTENCE_LENGTH:
        sentence = next((each for each in sentences if len(each) >= _MIN_SENTENCE_LENGTH), first)
    return sentence if len(sentence) <= MAX_SENTENCE_LENGTH else f"{sentence[:MAX_SENTENCE_LENGTH].rstrip()}…"


def letter_count(html: str) -> int:
    """Return the number of characters to read, without folded text."""
    return len(_TAG.sub("", _FOLDED.sub("", html)))


def minutes_to_read(count: int, language: str) -> int:
    """Return the minutes needed for `count` characters, at least 1; 0 for none."""
    return max(1, round(count / _PACE["en" if language == "en" else "zh"])) if count else 0
