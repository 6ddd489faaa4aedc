"""Rewriting of a note's lines, so that Python-Markdown recognises the blocks their author meant. Text in, text out."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

# Columns: wider than any readable table.
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
# Numbers and bullets of lines that Markdown does not recognise as a list.
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
# A backslash at the end of a line is a hard break, like two trailing blanks.
HARD_BREAK = re.compile(r"(?<!\\)((?:\\\\)*+)\\(?=\n[ \t]*[^\s])")
# Levels; deeper nesting is flattened.
DEEPEST_LIST = DEEPEST_QUOTE = 6
# Lines from which a plain label is a speaker: an `Evidence:` or `Note:` may open two lines of prose.
TURNS_OF_A_PLAIN_LABEL = 3


class Item(NamedTuple):
    """An open list item: its indentation in the source, and its bullet, `-` or `12.`."""

    indent: int
    bullet: str

    @property
    def numbered(self) -> bool:
        """True if the item belongs to a numbered list."""
        return self.bullet[0].isdigit()

    def goes_on_with(self, bullet: str) -> bool:
        """Return whether a number continues the list: one higher, or always the same (`1. 1. 1.`)."""
        steps = int(bullet[:-1]) - int(self.bullet[:-1])
        return bullet[-1] == self.bullet[-1] and steps in (0, 1)


def separate_blocks(text: str) -> str:
    """Add blank lines where Markdown needs them, and indent each level of a list by four spaces.

    Python-Markdown recognises a list, table or turn only after a blank line, and mistakes `#28058`, `2025.`, a
    caption's `>>` and the sign of `C#` in a heading for marks. Notes are written for other renderers.
    """
    blocks = _Blocks(HARD_BREAK.sub(r"\1  ", text).split("\n"))
    return "\n".join(blocks.separated()) + "\n\n"


class _Blocks:
    """Reads lines in order and writes them as separate blocks. One method for each group of LINE."""

    def __init__(self, lines: list[str]) -> None:
        self.source = lines
        self.lines: list[str] = [""]
        self.items: list[Item] = []
        self.in_continuation = False  # of a list item: a paragraph after a blank line
        labels = Counter(match["plain_label"] for line in lines if (match := LINE.match(line)))
        self.labels = {label for label, count in labels.items() if label and count >= TURNS_OF_A_PLAIN_LABEL}
        self.enumerated = enumerated(lines)

    def separated(self) -> list[str]:
        """Return the rewritten lines."""
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
        """Add lines as a block outside any list."""
        self.items.clear()
        self.break_off()
        self.lines += lines

    def break_off(self) -> None:
        """End the current block with a blank line."""
        if self.previous:
            self.lines.append("")

    def blank(self, line: str, match: re.Match[str]) -> None:
        """Write a blank line."""
        self.break_off()

    def mark(self, line: str, match: re.Match[str]) -> None:
        """Write the mark of a block tag."""
        self.apart(line)

    def heading(self, line: str, match: re.Match[str]) -> None:
        """Write a heading; one without words is dropped."""
        words = re.sub(r"(?:^|[ ]+)#*[ ]*$", "", line[match.end() :].strip())
        if words:
            # A trailing `#` would be taken for decoration, and `C#` would lose it.
            trailing = len(words) - len(words.rstrip("#"))
            words = words[: len(words) - trailing] + "\\#" * trailing
            self.apart(f"{match['heading']} {words}", "")

    def rule(self, line: str, match: re.Match[str]) -> None:
        """Write a horizontal rule."""
        self.apart("---", "")

    def item(self, line: str, match: re.Match[str]) -> None:
        """Write a list item, indented by its depth."""
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
        # `- - - - x` would nest a list for each mark.
        words = no_block(words) if MANY_MARKS.match(words) else words
        mark = f"\x02ol {bullet[:-1]}\x03" if restarts else ""
        self.lines.append(f"{'    ' * depth}{sign} {mark}{words}")

    def leave_lists(self, indent: int) -> Item | None:
        """Close the items that this indentation is outside of, and return the last one closed."""
        closed = None
        while self.items and indent < self.items[-1].indent + 2:
            closed = self.items.pop()
        return closed

    def caption(self, line: str, match: re.Match[str]) -> None:
        """Write `>>`, which marks a change of speaker in captions, as text: as a nested quote it would be indented
        twice.
        """
        words = "\\>\\>" + line.lstrip()[2:]
        if self.previous.startswith(">"):
            self.quote(line, match)
        elif LABEL_ALONE.search(self.previous):
            self.lines.append(words)
        else:
            self.apart(words)

    def quote(self, line: str, match: re.Match[str]) -> None:
        """Write a line of a quotation."""
        if not self.previous.lstrip().startswith(">"):
            self.break_off()
        self.items.clear()
        self.lines.append(re.sub(rf"^((?:[ ]*>){{{DEEPEST_QUOTE}}})(?:[ ]*>)+", r"\1", line))

    def separator(self, line: str, match: re.Match[str]) -> None:
        """Write the line under a table's head, after a blank line before that head."""
        if line.count("|") > MAX_COLUMNS:
            # Every row is padded to the width of the head: six kilobytes would become ten megabytes.
            self.other(line.replace("|", "\\|"))
            return
        if "|" in self.previous and len(self.lines) > 1 and self.lines[-2] and "|" not in self.lines[-2]:
            self.lines.insert(-1, "")
        self.other(line)

    def label(self, line: str, match: re.Match[str]) -> None:
        """Write a line that begins with a bold label."""
        self.apart(line)

    def plain_label(self, line: str, match: re.Match[str]) -> None:
        """Write a line that begins with `Name:`."""
        self.apart(line) if match["plain_label"] in self.labels else self.other(line)

    def other(self, line: str) -> None:
        """Write a line with no mark of its own."""
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
    """Return a task as text: `[x] done` with ☑, because a page has no state to change."""
    box = TASK.match(words)
    return f"{'☐' if box[1] == ' ' else '☑'} {words[box.end() :]}" if box else words


def no_block(words: str) -> str:
    """Escape `#28058 …` and `2025. …` at the start of a line, which are no heading and no list."""
    if words.startswith(("#", "- ", "* ", "+ ")):
        return "\\" + words
    return re.sub(r"^(\d+)\.(?= )", r"\1\\.", words) if words[:1].isdigit() else words


def tighten_bold(line: str) -> str:
    """Move misplaced blanks out of bold: `一块** tablet**（…）` → `一块 **tablet**（…）`.

    Markdown would show literal asterisks. With a space on both sides it may be a power (`2 ** 3`) and is left
    unchanged.
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
