"""Turns of a conversation: `**N**:` `**N:**` `**N (role):**` `**[Speaker 1]**:` `N:` `<span class="speaker">N</span>`.

Each of these is also the form of a label (`**Conclusion**:`). Names that recur, within a stretch between two headings
or often in the note, distinguish a conversation.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from episodes.notes.parsed import Annotation
from episodes.notes.prose.outline import Outline, outline, within

# Occurrences from which a name recurs often.
OFTEN = 3
# Characters; longer text before a colon is prose.
LONGEST_PLAIN_NAME = 24

# The lookbehind follows the stars, so that the regex engine can search for a literal.
_BOLD = re.compile(
    r"\*\*(?<![^\n]\*\*)(?:(?P<outside>[^*\n]{1,60}?)\*\*[ \t]?[:：]"
    r"|(?P<inside>[^*\n]{1,60}?)(?P<colon>[:：])[ \t]?\*\*)"
)
_SPAN = re.compile(
    r"<span(?<![^\n]<span) class=[\"']speaker[\"'][^<>\n]{0,60}>(?P<span>[^<>\n]{1,60})</span>[ \t]*[:：]?"
)
_PLAIN = re.compile(r"(?P<plain>[^\s\d*#<>|`!\[\]（(_~:：-][^:：\n*<>|`]{0,39})[:：](?!//)")
_PLAIN_LINE = re.compile(r"\n(?=([^\s\d*#<>|`!\[\]（(_~:：-][^:：\n*<>|`]{0,39})[:：](?!//))")
_LABELS = (_BOLD, _SPAN, _PLAIN)
_EDITORS_NOTE = re.compile(r"\*\*(?<![^\n]\*\*)[（(][^*\n]*[）)]\*\*[ \t]*\r?(?=\n|\Z)")
_ROLE = re.compile(r"(?P<name>.*?\S)[ \t]*[（(](?P<role>[^（）()]+)[）)]")
_NO_NAME = re.compile(r"[。！？!?；;，,…“”]|^\d+[.、]|https?$")
_WORDS_OF_ROLES = (
    r"主持人?|嘉宾|来宾|旁白|观众|听众|记者|主播|受访者|采访者|提问者|讲者|host|co-host|guest|narrator|interviewe[re]|"
    r"moderator|audience|(?:speaker|发言人|说话人|嘉宾|主持人)[ \t-]?[A-Z0-9]{1,2}"
)
_ROLE_WORD = re.compile(_WORDS_OF_ROLES, re.IGNORECASE)
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LABEL_WORD = re.compile(
    r"结论|总结|小结|注意|说明|(?:重要)?提示|备注|注|示例|例[如子]|案例|[原译]文|(?:主要|核心)?(?:观点|论点)|建议|背景|(?:数据)?来源|"
    r"[图表]|[他她我]说|summary|conclusion|notes?|tip|example|evidence|warning",
    re.IGNORECASE,
)

_PERSON = re.compile(
    r"[A-ZÀ-Þ][\w.'’-]*(?:[ ](?:[a-z]{1,3}[ ])?[A-ZÀ-Þ][\w.'’-]*){0,3}"
    r"|(?!第|其|首先|最后|另外|此外|因此|所以|但是|核心|关键|主要|重要|问题|方法|原因|结果|定义)"
    r"[\u4e00-\u9fff]{2,4}(?:[·・][\u4e00-\u9fff]{1,6}){0,2}"
)


class Label(NamedTuple):
    """A possible label of a turn. shape: its spelling; block: index of the stretch between two headings."""

    begin: int
    end: int
    shape: str
    name: str
    block: int


def find(text: str, begin: int, end: int) -> list[Annotation]:
    """Return the turns that begin in text[begin:end].

    Each ends before the next turn, heading or editor's note, without trailing blanks.
    """
    starts, stops = _places(text)
    turns = []
    for start in starts[bisect_left(starts, begin) : bisect_left(starts, end)]:
        stop = stops[bisect_right(stops, start)] if stops and stops[-1] > start else end
        raw = text[start : min(stop, end)].rstrip()
        values = read(raw)
        if values:
            turns.append(Annotation("turn", start, start + len(raw), values))
    return turns


def read(raw: str) -> dict[str, str | None] | None:
    """Return name, role and text of one turn; None if `raw` does not begin with a label."""
    match = _label(raw)
    if not match:
        return None
    name, role = name_and_role(_label_text(match))
    return {"name": name, "role": role, "text": raw[match.end() :].strip()}


def name_and_role(label: str) -> tuple[str, str | None]:
    """Split a label: `Russ (主持人)` → Russ, 主持人. A name in another script (`桑格 (David Sanger)`) is no role."""
    label = label.strip().rstrip(":：").strip()
    if label[:1] in ("[", "【") and label[-1:] in ("]", "】"):
        label = label[1:-1].strip()
    match = _ROLE.fullmatch(label)
    if not match:
        return label, None
    role = match["role"].strip()
    if _HAN.search(match["name"]) and not _HAN.search(role) and not _ROLE_WORD.fullmatch(role):
        return label, None
    return match["name"].strip("[]【】 "), role


def _label(raw: str) -> re.Match[str] | None:
    return next((match for pattern in _LABELS if (match := pattern.match(raw))), None)


def _label_text(match: re.Match[str]) -> str:
    return next(text for text in match.groupdict().values() if text is not None)


@lru_cache(maxsize=4)
def _places(text: str) -> tuple[list[int], list[int]]:
    """Return the offsets at which turns begin, and at which a turn has to end."""
    frame = outline(text)
    labels = _labels(text, frame)
    starts = sorted(label.begin for label in _spoken(labels, _people(text[: frame.begin])))
    if not starts:
        return [], []
    notes = [match.start() for match in _EDITORS_NOTE.finditer(text, frame.begin)]
    return starts, sorted({*starts, *notes, *(heading.begin for heading in frame.headings)})


def _labels(text: str, frame: Outline) -> list[Label]:
    blocks = [heading.begin for heading in frame.headings]
    labels = []
    for shape, begin, end, said in _candidates(text, frame.begin):
        if within(frame.folds, begin) or within(frame.opaque, begin):
            continue
        name = name_and_role(said)[0]
        if name and not _NO_NAME.search(name) and not _LABEL_WORD.fullmatch(name):
            labels.append(Label(begin, end, shape, name, bisect_right(blocks, begin)))
    return labels


def _candidates(text: str, begin: int) -> Iterator[tuple[str, int, int, str]]:
    for match in _BOLD.finditer(text, begin):
        shape = "outside" if match["outside"] else "inside" if match["colon"] == ":" else "inside full"
        yield shape, match.start(), match.end(), match["outside"] or match["inside"]
    for match in _SPAN.finditer(text, begin):
        yield "span", match.start(), match.end(), match["span"]
    if begin == 0 and (first_line := _PLAIN.match(text)):
        yield "plain", 0, first_line.end(), first_line["plain"]
    for match in _PLAIN_LINE.finditer(text, max(0, begin - 1)):
        if len(match[1]) <= LONGEST_PLAIN_NAME:
            yield "plain", match.start() + 1, match.end(1) + 1, match[1]


def _spoken(labels: list[Label], people: set[str]) -> list[Label]:
    """Return the labels that are turns.

    Each spelling is judged alone first, since a note may mix turns and labels; then labels of other spellings among
    turns are added, since it may mix spellings of turns as well.
    """
    by_shape = defaultdict(list)
    for label in labels:
        by_shape[label.shape].append(label)
    spoken = by_shape.pop("span", [])
    for shape, candidates in by_shape.items():
        names = _names(shape, candidates, people)
        turns = [label for label in candidates if label.name in names]
        spoken += turns if shape == "plain" else _joined_by_others(shape, candidates, turns)
    return spoken + _mixed_in(labels, spoken, people) if spoken else []


def _mixed_in(labels: list[Label], spoken: list[Label], people: set[str]) -> list[Label]:
    """Return turns in another spelling than the others: by a known person, a role, or a name among turns."""
    stretches = _Stretches(spoken)
    others = sorted(set(labels) - set(spoken))
    known = {label.name for label in spoken} | people
    known |= {label.name for label in others if stretches.is_amid(label) and _is_possible_speaker(label)}
    others = [label for label in others if stretches.has_talk(label)]
    return [label for label in others if label.name in known or _may_join(label, stretches.is_first(label))]


def _is_possible_speaker(label: Label) -> bool:
    """Return whether a label between two turns is a speaker."""
    return bool(_ROLE_WORD.fullmatch(label.name)) or (label.shape != "plain" and _is_name(label.name))


def _may_join(label: Label, is_first: bool) -> bool:
    """Return whether a label at the edge of a stretch is a turn; before its first turn only in the usual spelling.

    `**主持人：** 林岚` before the first turn names the host.
    """
    if label.shape == "outside":
        return True
    return label.shape != "plain" and not is_first and _ROLE_WORD.fullmatch(label.name) is not None


class _Stretches:
    """The turns found so far, by the stretch between two headings."""

    def __init__(self, spoken: list[Label]) -> None:
        self.places = defaultdict(list)
        for label in sorted(spoken):
            self.places[label.block].append(label.begin)
        self.with_roles = {label.block for label in spoken if _ROLE_WORD.fullmatch(label.name)}

    def has_talk(self, label: Label) -> bool:
        """Return whether a label's stretch has two turns, or one by a host: the person asked answers."""
        if len(self.places.get(label.block, ())) > 1:
            return True
        return label.block in self.with_roles and label.shape == "outside" and _is_name(label.name)

    def is_amid(self, label: Label) -> bool:
        """Return whether there are turns before and after the label in its stretch."""
        places = self.places.get(label.block, [])
        return 0 < bisect_left(places, label.begin) < len(places)

    def is_first(self, label: Label) -> bool:
        """Return whether no turn precedes the label in its stretch."""
        return bisect_left(self.places.get(label.block, []), label.begin) == 0


