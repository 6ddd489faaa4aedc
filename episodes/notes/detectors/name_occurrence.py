"""Occurrence of names in a text, names in bold, and names that look like an address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_PARTS = re.compile(r"[\s·・.,‧•()（）/-]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
# Titles after a name: 宋医师 is 宋.
_HONOUR = re.compile(r"(?<=..)(?:医师|醫師|医生|醫生|教授|博士|老师|老師|先生|女士|律师|律師)\Z")
# Parts of names that identify nobody.
_NO_NAME = frozenset(
    ["the", "van", "von", "der", "de", "la", "le", "el", "al", "bin", "ben", "of", "and", "st", "jr", "sr"]
)
_NO_NAME |= {"mr", "mrs", "ms", "dr", "prof", "sir", "inc", "ltd"}
_BOLD = re.compile(r"\*\*([^*\n:：]{2,60})\*\*(?![ \t]?[:：])(?:[ \t]?[（(]([^（）()\n]{1,80}))?")
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)+")
# A hyphen that belongs to the name: `gpt-4o`, `a-16z`, `x-ray`.
_OWN_HYPHEN = re.compile(r"\d|(?:\A|[-_])[a-z](?:[-_]|\Z)")
_SMALL = frozenset(["a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with"])
_INVITES = re.compile(
    r"(?:对话|對話|采访|採訪|专访|專訪|访谈|訪談|嘉宾|嘉賓|邀请|邀請|做客|\binterviews?\b|\bguests?\b|\bft\.|\bwith\b)"
    r"(?P<between>[^，。；,;.!?！？：:|｜\n]{0,24})\Z",
    re.IGNORECASE,
)
# Words after a name in a title, and in a summary.
_HAS_THE_WORD = re.compile(
    r"\A[ \t]*(?:[：:]|论|談|谈|对话|對話|访谈|訪談|专访|專訪|自述|演讲|演講|的?(?:犀利|深度|独家)?(?:解读|解讀))"
)
_SPEAKS = re.compile(r"\A[）)\s]{0,4}在[^，。；\n]{0,16}(?:访谈|訪談|采访|播客|节目|演讲|对话)中")


def has_name(names: Iterable[str], words: str) -> bool:
    """Return whether a lower-case text contains one of these names, or a part that identifies the person."""
    return any(name.lower() in words for name in names) or any(
        _holds(part, words) for name in names for part in parts(name)
    )


def parts(name: str) -> list[str]:
    """Return the words of a name that identify it: surname, given name; no initials, no titles."""
    words = [_HONOUR.sub("", part) for part in _PARTS.split(name.lower()) if part not in _NO_NAME]
    return [part for part in words if len(part) > (2 if part.isascii() else 1)]


def _holds(part: str, words: str) -> bool:
    """Return whether a text contains a part as a word: `Ian` is not in `Italian`, but may touch Chinese."""
    at = words.find(part)
    while at >= 0:
        end = at + len(part)
        if not part.isascii() or not (_is_letter(words[at - 1 : at]) or _is_letter(words[end : end + 1])):
            return True
        at = words.find(part, end)
    return False


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def is_latin(name: str) -> bool:
    """Return whether a name has no Chinese character."""
    return not _HAN.search(name)


def bold(text: str) -> dict[str, str]:
    """Return the bold words that are no label, with the text in brackets after each. Known names are among them."""
    names: dict[str, str] = {}
    for match in _BOLD.finditer(text) if "**" in text else ():
        name = match[1].strip()
        names[name] = names.get(name) or match[2] or ""
    return names


def from_slug(name: str) -> str | None:
    """Return `ada-lovelace` as Ada Lovelace; None for a name that merely has a hyphen."""
    if not _SLUG.fullmatch(name) or _OWN_HYPHEN.search(name):
        return None
    return " ".join(_capital(word, place) for place, word in enumerate(re.split(r"[-_]", name)))


def _capital(word: str, place: int) -> str:
    if word in _SMALL and place:
        return word
    # Two letters are an abbreviation: `tv`, `ai`.
    return word.upper() if len(word) == 2 else word.capitalize()


def takes_part(name: str, title: str) -> bool:
    """Return whether a title says that somebody speaks: `Ada: on engines`. Most names in titles are the subject."""
    return any(_HAS_THE_WORD.match(after) or _INVITES.search(before) for before, after in _around(name, title))


def is_introduced(name: str, summary: str) -> bool:
    """Return whether a summary introduces somebody as a participant, not only as a subject."""
    plain = summary.replace("**", "")
    return any(_SPEAKS.match(after) or _INVITES.search(before) for before, after in _around(name, plain))


def _around(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield the 40 characters before and after each occurrence of a name as a word; it may touch Chinese."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not name.isascii() or not (_is_letter(text[at - 1 : at]) or _is_letter(text[end : end + 1])):
            yield text[max(0, at - 40) : at], text[end : end + 40]
        at = text.find(name, end)


# --- spellings of one name

_IN_BRACKETS = re.compile(r"\A(?P<name>[^()（）]+)[(（](?P<other>[^()（）]+)[)）]\Z")
_NO_LETTER = re.compile(r"[\W_]+")


def spellings(label: str) -> set[str]:
    """Return the keys by which a label is compared: `李明 (Ming Li)` has two. Case, blanks and dots do not count."""
    match = _IN_BRACKETS.match(label)
    names = (match["name"], match["other"]) if match else (label,)
    return {key for name in names if len(key := _NO_LETTER.sub("", name).casefold()) > 1}
