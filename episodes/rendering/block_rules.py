"""Moves the lines of a note apart, so that Python-Markdown sees the blocks their author meant. Text in, text out."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

# Wider than any table that people read.
MAX_COLUMNS = 40
LINE = re.compile(
    r"""
    (?P<blank>[ ]*$)
    | (?P<mark>\x02/?[a-z -]+\x03)
    | [ ]{0,3}(?P<heading>\#{2,6}(?=[^\s\#!-~])|\#{1,6}(?=[ ]|$))
    | (?P<rule>[ ]{0,3}(?:(?:\*[ ]*){3,}|(?:-[ ]*){3,}|(?:_[ ]*){3,})$)
    | (?P<item>[ ]*(?P<bullet>[-*+]|\d{1,3}[.)])[ ]+(?=\S))
    | (?P<caption>[ ]{0,3}>>(?!>))
    | (?P<quote>[ ]{0,3}>)
    | (?P<separator>(?=.*\|)\|?[ ]*:?-+:?[ ]*(?:\|[ ]*:?-+:?[ ]*)*\|?[ ]*$)
    | (?P<label>\*\*[^*]{1,80}(?:\*\*[ ]*[:：]|(?<=[:：])\*\*|(?<![:：])\*\*[ ]*$))
    | (?P<plain_label>
        [^\W\d_][^\s:：，。！？；,.!?;*|<>"“”\[\]()]{0,19}(?:[ ][^\s:：，。,.*|<>]{1,20}){0,3}(?=[:：][ ]*[^\s/])
      )
    """,
    re.X,
)
# What people number and mark lines with that Markdown does not take for a list.
ENUMERATOR = re.compile(
    r"""
    (?:[ ]*>)*[ ]*(?:
      (?P<digits>\d{1,3}[、）．](?!\d))
    | (?P<chinese>[一二三四五六七八九十]{1,3}[、）．.])
    | (?P<bracketed>[（(](?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）])
    | (?P<circled>[①-⑳❶-❿➀-➓])
    | (?P<bullet>[•●○▪◦■□◆▶►✓✔·])
    | (?P<footnote>\[\^[\w-]{1,20}\]:)
    )(?=[ ]?\S)
    """,
    re.X,
)
TASK = re.compile(r"\[( |x|X)\][ ]+(?=\S)")
LABEL_ALONE = re.compile(r"^\*\*.*[:：]\**[ ]*$")
MANY_MARKS = re.compile(r"(?:(?:[-*+]|\d+\.) +){2,}")
# A backslash at the end of a line means what two blanks there mean.
HARD_BREAK = re.compile(r"(?<!\\)((?:\\\\)*+)\\(?=\n[ \t]*[^\s])")
DEEPEST_LIST = DEEPEST_QUOTE = 6
# An `Evidence:` or `Note:` may open two lines of prose; somebody who speaks does so more often.
TURNS_OF_A_PLAIN_LABEL = 3


class Item(NamedTuple):
    """A list item lines may still belong to: how far it was indented in the source, and its bullet, `-` or `12.`."""

    indent: int
    bullet: str

    @property
    def numbered(self) -> bool:
        return self.bullet[0].isdigit()

    def goes_on_with(self, bullet: str) -> bool:
        """Whether a number is the next one of the list: one higher, or the same all along (`1. 1. 1.`)."""
        steps = int(bullet[:-1]) - int(self.bullet[:-1])
        return bullet[-1] == self.bullet[-1] and steps in (0, 1)


def separate_blocks(text: str) -> str:
    """Blank lines where Markdown needs them and the note has none, and four spaces for each level of a list.

    Python-Markdown knows a list, table or speaker's turn only behind a blank line, and takes `#28058`, `2025.`, a
    caption's `>>` and the sign of `C#` in a heading for marks. Notes are written for renderers that do not.
    """
    blocks = _Blocks(HARD_BREAK.sub(r"\1  ", text).split("\n"))
    return "\n".join(blocks.separated()) + "\n\n"


class _Blocks:
    def __init__(self, lines: list[str]) -> None:
        self.source = lines
        self.lines: list[str] = [""]
        self.items: list[Item] = []
        self.in_continuation = False  # of a list item: a paragraph behind a blank line
        labels = Counter(match["plain_label"] for line in lines if (match := LINE.match(line)))
        self.labels = {label for label, count in labels.items() if label and count >= TURNS_OF_A_PLAIN_LABEL}
        self.enumerated = enumerated(lines)

    def separated(self) -> list[str]:
        for number, line in enumerate(map(tighten_bold, self.source)):
            match = LINE.match(line)
            if number in self.enumerated and self.previous and (not match or match.lastgroup in (None, "quote")):
                self.lines[-1] += "  "
            if match and match.lastgroup:
                kind = "item" if match["item"] else match.lastgroup
                getattr(self, kind)(line, match)
            else:
                self.other(line)
        return self.lines

    @property
    def previous(self) -> str:
        return self.lines[-1]

    def apart(self, *lines: str) -> None:
        """Add lines as a block of its own outside any list."""
        self.items.clear()
        self.break_off()
        self.lines += lines

    def break_off(self) -> None:
        if self.previous:
            self.lines.append("")

    def blank(self, line: str, match: re.Match[str]) -> None:
        self.break_off()

    def mark(self, line: str, match: re.Match[str]) -> None:
        self.apart(line)

    def heading(self, line: str, match: re.Match[str]) -> None:
        words = re.sub(r"(?:^|[ ]+)#*[ ]*$", "", line[match.end() :].strip())
        if words:
            # A sign at the end would be taken for decoration, and `C#` lose it.
            trailing = len(words) - len(words.rstrip("#"))
            words = words[: len(words) - trailing] + "\\#" * trailing
            self.apart(f"{match['heading']} {words}", "")

    def rule(self, line: str, match: re.Match[str]) -> None:
        self.apart("---", "")

    def item(self, line: str, match: re.Match[str]) -> None:
        indent, bullet = len(line) - len(line.lstrip(" ")), match["bullet"]
        numbered = bullet[0].isdigit()
        if not self.items and self.previous and numbered and bullet[:-1] != "1":
            self.other(line)  # a sentence that happens to break before `12.`
            return
        sibling = self.leave_lists(indent)
        starts_a_list = sibling.numbered != numbered if sibling else not self.items
        restarts = sibling and sibling.numbered and numbered and not sibling.goes_on_with(bullet)
        if starts_a_list or self.in_continuation:
            self.break_off()
        self.in_continuation = False
        depth = min(len(self.items), DEEPEST_LIST)
        self.items.append(Item(indent, bullet))
        sign = f"{bullet[:-1]}." if numbered else "-"
        words = without_box(line[match.end("item") :])
        # `- - - - x` is a joke or an attack: each mark would be a list in a list.
        words = no_block(words) if MANY_MARKS.match(words) else words
        mark = f"\x02ol {bullet[:-1]}\x03" if restarts else ""
        self.lines.append(f"{'    ' * depth}{sign} {mark}{words}")

    def leave_lists(self, indent: int) -> Item | None:
        """Close the items this indentation is not inside of; the last one closed."""
        closed = None
        while self.items and indent < self.items[-1].indent + 2:
            closed = self.items.pop()
        return closed

    def caption(self, line: str, match: re.Match[str]) -> None:
        # `>>` is how captions mark that somebody else speaks; as a quote in a quote it would be indented twice.
        words = "\\>\\>" + line.lstrip()[2:]
        if self.previous.startswith(">"):
            self.quote(line, match)
        elif LABEL_ALONE.search(self.previous):
            self.lines.append(words)
        else:
            self.apart(words)

    def quote(self, line: str, match: re.Match[str]) -> None:
        if not self.previous.lstrip().startswith(">"):
            self.break_off()
        self.items.clear()
        self.lines.append(re.sub(rf"^((?:[ ]*>){{{DEEPEST_QUOTE}}})(?:[ ]*>)+", r"\1", line))

    def separator(self, line: str, match: re.Match[str]) -> None:
        if line.count("|") > MAX_COLUMNS:
            # Every row is filled up to the width of the head: six kilobytes would become ten megabytes.
            self.other(line.replace("|", "\\|"))
            return
        if "|" in self.previous and len(self.lines) > 1 and self.lines[-2] and "|" not in self.lines[-2]:
            self.lines.insert(-1, "")
        self.other(line)

    def label(self, line: str, match: re.Match[str]) -> None:
        self.apart(line)

    def plain_label(self, line: str, match: re.Match[str]) -> None:
        self.apart(line) if match["plain_label"] in self.labels else self.other(line)

    def other(self, line: str) -> None:
        words = line.lstrip(" ")
        if self.items and not self.previous:
            self.leave_lists(len(line) - len(words))
            self.in_continuation = bool(self.items)
        if self.items:
            self.lines.append("    " * (len(self.items) if not self.previous else len(self.items) - 1) + words)
        else:
            self.lines.append(no_block(words))


def enumerated(lines: list[str]) -> set[int]:
    """Numbers of lines that begin with a sign of the same kind as another of their paragraph: `1、…`, `2、…`."""
    found: set[int] = set()
    paragraph: dict[str, list[int]] = {}
    for number, line in enumerate([*lines, ""]):
        if not line.strip(" >"):
            found |= {place for places in paragraph.values() if len(places) > 1 for place in places}
            paragraph = {}
        elif (match := ENUMERATOR.match(line)) and match.lastgroup:
            paragraph.setdefault(match.lastgroup, []).append(number)
    return found


def without_box(words: str) -> str:
    """`[x] done` as ☑: a page has nothing to tick off."""
    box = TASK.match(words)
    return f"{'☐' if box[1] == ' ' else '☑'} {words[box.end() :]}" if box else words


def no_block(words: str) -> str:
    """`#28058 …` and `2025. …` at the start of a line are no heading and no list."""
    if words.startswith(("#", "- ", "* ", "+ ")):
        return "\\" + words
    return re.sub(r"^(\d+)\.(?= )", r"\1\\.", words) if words[:1].isdigit() else words


def tighten_bold(line: str) -> str:
    """`一块** tablet**（…）` → `一块 **tablet**（…）`: a slip which Markdown answers with literal asterisks.

    With a space on both sides it may be a power (`2 ** 3`) and stays.
    """
    if ("** " not in line and " **" not in line) or "***" in line:
        return line
    parts = line.split("**")
    if len(parts) % 2 == 0:
        return line
    for index in range(1, len(parts), 2):
        words = parts[index].strip(" ")
        before, _, after = parts[index].partition(words) if words else ("", "", "")
        if bool(before) != bool(after):
            parts[index - 1 : index + 2] = [parts[index - 1] + before, words, after + parts[index + 1]]
    return "**".join(parts)