def _is_name(label: str) -> bool:
    """Return whether a label reads like a name: `Bo Vale`, `林岚`, `马克·安德森`; not `第一点`, `Key points`."""
    return _PERSON.fullmatch(label) is not None


def _joined_by_others(shape: str, labels: list[Label], turns: list[Label]) -> list[Label]:
    """Add labels that occur once, where others are known to speak: in their stretch, or in any conversation."""
    if len(turns) < 2:
        return turns
    if shape == "outside" and len(turns) >= OFTEN:
        return labels
    talks = {label.block for label in turns}
    return [label for label in labels if label.block in talks]


def _names(shape: str, labels: list[Label], people: set[str]) -> set[str]:
    """Return the names that prove a conversation in this spelling."""
    count = Counter(label.name for label in labels)
    blocks = Counter((label.block, label.name) for label in labels)
    returning = {name for (_, name), times in blocks.items() if times > 1}
    often = {name for name, times in count.items() if times >= OFTEN}
    if shape == "outside":
        return returning | often | {name for name in count if name in people or _ROLE_WORD.fullmatch(name)}
    if shape == "inside":
        return returning | {name for name in count if _ROLE_WORD.fullmatch(name)}
    if shape == "inside full":
        returning_roles = {name for name in returning if _ROLE_WORD.fullmatch(name)}
        return returning_roles | (often if len(often) > 1 and often & returning else set())
    return often if len(often) > 1 and often & returning else set()


def _people(front: str) -> set[str]:
    """Return names listed in the front matter, and their parts: a prose note has a turn now and then."""
    listed = re.findall(r"^[ ]*-[ ]+[\"']?([^\s\"'#][^\"'#\n]*)", front, re.MULTILINE)
    return {part for name in listed for part in (name.strip(), *re.split(r"[ ·・]+", name.strip())) if len(part) > 1}
