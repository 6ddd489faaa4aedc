"""Write an episode as a note: the imported text with the edits of its rows, and nothing else changed.

Only values that differ from the parsed ones are replaced, leaf by leaf, so an episode without edits is exported byte
for byte. The result is parsed again, and a value that does not survive is refused. New values are inserted (see
`additions`); those that the dialect has no place for are reported.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from episodes.bases.reviewable import Status
from episodes.exporting import additions
from episodes.models import Episode, Mention, Note, TaggedEpisode
from episodes.models.note_columns import (
    EPISODE_FIELDS,
    SPECS,
    name_of_record,
    record_identity,
    row_identity,
    rows_by_kind,
    segments_by_record,
    to_column,
    to_note,
    to_yaml,
)
from episodes.notes import dialects, line_ends, value_codecs
from episodes.notes.parsed import Group, NoteError, ParsedNote, Record, Segment, from_stored
from episodes.notes.prose.outline import closed
from episodes.notes.tag_names import tag_key

BLANK = "---\n---\n"
_MARKS = re.compile(r"\ufeff? {0,3}(#{1,6})[ \t]+")


class NotWritable(Exception):
    """Raised if a value of the episode cannot be written in the dialect of its note. The message names it."""


@dataclass
class Composed:
    """A composed note. left_out: one line for each value that the dialect has no place for."""

    text: str
    left_out: list[str] = field(default_factory=list)


def compose(episode: Episode, note: Note | None) -> Composed:
    """Return the episode as a note in the dialect of `note`, or in front matter without one. Raises NotWritable."""
    text = note.text if note else BLANK
    # Dialects know no lone carriage returns (classic Mac OS); they are restored after composing.
    lines = line_ends.with_line_feeds(text) if line_ends.ends_lines_with_returns(text) else text
    parsed = from_stored(note.dialect, lines, note.parsed) if note else dialects.parse(BLANK)
    composed = _Composer(episode, parsed).compose()
    composed.text = line_ends.with_line_ends_of(text, composed.text)
    return composed


class _Composer:
    """Composer of one note."""

    def __init__(self, episode: Episode, parsed: ParsedNote) -> None:
        self.episode, self.parsed = episode, parsed
        self.dialect = dialects.by_name(parsed.dialect)
        self.leaves = segments_by_record(parsed)
        self.rows = dict(rows_by_kind(episode))
        self.edits: list[tuple[int, int, str]] = []
        # Values without a place in the note, inserted one by one after the edits: (field of the episode, value);
        # (kind, row, fields, its record); (kind, new row).
        self.missing: list[tuple[str, Any]] = []
        self.incomplete: list[tuple[str, Any, list[str], Record]] = []
        self.added: list[tuple[str, Any]] = []
        self.left_out: list[str] = []
        # Fields of the episode and keys of rows that could not be inserted and are not verified.
        self.unplaced: set[Any] = set()
        # Keys of sections whose heading is the episode's title in the note.
        self.titled: set[int] = set()

    def compose(self) -> Composed:
        """Return the note. Raises NotWritable."""
        self._episode()
        for kind, rows in self.rows.items():
            self._kind(kind, rows)
        try:
            text = self._add_missing(_applied(self.parsed.text, self.edits))
            if text != self.parsed.text:
                self._verify(text)
        except NoteError as error:
            raise NotWritable(f"with its edits the note could not be read any more: {error.problem}") from None
        return Composed(text, self.left_out)

    # --- fields

    def _episode(self) -> None:
        for name in EPISODE_FIELDS:
            mine = getattr(self.episode, name)
            if to_column(Episode, name, self.parsed.episode.get(name)) == mine:
                continue
            if not self._write_leaf(0, name, mine):
                self.missing.append((name, mine))

    def _write_leaf(self, index: int, name: str, value: Any) -> bool:
        leaf = next((leaf for leaf in self.leaves.get(index, ()) if leaf.field == name), None)
        if leaf is None:
            return False
        self._replace(leaf, value)
        return True

    def _replace(self, leaf: Segment, value: Any) -> None:
        if value is None and not leaf.codec.startswith(value_codecs.MAY_BE_EMPTY):
            line = self.parsed.line_of(leaf.begin)
            raise NotWritable(f"{leaf.field} in line {line} was emptied, and the note needs a value there")
        try:
            encoded = to_yaml(leaf.field, value) if leaf.codec == "yaml" else to_note(value)
            written = value_codecs.write(leaf.codec, self.parsed.raw(leaf), encoded)
        except ValueError as error:
            raise NotWritable(str(error)) from None
        self.edits.append((leaf.begin, leaf.end, self._closed(leaf, written)))

    def _closed(self, leaf: Segment, written: str) -> str:
        """Return a heading that ends in `#` with closing marks, without which Markdown would drop the `#`."""
        text = self.parsed.text
        marks = _MARKS.match(text, text.rfind("\n", 0, leaf.begin) + 1, leaf.begin)
        if leaf.codec != "line" or not self.dialect.MARKDOWN_HEADINGS or marks is None or marks.end() != leaf.begin:
            return written
        behind = text[leaf.end :].partition("\n")[0]
        return written if behind.strip() else closed(written, marks[1])

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
            mine = row_identity(kind, row)
            if mine != record_identity(kind, record) and name_of_record(kind, record) not in _names(kind, row):
                self._write_leaf(index, "name", _name(row))
            return
        spec = SPECS[kind]
        missing = []
        for name in spec.fields:
            mine = getattr(row, name)
            same = name in ("order", "level") or to_column(spec.model, name, record.get(name)) == mine
            if not same and not self._write_leaf(index, name, mine):
                missing.append(name)
        if kind == "section" and record.given.get("heading"):
            self.titled.add(row.pk)
        if missing:
            self.incomplete.append((kind, row, missing, record))

    def _repeated(self, kind: str, record: Record, rows: list[Any]) -> bool:
        """Return whether a record has no row because it repeats another record of its list."""
        if kind == "mention":
            listed_as = to_column(Mention, "listed_as", record.get("listed_as"))
            alike = (row for row in rows if row.listed_as == listed_as)
            return any(name_of_record(kind, record) in _names(kind, row) for row in alike)
        words = record_identity(kind, record)
        return kind in ("tag", "appearance") and any(words == row_identity(kind, row) for row in rows)

    def _group(self, record: Record) -> Group | None:
        """Return the list (not in block style) that contains a record and is rewritten if a member is removed."""
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
        """Rewrite a list that is not in block style with its remaining members."""
        inside = [row for row in rows if group.begin <= row.span_begin and row.span_end <= group.end]
        self.edits = [edit for edit in self.edits if not (group.begin <= edit[0] and edit[1] <= group.end)]
        raw = self.parsed.text[group.begin : group.end]
        value = value_codecs.write(
            group.codec, raw, [_name(row) for row in sorted(inside, key=lambda row: row.span_begin)]
        )
        self.edits.append((group.begin, group.end, value))

    # --- insertions

    def _add_missing(self, text: str) -> str:
        for name, value in self.missing:
            extended = additions.with_field(self.dialect, text, name, value)
            text = text if extended is None else extended
            if extended is None:
                self._leave_out(name, f"{name} has no place in this dialect")
        for kind, row, names, record in self.incomplete:
            extended = self._completed(text, kind, row, names, record)
            text = text if extended is None else extended
            if extended is None:
                fields = " and ".join(names)
                self._leave_out(_key(row), f"{fields} of {row._meta.model_name} {row.pk} has no place in this dialect")
        for kind, row in self.added:
            listed_as = getattr(row, "listed_as", "") or ("tags" if kind == "tag" else "")
            extended = additions.with_row(self.dialect, text, kind, listed_as, _values(kind, row))
            text = text if extended is None else extended
            if extended is None:
                label = f"{row._meta.model_name} {row.pk}"
                self._leave_out(_key(row), f"{label} has no place in this dialect: {str(row)[:60]}")
        return text

    def _leave_out(self, key: Any, line: str) -> None:
        self.unplaced.add(key)
        self.left_out.append(line)

    def _completed(self, text: str, kind: str, row: Any, names: list[str], record: Record) -> str | None:
        """Return the text with values for fields of a row that its record has no leaf for, or None."""
        if kind == "section":
            add = {"heading": additions.with_heading, "text": additions.with_text}.get(names[0])
            return add(self.dialect, text, row) if add and len(names) == 1 else None
        if getattr(row, "start_raw", ""):
            return None  # Rewritten, the item would lose its unreadable time.
        values = _values(kind, row)
        model, compared = SPECS[kind].model, additions.compared_fields(kind)
        known = {n: to_column(model, n, record.get(n)) if n in names else getattr(row, n) for n in compared}
        return additions.with_item(self.dialect, text, kind, known, values)

    # --- verification

    def _verify(self, text: str) -> None:
        """Parse the text and compare it with the rows. Raises NotWritable for a value that differs."""
        parsed = self.dialect.parse(text)
        for name in EPISODE_FIELDS:
            if name in self.unplaced:
                continue
            read, expected = to_column(Episode, name, parsed.episode.get(name)), getattr(self.episode, name)
            if read != expected:
                raise NotWritable(f"{name} cannot be written in this dialect: {str(expected)[:60]!r}")
        for kind, rows in self.rows.items():
            if kind != "appearance":
                self._verify_kind(kind, rows, parsed)

    def _verify_kind(self, kind: str, rows: list[Any], parsed: ParsedNote) -> None:
        fields = additions.compared_fields(kind)
        read = Counter(self._values_of_record(kind, fields, record) for _, record in parsed.of_kind(kind))
        for row in rows:
            if _key(row) in self.unplaced:
                continue
            key = self._values_of_row(kind, fields, row)
            if getattr(row, "status", "") != Status.REJECTED and not read[key]:
                raise NotWritable(
                    f"{row._meta.model_name} {row.pk} cannot be written in this dialect: {str(row)[:60]!r}"
                )

    def _values_of_record(self, kind: str, fields: list[str], record: Record) -> tuple:
        own = tuple(to_column(SPECS[kind].model, name, record.get(name)) for name in fields)
        name = name_of_record(kind, record) if kind in ("mention", "tag") else ""
        return (tag_key(name) if kind == "tag" else name.casefold(), *own)

    def _values_of_row(self, kind: str, fields: list[str], row: Any) -> tuple:
        name = _name(row) if kind in ("mention", "tag") else ""
        if kind == "mention":
            record = next((r for _, r in self.parsed.of_kind(kind) if r.begin == row.span_begin), None)
            if record is not None and name_of_record(kind, record) in _names(kind, row):
                name = name_of_record(kind, record)
        values = {field: getattr(row, field) for field in fields}
        if kind == "section" and row.pk in self.titled:
            values["heading"] = to_column(type(row), "heading", self.episode.title)
        return (tag_key(name) if kind == "tag" else name.casefold(), *values.values())


def _key(row: Any) -> tuple[str, Any]:
    return row._meta.model_name, row.pk


def _name(row: Any) -> str:
    """Return the name of a row in a list of the note."""
    if isinstance(row, Mention):
        return row.entity.name
    return row.tag.name if isinstance(row, TaggedEpisode) else getattr(row, "label", "")


def _names(kind: str, row: Any) -> set[str]:
    """Return all names by which a note may list a row; an alias in the note is no difference."""
    if kind == "tag":
        return {row.tag.name}
    return {row.entity.name, *(alias.name for alias in row.entity.aliases.all())}


def _values(kind: str, row: Any) -> dict[str, Any]:
    """Return a row as values of a record."""
    values = {name: to_note(getattr(row, name)) for name in SPECS[kind].fields}
    return values | {"name": _name(row)} if kind in ("mention", "tag") else values


def _applied(text: str, edits: list[tuple[int, int, str]]) -> str:
    """Return the text with edits (begin, end, replacement) applied; an edit inside an earlier one is dropped."""
    parts, at = [], 0
    for begin, end, new in sorted(edits, key=lambda edit: (edit[0], edit[1])):
        if begin < at:
            continue
        parts += [text[at:begin], new]
        at = end
    return "".join([*parts, text[at:]])
