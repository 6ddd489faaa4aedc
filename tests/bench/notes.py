"""Any number of realistic notes, made of the paragraphs of the real ones; part of make bench.

    python -m tests.bench.notes 10000 /tmp/notes

Note number i is the same for every N. It has a title, an address, a date and a file name of its own, the structure of
one real note, and paragraphs, summary and names of that note and of a few others. Names and tags that occur once in
the collection are put together anew for each note, so that most of them stay rare, as in the whole collection.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from random import Random

from tests.shared import NOTES

LIBRARY = NOTES / "library"
# Notes from which paragraphs are taken, beside the one whose structure is kept.
DONORS = 4
FIRST_DAY, DAYS = date(2012, 1, 1), 5_000

_HEADER = re.compile(r"\A---\n(.*?\n)---[ \t]*\n", re.DOTALL)
_KEY = re.compile(r"^(?=[\w\"'])", re.MULTILINE)
_LIST = re.compile(r"\A\w+:\n(?:[ ]*- [^\n:{\[&*]+\n)+\Z")
_TURN = re.compile(r"\A\*\*([^*\n]{1,60}?)([:：]?\*\*[:：]?)(?=.)")
_PARTS = re.compile(r"[：:，,—|｜]")
_SENTENCE = re.compile(r"[^。！？]+[。！？]?")
_PLAIN = re.compile(r"[\w ·-]+")
_NAME_KEYS = ("people", "companies_orgs", "products_models", "media_books", "tags")


@dataclass
class Source:
    """One real note: the blocks of its header by key, and its body in units."""

    folder: str
    header: dict[str, str]
    body: str

    @cached_property
    def units(self) -> list[str]:
        """Paragraphs, each with the heading above it and the folded original below it."""
        units: list[str] = []
        joins = False
        for block in _blocks(self.body):
            if units and (joins or block.startswith("<details")):
                units[-1] += "\n\n" + block
            else:
                units.append(block)
            joins = block.startswith("#") and "\n" not in block
        return units

    @cached_property
    def by_kind(self) -> dict[tuple[bool, ...], list[str]]:
        """Units by kind."""
        found: dict[tuple[bool, ...], list[str]] = {}
        for unit in self.units:
            found.setdefault(_kind(unit), []).append(unit)
        return found

    @cached_property
    def labels(self) -> list[str]:
        """Names before the turns, as often as they occur."""
        return [match[1] for unit in self.units if (match := _TURN.match(unit))]

    def value(self, key: str) -> str:
        """Return a scalar of the header in one line, without quotes."""
        _key, _, value = self.header.get(key, ":").partition(":")
        return " ".join(value.split()).strip("\"'“”")

    def names(self, key: str) -> list[str]:
        """Return the items of a plain list of the header."""
        block = self.header.get(key, "")
        return re.findall(r"- (.+)", block) if _LIST.match(block) else []


def _blocks(body: str) -> list[str]:
    """Split at empty lines, but not inside code fences and folded parts."""
    blocks: list[str] = []
    for part in re.split(r"\n\s*\n", body.strip("\n")):
        if blocks and (blocks[-1].count("```") % 2 or blocks[-1].count("<details") > blocks[-1].count("</details")):
            blocks[-1] += "\n\n" + part
        else:
            blocks.append(part)
    return [block for block in blocks if block.strip()]


def _kind(unit: str) -> tuple[bool, ...]:
    return unit.startswith("#"), "<details" in unit, _TURN.match(unit) is not None


def _source(file: Path) -> Source | None:
    text = file.read_text("utf-8").replace("\r\n", "\n")
    match = _HEADER.match(text)
    if not match:
        return None
    blocks = [block for block in _KEY.split(match[1]) if block]
    return Source(file.parent.name, {block.partition(":")[0]: block for block in blocks}, text[match.end() :])


@dataclass
class Collection:
    """The real notes, and the counts of their names by key of the header."""

    sources: list[Source]
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Collection:
        """Read the notes below a folder that have a header."""
        sources = [found for file in sorted(folder.rglob("*.md")) if (found := _source(file))]
        counts = {key: Counter(name for each in sources for name in each.names(key)) for key in _NAME_KEYS}
        return cls(sources, counts)

    def note(self, number: int) -> tuple[str, str]:
        """Return (path, text) of a made note."""
        chance = Random(number)
        # Every real note is the base of one made note in turn, so that sizes keep their distribution.
        base = self.sources[(number * 101) % len(self.sources)]
        donors = [base, *(chance.choice(self.sources) for _ in range(DONORS))]
        key = hashlib.sha256(str(number).encode()).hexdigest()[:11]
        header = dict(base.header)
        title = _joined(base.value("title"), donors[1].value("title"))
        header["title"] = f"title: {_quoted(f'{title} E{number}')}\n"
        header["date"] = f"date: '{FIRST_DAY + timedelta(days=number * 1_009 % DAYS)}'\n"
        if source := base.value("source"):
            header["source"] = f"source: {_address(source, key)}\n"
        if summary := _mixed([each.value("summary") for each in donors], chance):
            header["summary"] = f"summary: {_quoted(summary)}\n"
        for name in _NAME_KEYS:
            if base.names(name):
                header[name] = self._names(name, base, chance)
        body = "\n\n".join(_units(base, donors, chance))
        return f"{base.folder}/{key}.md", f"---\n{''.join(header.values())}---\n{body}\n"

    def _names(self, key: str, base: Source, chance: Random) -> str:
        counts = self.counts[key]
        names = [
            name if counts[name] > 1 else _recombined(name, chance.choice(self._all[key])) for name in base.names(key)
        ]
        return f"{key}:\n" + "".join(f"  - {name}\n" for name in dict.fromkeys(names))

    @cached_property
    def _all(self) -> dict[str, list[str]]:
        return {key: sorted(counts) for key, counts in self.counts.items()}


def _units(base: Source, donors: list[Source], chance: Random) -> list[str]:
    """Return the base's units, about half of them replaced by others of their kind, none twice."""
    seen: set[str] = set()
    made: list[str] = []
    for unit in base.units:
        chosen = (
            chance.choice(chance.choice(donors).by_kind.get(_kind(unit), [unit])) if chance.random() < 0.6 else unit
        )
        if chosen in seen:
            chosen = unit
        if chosen in seen:
            continue
        seen.add(chosen)
        if base.labels:
            chosen = _TURN.sub(lambda match: f"**{chance.choice(base.labels)}{match[2]}", chosen)
        made.append(chosen)
    return made + _missing(base, made, donors, seen, chance)


