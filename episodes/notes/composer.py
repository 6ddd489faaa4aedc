"""From rows back to a note: the imported text with an editor's edits put in, and nothing else changed.

Only what differs from what was read is written, leaf by leaf, so an episode nobody edited is byte for byte the file
that came. What has been written is read again; a value the dialect cannot hold is refused, never silently bent.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from episodes.models import Episode, Mention, Note, TaggedEpisode
from episodes.notes import codecs, dialects, line_ends
from episodes.notes.parsed import Group, Leaf, ParsedNote, Record, from_stored
from episodes.notes.rows import (
    EPISODE_FIELDS,
    SPECS,
    leaves_by_record,
    rows_by_kind,
    to_column,
    to_note,
    words_of_record,
    words_of_row,
)
from episodes.reviewable import Status

BLANK = "---\n---\n"


class NotWritable(Exception):
    """The episode holds something this dialect has no way to write. The message names it."""


@dataclass
class Composed:
    """text: the note. left_out: what has no place in its dialect, one line each."""

    text: str
    left_out: list[str] = field(default_factory=list)


def compose(episode: Episode, note: Note | None) -> Composed:
    """The episode as a note in the dialect it came in, or in front matter if it never was one. Raises NotWritable."""
    text = note.text if note else BLANK
    # Line ends of old Mac files are put back in the end: nothing between reads or writes them.
    lines = line_ends.with_line_feeds(text) if line_ends.ends_lines_with_returns(text) else text
    parsed = from_stored(note.dialect, lines, note.parsed) if note else dialects.parse(BLANK)
    composed = _Composer(episode, parsed).compose()
    composed.text = line_ends.like(text, composed.text)
    return composed


class _Composer:
    def __init__(self, episode: Episode, parsed: ParsedNote) -> None:
        self.episode, self.parsed = episode, parsed
        self.dialect = dialects.by_name(parsed.dialect)
        self.leaves = leaves_by_record(parsed)
        self.rows = dict(rows_by_kind(episode))
        self.edits: list[tuple[int, int, str]] = []
        # What the note has no place for yet: put in after the edits, one by one, each into the text read anew.
        self.missing: list[tuple[str, Any]] = []
        self.added: list[tuple[str, Any]] = []
        self.left_out: list[str] = []

    def compose(self) -> Composed:
        self._episode()
        for kind, rows in self.rows.items():
            self._kind(kind, rows)
        text = _applied(self.parsed.text, self.edits)
        for name, value in self.missing:
            text = self._set_missing(text, name, value)
        for kind, row in self.added:
            text = self._add(text, kind, row)
        if text != self.parsed.text:
            self._verify(text)
        return Composed(text, self.left_out)

    # --- fields

    def _episode(self) -> None:
        for name in EPISODE_FIELDS:
            mine = getattr(self.episode, name)
            if to_column(Episode, name, self.parsed.episode.get(name)) == mine:
                continue
            if not self._write_leaf(0, name, mine):
                self.missing.append((name, to_note(mine)))

    def _write_leaf(self, index: int, name: str, value: Any) -> bool:
        leaf = next((leaf for leaf in self.leaves.get(index, ()) if leaf.field == name), None)
        if leaf is None:
            return False
        self._replace(leaf, value)
        return True

    def _replace(self, leaf: Leaf, value: Any) -> None:
        if value is None and not leaf.codec.startswith(codecs.MAY_BE_EMPTY):
            line = self.parsed.line_of(leaf.begin)
            raise NotWritable(f"{leaf.field} in line {line} was emptied, and the note needs a value there")
        try:
            written = codecs.write(leaf.codec, self.parsed.raw(leaf), to_note(value))
        except ValueError as error:
            raise NotWritable(str(error)) from None
        self.edits.append((leaf.begin, leaf.end, written))

    # --- rows

    def _kind(self, kind: str, rows: list[Any]) -> None:
        by_span = {(row.span_begin, row.span_end): row for row in rows if row.span_begin is not None}
        records = dict(self.parsed.of_kind(kind))
        kept: set[int] = set()
        regrouped: set[str] = set()
        for index, record in records.items():
            row = by_span.pop((record.begin, record.end), None)
            if row is not None:
                kept.add(id(row))
                self._changes(kind, index, record, row)
            elif not self._repeated(kind, record, rows) and not record.given.get("by_turns"):
                self._cut(record, regrouped)
        attached = {(record.begin, record.end) for record in records.values()}
        for row in rows:
            if (row.span_begin, row.span_end) not in attached and getattr(row, "status", "") != Status.REJECTED:
                self.added.append((kind, row))
        for name in regrouped:
            group = next(group for group in self.parsed.groups if group.name == name)
            self._regroup(group, [row for row in rows if id(row) in kept])

    def _changes(self, kind: str, index: int, record: Record, row: Any) -> None:
        if kind in ("mention", "tag"):
            mine = words_of_row(kind, row)
            if mine != words_of_record(kind, record) and record.get("name") not in _names(kind, row):
                self._write_leaf(index, "name", _name(row))
            return
        spec = SPECS[kind]
        for name in spec.fields:
            mine = getattr(row, name)
            same = name in ("order", "level") or to_column(spec.model, name, record.get(name)) == mine
            if not same and not self._write_leaf(index, name, mine):
                self.left_out.append(f"{name} of {row._meta.model_name} {row.pk} has no place in this dialect")

    def _repeated(self, kind: str, record: Record, rows: list[Any]) -> bool:
        """Whether the loader gave this record no row because another one of its list says the same."""
        if kind == "mention":
            alike = (row for row in rows if row.listed_as == record.get("listed_as"))
            return any(str(record.get("name"))[:300] in _names(kind, row) for row in alike)
        words = words_of_record(kind, record)
        return kind in ("tag", "appearance") and any(words == words_of_row(kind, row) for row in rows)

    def _group(self, record: Record) -> Group | None:
        """The list that has to be written anew when one of its members changes place."""
        for group in self.parsed.groups:
            if group.codec and group.begin <= record.begin and record.end <= group.end:
                return group
        return None

    def _cut(self, record: Record, regrouped: set[str]) -> None:
        group = self._group(record)
        if group is not None:
            regrouped.add(group.name)
        else:
            self.edits.append((record.begin, record.end, ""))

    def _regroup(self, group: Group, rows: list[Any]) -> None:
        """Write a list that is not in block style anew, with the members that stay."""
        inside = [row for row in rows if group.begin <= row.span_begin and row.span_end <= group.end]
        self.edits = [edit for edit in self.edits if not (group.begin <= edit[0] and edit[1] <= group.end)]
        raw = self.parsed.text[group.begin : group.end]
        value = codecs.write(group.codec, raw, [_name(row) for row in sorted(inside, key=lambda row: row.span_begin)])
        self.edits.append((group.begin, group.end, value))

    # --- what is new

    def _set_missing(self, text: str, name: str, value: Any) -> str:
        placed = self.dialect.set_missing(self.dialect.parse(text), name, value)
        if placed is None:
            self.left_out.append(f"{name} has no place in this dialect")
            return text
        return _inserted(text, *placed)

    def _add(self, text: str, kind: str, row: Any) -> str:
        listed_as = getattr(row, "listed_as", "") or ("tags" if kind == "tag" else "")
        parsed = self.dialect.parse(text)
        placed = self.dialect.insert(parsed, kind, listed_as, _values(kind, row))
        if placed is not None:
            return _inserted(text, *placed)
        group = next((group for group in parsed.groups if group.name == listed_as and group.codec), None)
        if group is None:
            self.left_out.append(f"{row._meta.model_name} {row.pk} has no place in this dialect: {str(row)[:60]}")
            return text
        names = [r.get("name") for _, r in parsed.of_kind(kind) if group.begin <= r.begin and r.end <= group.end]
        value = codecs.write(group.codec, text[group.begin : group.end], [*names, _name(row)])
        return text[: group.begin] + value + text[group.end :]

    # --- the proof

    def _verify(self, text: str) -> None:
        """Read what was written: it must say what the rows say."""
        again = dialects.by_name(self.parsed.dialect).parse(text)
        for name in EPISODE_FIELDS:
            if f"{name} has no place in this dialect" in self.left_out:
                continue
            said, meant = to_column(Episode, name, again.episode.get(name)), getattr(self.episode, name)
            if said != meant:
                raise NotWritable(f"{name} cannot be written in this dialect: {str(meant)[:60]!r}")
        for kind, rows in self.rows.items():
            if kind != "appearance":
                self._verify_kind(kind, rows, again)

    def _verify_kind(self, kind: str, rows: list[Any], again: ParsedNote) -> None:
        fields = [name for name in SPECS[kind].fields if name not in ("order", "level", "heading", "depth")]
        if kind == "section":
            fields.append("heading")
        said = Counter(self._said(kind, fields, record) for _, record in again.of_kind(kind))
        for row in rows:
            if any(f"{row._meta.model_name} {row.pk}" in line for line in self.left_out):
                continue
            key = self._meant(kind, fields, row)
            if getattr(row, "status", "") != Status.REJECTED and not said[key]:
                raise NotWritable(
                    f"{row._meta.model_name} {row.pk} cannot be written in this dialect: {str(row)[:60]!r}"
                )

    def _said(self, kind: str, fields: list[str], record: Record) -> tuple:
        own = tuple(to_column(SPECS[kind].model, name, record.get(name)) for name in fields)
        return (str(record.get("name") or "").casefold(), *own)

    def _meant(self, kind: str, fields: list[str], row: Any) -> tuple:
        name = _name(row) if kind in ("mention", "tag") else ""
        if kind == "mention":
            record = next((r for _, r in self.parsed.of_kind(kind) if r.begin == row.span_begin), None)
            if record is not None and record.get("name") in _names(kind, row):
                name = record.get("name")
        return (name.casefold(), *(getattr(row, field) for field in fields))


def _name(row: Any) -> str:
    """What a list of the note calls this row."""
    if isinstance(row, Mention):
        return row.entity.name
    return row.tag.name if isinstance(row, TaggedEpisode) else getattr(row, "label", "")


def _names(kind: str, row: Any) -> set[str]:
    """Every name by which a note may call this row; an alias is no edit."""
    if kind == "tag":
        return {row.tag.name}
    return {row.entity.name, *row.entity.aliases.values_list("name", flat=True)}


def _values(kind: str, row: Any) -> dict[str, Any]:
    """A row as the values of a record."""
    values = {name: to_note(getattr(row, name)) for name in SPECS[kind].fields}
    return values | {"name": _name(row)} if kind in ("mention", "tag") else values


def _applied(text: str, edits: list[tuple[int, int, str]]) -> str:
    """The text with every edit made."""
    parts, at = [], 0
    for begin, end, new in sorted(edits, key=lambda edit: (edit[0], edit[1])):
        if begin < at:
            # What is cut with its surroundings needs no edit of its own.
            continue
        parts += [text[at:begin], new]
        at = end
    return "".join([*parts, text[at:]])


def _inserted(text: str, offset: int, new: str) -> str:
    return text[:offset] + new + text[offset:]
