"""Mark-up that does not close, and mark-up where plain words are wanted."""

from __future__ import annotations

import re

from episodes.notes.quality import Flaw

_OPENING = re.compile(r"<details\b[^<>]{0,200}>", re.IGNORECASE)
_CLOSING = re.compile(r"</details[ \t]*>", re.IGNORECASE)
_MISSPELT = re.compile(r"</[ \t]*(?!details[ \t]*>)[dD][eE]?[etailsETAILS]{3,7}[ \t]*>")
# Code, maths, and letters that somebody would not write out.
_NO_BOLD = re.compile(r"[`$]|\\\*|\w\*\*\d|[A-Za-z]\*{2,}[A-Za-z]")
_PARAGRAPH = re.compile(r"[^\n]+(?:\n[^\n]+)*")
_RULE = re.compile(r"[\s*]+\Z")


def folds_unbalanced(text: str) -> tuple[int, int] | None:
    """(opened, closed) of folds, where the two differ."""
    if "details" not in text and "</" not in text:
        return None
    opened, closed = len(_OPENING.findall(text)), len(_CLOSING.findall(text))
    return (opened, closed) if opened != closed else None


def misspelt_closing(text: str) -> Flaw | None:
    """The first closing tag of a fold that is misspelt: `</detials>`."""
    match = _MISSPELT.search(text)
    return Flaw(match.start(), match.end(), match[0]) if match else None


def odd_bold(text: str) -> Flaw | None:
    """The first paragraph with a `**` that has no partner; `times` says how many such there are.

    A paragraph, since bold may begin in one line and end in the next. In the folds too: there an opening is often lost
    together with the end of the fold's caption.
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
    # Bold within bold italics, `***x***`, counts as one on either side.
    return text.count("**") % 2 == 1 and not _NO_BOLD.search(text) and not _RULE.match(text)


# --- plain words

_MARK = re.compile(
    r"\*\*(?=\S)(?P<bold>[^*\n]+?)(?<=\S)\*\*|__(?=\S)(?P<under>[^_\n]+?)(?<=\S)__|`(?P<code>[^`\n]+)`"
    r"|!?\[(?P<link>[^\[\]\n]*)\]\([^()\s]*\)|^[ \t]*(?:#{1,6}|>|[-*+])[ \t]+",
    re.MULTILINE,
)


def plain(text: str) -> str:
    """The words without their Markdown; what only looks like it stays."""
    for _nested in range(2):
        text = _MARK.sub(_words_of, text)
    return text


def _words_of(match: re.Match[str]) -> str:
    return next((words for words in match.groupdict().values() if words is not None), "")
