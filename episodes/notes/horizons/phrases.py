"""Words of horizons. One unknown word makes the whole horizon unknown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from episodes.notes.horizons import calendar_spans
from episodes.notes.horizons.calendar_spans import months_later
from episodes.notes.horizons.numerals import as_digits

# Characters: anything longer is a sentence.
LONGEST = 100

Match = re.Match[str]
Rows = tuple[tuple[str, Callable[[Match, Any], Any]], ...]


@dataclass
class Word:
    """A word that was recognised.

    kind is one of:

    span    a span of the calendar, relative to the day of the statement
    part    a part of a year; middle: its middle, a point
    count   a duration, and so the day on which it is over
    end     底, end of: the last day of the span next to it, or of its own span
    by      before, or between two spans; range: between two; from: in front of a range
    next    in front of a count; later: after one
    fill    has no influence on the end
    """

    kind: str
    match: Match
    make: Callable[[Match, Any], Any] | None = None

    @property
    def text(self) -> str:
        """The words of the horizon."""
        return self.match[0]

    def means(self, said_on: Any) -> Any:
        """Return a span or a day.

        said_on: the day of the statement; for a part, the year.
        """
        assert self.make is not None
        return self.make(self.match, said_on)


# --- spans

_YEAR = "([12][0-9]{3})(?![0-9])"
_NTH = "([0-9]{1,2})(?:st|nd|rd|th)?"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEK = "(?:周|星期|礼拜)"


def _month(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


_DATES: Rows = (
    (
        rf"{_YEAR}[-/.年]([0-9]{{1,2}})[-/.月]([0-9]{{1,2}})[日号]?(?![0-9])",
        lambda m, said_on: calendar_spans.day(*_numbers(m)),
    ),
    (rf"{_YEAR}[-/.](0?[1-9]|1[0-2])(?![0-9])", lambda m, said_on: calendar_spans.months(*_numbers(m))),
    (rf"{_MONTH} {_NTH},? {_YEAR}", lambda m, said_on: calendar_spans.day(int(m[3]), _month(m[1]), int(m[2]))),
    (rf"{_NTH} {_MONTH},? {_YEAR}", lambda m, said_on: calendar_spans.day(int(m[3]), _month(m[2]), int(m[1]))),
    (r"([12][0-9]{2}0)(?:年代|s)", lambda m, said_on: calendar_spans.years(int(m[1]), 10)),
    (r"(?:the )?21(?:世纪|st century)", lambda m, said_on: calendar_spans.years(2001, 100)),
    (rf"{_YEAR}(?:年度?)?", lambda m, said_on: calendar_spans.years(int(m[1]))),
)
_SPANS: Rows = (
    (r"今明2年", lambda m, said_on: calendar_spans.year_of(said_on, 1)),
    (
        r"今年|本年度?|当年|this year|the (?:current |calendar )?year(?! [0-9]| after)",
        lambda m, said_on: calendar_spans.year_of(said_on, 0),
    ),
    (r"明年|来年|次年|下1?年|next year", lambda m, said_on: calendar_spans.year_of(said_on, 1)),
    (r"大后年", lambda m, said_on: calendar_spans.year_of(said_on, 3)),
    (r"后年|the year after next", lambda m, said_on: calendar_spans.year_of(said_on, 2)),
    (r"本月|这个?月|(?:this|the) month", lambda m, said_on: calendar_spans.month_of(said_on, 0)),
    (r"下1?个?月|next month", lambda m, said_on: calendar_spans.month_of(said_on, 1)),
    (r"(?:本|这个?)季度|(?:this|the) quarter", lambda m, said_on: calendar_spans.quarter_of(said_on, 0)),
    (r"下1?个?季度|next quarter", lambda m, said_on: calendar_spans.quarter_of(said_on, 1)),
    (rf"(?:本|这个?){_WEEK}|(?:this|the) week", lambda m, said_on: calendar_spans.week_of(said_on, 0)),
    (rf"下1?个?{_WEEK}|next week", lambda m, said_on: calendar_spans.week_of(said_on, 1)),
    (r"本10年|(?:this|the) decade", lambda m, said_on: calendar_spans.decade_of(said_on, 0)),
    (r"next decade", lambda m, said_on: calendar_spans.decade_of(said_on, 1)),
    (r"本世纪|这个?世纪|(?:this|the) century", lambda m, said_on: calendar_spans.century_of(said_on, 0)),
    (r"下1?个?世纪|next century", lambda m, said_on: calendar_spans.century_of(said_on, 1)),
)


def _numbers(match: Match) -> list[int]:
    return [int(group) for group in match.groups()]


# --- parts of a year

_ORDINALS = ("", "first", "second", "third", "fourth")
_PARTS: Rows = (
    (r"(?:the )?(?:1st|first) half(?: of)?|上半年|h1", lambda m, year: calendar_spans.months(year, 1, 6)),
    (r"(?:the )?(?:2nd|second) half(?: of)?|下半年|h2", lambda m, year: calendar_spans.months(year, 7, 6)),
    (r"第?([1-4])季度?|q([1-4])", lambda m, year: calendar_spans.quarter(year, int(m[1] or m[2]))),
    (
        r"(?:the )?(first|second|third|fourth) quarter(?: of)?",
        lambda m, year: calendar_spans.quarter(year, _ordinal(m[1])),
    ),
    (r"([0-9]{1,2})月份?", lambda m, year: calendar_spans.months(year, int(m[1]))),
    (rf"{_MONTH}(?: of)?", lambda m, year: calendar_spans.months(year, _month(m[1]))),
)
# 中期 has no definite middle.
_MIDDLE: Rows = (
    (r"年中|(?<=年)中(?!期)|mid[- ]?(?=[0-9])|(?:the )?middle of", lambda m, year: calendar_spans.months(year, 1, 6)),
)


def _ordinal(word: str) -> int:
    return _ORDINALS.index(word)


_OWN_ENDS: Rows = (
    (
        r"年底|年末|年尾|年终|年内|(?:the )?(?:year[- ]end|eoy|end of (?:the )?year)",
        lambda m, said_on: calendar_spans.year_of(said_on, 0),
    ),
    (r"月底|月末", lambda m, said_on: calendar_spans.month_of(said_on, 0)),
    (r"世纪末", lambda m, said_on: calendar_spans.century_of(said_on, 0)),
)

# --- counts

_LOWER = r"(?:[0-9]{1,4} *(?:-|~|到|至|或|to|or) *)?"
# (pattern of the unit, its months, its days)
_UNITS = (
    (r"years?|yrs?|年", 12, 0),
    (r"months?|个月", 1, 0),
    (r"quarters?|个季度", 3, 0),
    (r"decades?", 120, 0),
    (r"century|centuries|个世纪", 1200, 0),
    (rf"weeks?|周|个{_WEEK}|星期|礼拜", 0, 7),
    (r"days?|天", 0, 1),
)


def _over(months: int, days: int) -> Callable[[Match, date], date]:
    """Return a function that computes the day on which a number of units is over.

    Groups of its match: the number, and an optional half.
    """

    def on(match: Match, said_on: date) -> date:
        number, half = int(match[1] or 1), bool(match[2])
        if half and months != 12:
            raise ValueError("half of it is no number of months")
        return months_later(said_on, number * months + 6 * half) + timedelta(days=number * days)

    return on


def _counts() -> Rows:
    many = [
        (rf"{_LOWER}([0-9]{{1,4}})(?: |-)?(?:{unit})(半| and a half)?", _over(months, days))
        for unit, months, days in _UNITS
    ]
    # "in the next year" means within twelve months; "next year" is the calendar year; "the coming years" is open.
    one = [
        (rf"(?:an?|(?:the|this) (?:next|coming|following))() (?:{unit})(?<!s)( and a half)?", _over(months, days))
        for unit, months, days in _UNITS
    ]
    half = (r"半年|half an? year|half-?year", lambda m, said_on: months_later(said_on, 6))
    return (*many, *one, half)


# --- lexicon

_PARTICLES = (
    ("end", r"底|末|尾|为止|(?:the )?(?:very )?end(?: of|-)?|late"),
    ("later", r"之后|以后|后|later|from (?:now|today)|hence|time"),
    ("fill", r"within|in|during|over(?= the)|for|throughout|some ?time|no later than|at (?:the )?latest|less than"),
    ("fill", r"at most|up to|of|'s|'|之内|以内|内|里|期间|之间|间|在|于|的|时间|最晚|最迟|最多|不超过|不出|不到"),
    ("next", r"未来|接下来|今后|往后|此后|再过|(?:the )?(?:next|coming|following)(?= [0-9])"),
    ("from", r"from|between|从|自"),
    ("by", r"by|before|until|till|prior to|ahead of|之前|以前|前|直到|到|至|截至|截止"),
    ("range", r"-|~|to|through|and|or|或者?|和|与|及|、|/"),
    ("fill", r"the year|the"),
)


def _lexicon() -> list[tuple[str, re.Pattern[str], Any]]:
    """Return (kind, pattern, meaning) in order of precedence: 下半年 before 半年."""
    rows: list[tuple[str, str, Any]] = [
        *(("span", *row) for row in _DATES),
        *(("part", *row) for row in _PARTS),
        *(("middle", *row) for row in _MIDDLE),
        *(("end", *row) for row in _OWN_ENDS),
        *(("count", *row) for row in _counts()),
        *(("span", *row) for row in _SPANS),
        *((kind, pattern, None) for kind, pattern in _PARTICLES),
    ]
    # An English word ends with its letters: "in" is no part of "indeed".
    return [(kind, re.compile(rf"(?:{pattern})(?:(?<![a-z])|(?![a-z]))"), make) for kind, pattern, make in rows]


_LEXICON = _lexicon()
_SIMPLER = str.maketrans("個內後來兩於週號間這紀從過終當為–—−～’", "个内后来两于周号间这纪从过终当为---~'")
_CJK = r"[\u4e00-\u9fff]"
_GAPS = re.compile(rf"\s+(?={_CJK})|(?<={_CJK})\s+")
_BETWEEN = re.compile(r"[\s,.()\[\]\"“”。]*")


def words_of(horizon: str) -> list[Word] | None:
    """Return the words of a horizon; None if one of them is not understood."""
    text = unicodedata.normalize("NFKC", horizon).translate(_SIMPLER).casefold()
    text = as_digits(_GAPS.sub("", " ".join(text.split())))
    if len(text) > LONGEST:
        return None
    words: list[Word] = []
    at = _next_word(text, 0)
    while at < len(text):
        word = _word_at(text, at)
        if word is None:
            return None
        words.append(word)
        at = _next_word(text, word.match.end())
    return words


def _next_word(text: str, at: int) -> int:
    """Return the offset of the next word."""
    between = _BETWEEN.match(text, at)
    return between.end() if between else at


def _word_at(text: str, at: int) -> Word | None:
    for kind, pattern, make in _LEXICON:
        match = pattern.match(text, at)
        if match and match.end() > at:
            return Word(kind, match, make)
    return None
