"""Keys, tags and paths of a note that say it must not be public. Pure Python.

The keys are those of programs that publish Markdown: Jekyll (`published`), Hugo (`build`, `expiryDate`, `publishDate`,
`headless`), Eleventy (`permalink: false`, `eleventyExcludeFromCollections`), Hexo (`published`, `hidden`, `password`),
Quartz, Obsidian Publish and digital gardens (`publish`, `dg-publish`, `unlisted`), Ghost (`visibility`, `status`,
`email_only`), WordPress (`status`, `post_password`), Docusaurus and Astro (`unlisted`), Zola (`render`), Notion and
similar ones, in any case and with any separator, and their Chinese counterparts.

`draft: true` is ignored: in whole public collections nearly every note carries it. An ambiguous value counts as "not
public": a person can overrule it, whereas a published page cannot be recalled.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from episodes.notes.visibility_words import (
    ACCESS,
    BEGINS,
    ELSEWHERE,
    EMBARGO,
    EMPTY,
    EXPIRES,
    FOLDERS,
    HIDES,
    HIDES_IF_TRUE,
    INDEXING,
    NEVER,
    NO,
    PLAIN,
    PUBLIC,
    ROBOTS,
    SHOWS,
    SHOWS_UNLESS_NO,
    TAGS,
    TOPICS,
    WORDED,
    WORDS,
    YES,
    YOUTUBE_ID,
)


class Wish(NamedTuple):
    """A sign in a note that it must not be public.

    code: the reason as `adopt --include` takes it; said: the note's own words.
    """

    code: str
    said: str


# --- keys


def wishes(data: Mapping[str, Any], today: date) -> Iterator[Wish]:
    """Yield every key of a header that says "not public", in its order.

    data: keys with values, text or nested; today: for dates of publication and expiry.
    """
    yield from _mapping(data, today, "", depth=0)


def _mapping(data: Mapping[str, Any], today: date, path: str, depth: int, code: str = "") -> Iterator[Wish]:
    if depth > 8:
        return
    for name, value in data.items():
        key, shown = normal_key(name), f"{path}{name}"
        if isinstance(value, Mapping):
            yield from _nested(key, value, today, shown, depth, code)
        elif isinstance(value, list) and any(isinstance(each, Mapping | list) for each in value):
            for each in value:
                inner = each if isinstance(each, Mapping) else {name: each}
                yield from _mapping(inner, today, f"{shown}.", depth + 1, code)
        else:
            reason = _of_values(key, _texts(value), today)
            if reason:
                # A password must not appear in a message.
                excerpt = "…" if reason == "protected" else _excerpt(value)
                yield Wish(code or reason, f"{shown}: {excerpt}")


def _nested(key: str, value: Mapping[str, Any], today: date, shown: str, depth: int, code: str) -> Iterator[Wish]:
    if key in ELSEWHERE:
        return
    if key in HIDES and value:
        yield Wish(code or HIDES[key], f"{shown}: …")
    if key == "build":
        for name, inner in value.items():
            if normal_key(name) in ("render", "list") and any(text in NEVER for text in map(word, _texts(inner))):
                reason = "unpublished" if normal_key(name) == "render" else "hidden"
                yield Wish(code or reason, f"{shown}.{name}: {_excerpt(inner)}")
        return
    yield from _mapping(value, today, f"{shown}.", depth + 1, "noindex" if key in INDEXING else code)


def _of_values(key: str, values: list[str], today: date) -> str:
    return next((code for value in values if (code := _of_value(key, value, today))), "")


def says_not_public(key: str, value: str, today: date) -> str:
    """Return the reason code if a key and its value say "not public", else ""."""
    return _of_value(normal_key(key), value, today)


def says_plainly(key: str, value: str) -> bool:
    """Return whether key and value say "not public" and can mean nothing else, even within prose."""
    name = normal_key(key)
    if name not in HIDES and name not in SHOWS and name not in ACCESS and name not in PLAIN:
        return False
    normal = word(value)
    return (normal in YES or normal in NO or normal in WORDS) and bool(_of_value(name, value, date.max))


def _of_value(key: str, value: str, today: date) -> str:
    normal = word(value)
    if not normal or normal in EMPTY:
        return ""
    return _of_yes_and_no(key, normal, value) or _of_words(key, normal, value) or _of_dates(key, value, today)


def _of_yes_and_no(key: str, normal: str, value: str) -> str:
    if key in HIDES and normal not in NO:
        return HIDES[key]
    if key in HIDES_IF_TRUE and normal in YES:
        return HIDES_IF_TRUE[key]
    if key in SHOWS and normal not in YES and not _PLACE_OR_DATE.match(value.strip("\"' ")):
        return SHOWS[key] if normal in NO or normal not in PUBLIC else ""
    if key in SHOWS_UNLESS_NO:
        no = normal in NO or _NO_AND_MORE.match(value.strip("\"' "))
        return SHOWS_UNLESS_NO[key] if no else WORDS.get(normal, "")
    return ""


# A no with more words: `published: no, not yet`.
_NO_AND_MORE = re.compile(r"(?:no|not|never|false|否|不|未)(?:\b|(?<=[否不未]))", re.IGNORECASE)
_PLACE_OR_DATE = re.compile(
    r"https?://|/|\d{4}[-/.年]\d|\d{8}\b|\d{1,2} \w+ \d{4}|\w{3,9}\.? \d{1,2},? \d{4}", re.IGNORECASE
)


def _of_words(key: str, normal: str, value: str) -> str:
    if key in ACCESS:
        if normal in NO:
            return "hidden"
        return WORDS.get(normal, "" if normal in PUBLIC else "private")
    if key in ROBOTS:
        return "noindex" if re.search(r"no-?index|none", value, re.IGNORECASE) else ""
    if key in TOPICS:
        return next((code for part in _parts(value) if (code := TAGS.get(part))), "")
    return WORDS.get(normal, "") if key in WORDED else ""


def _of_dates(key: str, value: str, today: date) -> str:
    if key in EXPIRES:
        return "" if word(value) in NO else "expires"
    if key in BEGINS | EMBARGO:
        days = dates_in(value)
        if any(day > today for day in days):
            return "future-date"
        if key in EMBARGO and not days and word(value) not in NO:
            return "future-date"
    return ""


def normal_key(name: str) -> str:
    """Return a key without separators, case and number: `dg-publish`, `dgPublish`, `DG_PUBLISH (2)` are equal."""
    name = re.sub(r"\s*\(\d+\)$", "", unicodedata.normalize("NFKC", str(name)))
    return re.sub(r"[\W_]+", "", name).casefold()


def word(value: str) -> str:
    """Return a value without quotes, case, separators and invisible characters: `"Members-Only"` → `membersonly`."""
    text = unicodedata.normalize("NFKC", value)
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Cc") or char.isspace())
    text = text.strip().strip("\"'“”‘’`#,;。. ").casefold()
    return text if text in YES | NO | EMPTY else re.sub(r"[\s_-]+", "", text)


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return ["" if each is None else str(each) for each in values]


def _parts(value: str) -> Iterator[str]:
    """Yield the words of a tag, or of a line of tags: `#private/finance, later`."""
    for piece in re.split(r"[,，、;；\n]+", value[:2_000]):
        yield from map(word, piece.split("/"))
    yield word(value[:200])


def _excerpt(value: Any) -> str:
    """Return a value for a message: one line, cut to 40 characters."""
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else text[:40] + "…"


# --- dates

_NUMERIC = re.compile(r"(?<!\d)(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2}))?(?!\d)")
_BY_DAY = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)")
_NAMED = re.compile(r"(?:(\d{1,2})\w{0,2}\s+)?([A-Za-z]{3})[a-z]*\.?\s+(?:(\d{1,2})\w{0,2},?\s+)?(\d{4})")
_YEAR = re.compile(r"\s*[\"']?(\d{4})[\"']?\s*")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def dates_in(value: str) -> list[date]:
    """Return the dates that a text may mean; for `03/04/2031` both."""
    value = unicodedata.normalize("NFKC", value[:200])
    candidates = [(m[1], m[2], m[3] or "1") for m in _NUMERIC.finditer(value)]
    candidates += [(m[1], m[2], m[3]) for m in _COMPACT.finditer(value)]
    for m in _BY_DAY.finditer(value):
        candidates += [(m[3], m[2], m[1]), (m[3], m[1], m[2])]
    for m in _NAMED.finditer(value):
        if m[2].lower() in _MONTHS:
            candidates.append((m[4], str(_MONTHS.index(m[2].lower()) + 1), m[1] or m[3] or "1"))
    if year := _YEAR.fullmatch(value):
        candidates.append((year[1], "1", "1"))
    return [day for parts in candidates if (day := _day(*parts))]


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


# --- tags, paths


def wish_of_tags(names: Iterable[str]) -> Wish | None:
    """Return the first tag that says "not public" (`private`, `#private/finance`, `私密`), or None."""
    for name in names:
        for part in _parts(name):
            if code := TAGS.get(part):
                return Wish(code, f"#{name.lstrip('#')}")
    return None


_INLINE_TAG = re.compile(r"(?<![\w&/#\[(])#([\w/-]{3,40})")


def wish_in_text(text: str) -> Wish | None:
    """Return the first inline tag of a text that says "not public" (`#private`), or None."""
    return wish_of_tags(match[1] for match in _INLINE_TAG.finditer(text)) if "#" in text else None


def wish_of_name(name: str) -> Wish | None:
    """Return the part of a path that says "not public", or None: `_drafts/x.md`, `private/x.md`, `_x.md`, `.x.md`."""
    *folders, file = name.replace("\\", "/").split("/")
    for folder in (folder for folder in folders if folder not in ("..", ".")):
        if folder.casefold() in FOLDERS or _normal_folder(folder) in FOLDERS or folder[:1] in ("_", "."):
            return Wish("private-place", f"{folder}/")
    # Video ids may begin with an underscore.
    stem = file.split(".")[0]
    if file[:1] == "." or (file[:1] == "_" and not YOUTUBE_ID.fullmatch(stem)):
        return Wish("private-place", file)
    return None


def _normal_folder(name: str) -> str:
    """Return a folder's name without numbering and kind: `99 - Archive`, `Private Notes`."""
    name = re.sub(r"^[\W\d_]+", "", name.casefold())
    return re.sub(r"[\s_-]*(?:notes?|posts?|files?|folder|笔记|文件夹|文章)?$", "", name)
