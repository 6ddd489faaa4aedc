"""Markup that does not close, and markup where plain text is wanted."""

from __future__ import annotations

import re

from episodes.notes.quality import Flaw

_OPENING = re.compile(r"<details\b[^<>]{0,200}>", re.IGNORECASE)
_CLOSING = re.compile(r"</details[ \t]*>", re.IGNORECASE)
_MISSPELT = re.compile(r"</[ \t]*(?!details[ \t]*>)[dD][eE]?[etailsETAILS]{3,7}[ \t]*>")
# Code, maths, and masked letters.
_NO_BOLD = re.compile(r"[`$]|\\\*|\w\*\*\d|[A-Za-z]\*{2,}[A-Za-z]")
_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")
_RULE = re.compile(r"[\s*]+\Z")


def folds_unbalanced(text: str) -> tuple[int, int] | None:
    """Return the numbers of opened and closed folds if they differ, else None."""
    if "details" not in text and "</" not in text:
        return None
    opened, closed = len(_OPENING.findall(text)), len(_CLOSING.findall(text))
    return (opened, closed) if opened != closed else None


def misspelt_closing(text: str) -> Flaw | None:
    """Return the first misspelt closing tag of a fold (`</detials>`), or None."""
    match = _MISSPELT.search(text)
    return Flaw(match.start(), match.end(), match[0]) if match else None


def odd_bold(text: str) -> Flaw | None:
    """Return the first paragraph with an unpaired `**`, or None; `times` counts such paragraphs.

    By paragraph, since bold may span lines. Folds are included: an opening mark is often lost there together with the
    end of the caption.
    """
    if "**" not in text:
        return None
    odd = [match for match in _PARAGRAPH.finditer(text) if _is_odd(match[0])]
    if not odd:
        return None
    begin, end = odd[0].span()
    at = text.rfind("**", begin, end)
    return Flaw(begin, end, text[max(begin, at - 30) : min(at + 32, end)].strip(), len(odd))


def _is_odd(text: str) -> bool:
    # `***x***` counts as one pair.
    return text.count("**") % 2 == 1 and not _NO_BOLD.search(text) and not _RULE.match(text)


# --- plain text

_MARK = re.compile(
    r"\*\*(?=\S)(?P<bold>[^*\n]+?)(?<=\S)\*\*|__(?=\S)(?P<under>[^_\n]+?)(?<=\S)__|`(?P<code>[^`\n]+)`"
    r"|!?\[(?P<link>[^\[\]\n]*)\]\([^()\s]*\)|^[ \t]*(?:#{1,6}|>|[-*+])[ \t]+",
    re.MULTILINE,
)


def plain(text: str) -> str:
    """Return a text without its Markdown marks; look-alikes stay."""
    for _nested in range(2):
        text = _MARK.sub(_words_of, text)
    return text


def _words_of(match: re.Match[str]) -> str:
    return next((words for words in match.groupdict().values() if words is not None), "")
