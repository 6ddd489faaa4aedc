"""Due dates from horizons: the day on which a predicted period ends, as notes word it.

A horizon is read word by word, and a day is returned only if every word is understood. Rough (about five years), open
(after 2030, in a few years) and missing ends (未来, long term) have no due date: a prediction must never be judged by
an invented day.

a named span        its last day: 今年, in 2030, by the end of 2027, the second half of 2026, this century
by, before, 前, 到  the day before the span begins: by 2030 is 2029-12-31. By a day is that day
a counted span      from the day of the statement: within five years, 半年内, 十年后
a range             its later end

phrases         the words that are understood
calendar_spans  years, quarters, weeks and other spans of the calendar
numerals        numbers written as words
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from episodes.notes.horizons.calendar_spans import Span, years
from episodes.notes.horizons.phrases import Word, words_of


def gettext_noop(text: str) -> str:
    """Mark a text for translation. makemessages finds it by this name; Django's own is not available here."""
    return text


OWN_YEAR = gettext_noop("“%(horizon)s”, said on %(said_on)s, ends with that year.")
ENDS = gettext_noop("“%(horizon)s”, said on %(said_on)s, ends with %(span)s.")
ENDS_LATER = gettext_noop("“%(horizon)s”, said on %(said_on)s, ends with %(span)s, its later end.")
BEFORE = gettext_noop("“%(horizon)s”, said on %(said_on)s, ends before %(span)s begins.")
COUNTED = gettext_noop("“%(horizon)s” is counted from the day on which it was said, %(said_on)s.")
COUNTED_LATER = gettext_noop(
    "“%(horizon)s” is counted to its later end, from the day on which it was said, %(said_on)s."
)


@dataclass(frozen=True)
class Due:
    """The last day of a horizon, and the rule behind it: a template of this module with its parameters."""

    on: date
    rule: str
    params: dict[str, str]


# The day, its template, and the name of the span in it.
Found = tuple[date, str, str]


def due(horizon: str, said_on: date) -> Due | None:
    """Return the day on which a horizon ends.

    None if it names no end, or if the end was before the day of the statement.
    """
    words = words_of(horizon)
    if words is None:
        return None
    try:
        end = _counted(words, said_on) or _named(words, said_on)
    except (ValueError, OverflowError):
        return None  # 31 February, or five thousand centuries
    if end is None or end[0] < said_on:
        return None
    on, rule, span = end
    return Due(on, rule, {"horizon": horizon.strip(), "said_on": said_on.isoformat(), "span": span})


# --- counted from the day of the statement


def _counted(words: list[Word], said_on: date) -> Found | None:
    """Return the end of a counted span, such as five years; None if the horizon contains anything else."""
    counts = [word for word in words if word.kind == "count"]
    if not counts or not _are_joined_counts([word.kind for word in words]):
        return None
    ranged = len(counts) > 1 or any(re.search(r"[0-9] *(?:-|~|到|至|或|to|or)", word.text) for word in counts)
    return max(word.means(said_on) for word in counts), COUNTED_LATER if ranged else COUNTED, ""


def _are_joined_counts(kinds: list[str]) -> bool:
    """Return whether there are only counts with a conjunction between each two; 五年前 is five years ago."""
    kinds = [kind for kind in kinds if kind not in ("fill", "next", "later")]
    if kinds[0] == "from":
        kinds = kinds[1:] if len(kinds) > 2 else []
    joined = all(kind in ("range", "by") for kind in kinds[1::2])
    return joined and len(kinds) % 2 == 1 and all(kind == "count" for kind in kinds[::2])


# --- named in the calendar


@dataclass
class Group:
    """The words between two conjunctions: one span, or a part of one."""

    words: list[Word] = field(default_factory=list)
    before: bool = False

    def of(self, *kinds: str) -> list[Word]:
        """Return the words of these kinds."""
        return [word for word in self.words if word.kind in kinds]

    @property
    def names_something(self) -> bool:
        """True if the words name a span or a part of one."""
        return bool(self.of("span", "part", "middle", "end"))


def _groups(words: list[Word]) -> list[Group]:
    """Split the words at conjunctions between two spans. At the beginning and the end, these words mean "before"."""
    groups = [Group()]
    leads = False
    for i, word in enumerate(words):
        span_follows = any(later.kind in ("span", "part", "middle") for later in words[i + 1 :])
        if word.kind in ("range", "by") and groups[-1].names_something and span_follows:
            groups.append(Group(before=leads))
        else:
            leads = leads or (word.kind == "by" and not groups[-1].names_something)
            groups[-1].words.append(word)
    return groups


def _named(words: list[Word], said_on: date) -> Found | None:
    if any(word.kind in ("count", "next", "later") for word in words):
        return None
    groups = _groups(words)
    if len(groups) == 1 and groups[0].of("from"):
        return None  # "from 2027 on" has no end
    ends: list[Found] = []
    year = said_on.year
    for group in groups:
        span = _span(group, said_on, year)
        if span is None:
            return None
        year = span.last.year
        ends.append(_end(group, span, said_on))
    latest = max(ends, key=lambda end: end[0])
    return (latest[0], ENDS_LATER, latest[2]) if len(ends) > 1 and latest[1] == ENDS else latest


def _span(group: Group, said_on: date, year: int) -> Span | None:
    """Return the single span that a group names; a part without a year belongs to `year`."""
    if group.of("range"):
        return None
    named = {word.means(said_on) for word in group.of("span")}
    parts, ends = group.of("part", "middle"), [word for word in group.of("end") if word.make]
    if len(named) > 1 or len(parts) > 1:
        return None
    span: Span | None = named.pop() if named else None
    if parts:
        whole = span or years(year)
        return parts[0].means(whole.first.year) if whole == years(whole.first.year) else None
    return span or (ends[0].means(said_on) if ends else None)


def _end(group: Group, span: Span, said_on: date) -> Found:
    by = group.of("by")
    before = group.before or bool(by)
    if span.first == span.last:
        # "by" a day includes it, "before" does not.
        before = any(re.search("before|prior|ahead|前", word.text) for word in by)
    if before and not group.of("end", "middle"):
        return span.first - timedelta(days=1), BEFORE, span.format(span.first)
    is_own = span == years(said_on.year) and not any(re.search("[0-9]", word.text) for word in group.words)
    return span.last, OWN_YEAR if is_own else ENDS, span.format(span.last)