def _missing(base: Source, made: list[str], donors: list[Source], seen: set[str], chance: Random) -> list[str]:
    """Return further units of the donors, until the note is as long as its base."""
    wanted = sum(map(len, base.units)) - sum(map(len, made))
    further: list[str] = []
    pool = [unit for each in donors for unit in each.units if unit not in seen and not _TURN.match(unit)]
    chance.shuffle(pool)
    for unit in pool:
        if wanted < len(unit) // 2:
            break
        if unit not in seen:
            seen.add(unit)
            further.append(unit)
            wanted -= len(unit)
    return further


def _joined(first: str, second: str) -> str:
    """Return the first part of one title and the last of another."""
    return f"{_PARTS.split(first)[0].strip()}：{_PARTS.split(second)[-1].strip()}".strip("：")


def _mixed(texts: list[str], chance: Random) -> str:
    """Return as many sentences as the first text has, from all of them."""
    first = _SENTENCE.findall(texts[0])
    others = [sentence for text in texts[1:] for sentence in _SENTENCE.findall(text)]
    return "".join(chance.choice(others) if others and chance.random() < 0.6 else sentence for sentence in first)


def _recombined(name: str, other: str) -> str:
    """Return a new name of two: first word and last word, or the first character and the rest."""
    if not (_PLAIN.fullmatch(name) and _PLAIN.fullmatch(other)):
        return name
    for separator in (" ", "-", "·"):
        if separator in name and separator in other:
            return name.split(separator)[0] + separator + separator.join(other.split(separator)[1:])
    return name if name.isascii() or other.isascii() else name[0] + other[1:]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _address(source: str, key: str) -> str:
    return f"https://www.youtube.com/watch?v={key}" if "youtu" in source else f"https://www.made-notes.net/{key}"


def write(count: int, folder: Path, library: Path = LIBRARY) -> int:
    """Write notes 0 to count - 1 below a folder, unless they are there. Returns their bytes."""
    collection = Collection.of(library)
    size = 0
    for number in range(count):
        path, text = collection.note(number)
        file = folder / path
        data = text.encode()
        size += len(data)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    return size


def main() -> None:
    """Write the notes that the command line asks for, or say what is missing."""
    if len(sys.argv) != 3 or not sys.argv[1].isdecimal():
        sys.exit("Usage: python -m tests.bench.notes N FOLDER")
    if not LIBRARY.is_dir():
        sys.exit(f"Skipped: there are no real notes to make others of; they are looked for in {LIBRARY}.")
    size = write(int(sys.argv[1]), Path(sys.argv[2]))
    print(f"{sys.argv[1]} notes, {size / 1e6:.1f} MB, in {sys.argv[2]}")


if __name__ == "__main__":
    main()
