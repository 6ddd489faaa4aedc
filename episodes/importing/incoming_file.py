"""Decode and parse a note file before it is imported. No database access."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from episodes.bases.compressed_fields import Packed, as_json_text, packed
from episodes.notes import (
    dialects,
    file_bytes,
    language,
    prose,
    sources,
)
from episodes.notes.parsed import NoteError, ParsedNote, Record, to_stored
from episodes.notes.roles import role_of

# Turns from which a speaker of the text is credited: fewer are often a caller or a quoted voice.
MIN_TURNS_FOR_CREDIT = 3
# Characters, as the column: PostgreSQL indexes at most 2,704 bytes, and a character may take four.
NAME_LENGTH = 500


@dataclass
class Incoming:
    """A parsed file. name: of the note; digest: SHA-256 in hex; language: zh-Hans, zh-Hant or en.

    packed_text, packed_parse: the columns of its Note, compressed beforehand by another process.
    """

    name: str
    digest: str
    parsed: ParsedNote
    language: str
    packed_text: Packed | None = None
    packed_parse: Packed | None = None

    @property
    def source_id(self) -> str:
        """Id of the recording; `note:` and the path if the note names none."""
        return self._named_source or sources.bounded(f"note:{self.name}")

    @property
    def names_source(self) -> bool:
        """Whether the note has a usable source address."""
        return self._named_source is not None

    @cached_property
    def _named_source(self) -> str | None:
        return sources.source_id(self.parsed.episode.get("source_url"))


def read(name: str, data: bytes) -> Incoming:
    """Decode and parse one file. Raises NoteError if its path is too long or its bytes are no readable note."""
    if len(name) > NAME_LENGTH:
        raise NoteError(
            f"its path has {len(name)} characters, and {NAME_LENGTH} are kept", remedy="Give it a shorter path"
        )
    text = file_bytes.decode(data, settings.NOTE_MAX_BYTES)
    parsed = dialects.parse(text)
    _credit_turns(parsed)
    return Incoming(name, file_bytes.digest(data), parsed, language.detect(text))


# A file as it was read: its note, or why it is none.
Read = Incoming | NoteError


def read_or_error(name: str, data: bytes) -> Read:
    """Decode and parse one file; return the error if that fails."""
    try:
        return read(name, data)
    except NoteError as error:
        return error


def read_all(files: Sequence[tuple[str, bytes]]) -> list[Read]:
    """Decode and parse files of (path, bytes), and compress the columns of their notes. For another process."""
    return [_packed(read_or_error(name, data)) for name, data in files]


def _packed(incoming: Read) -> Read:
    if isinstance(incoming, Incoming):
        incoming.packed_text = packed(incoming.parsed.text)
        incoming.packed_parse = packed(as_json_text(to_stored(incoming.parsed)))
    return incoming


def _credit_turns(parsed: ParsedNote) -> None:
    """Add an appearance for each speaker with enough turns whom the note does not credit itself."""
    labels = {record.get("label") for _, record in parsed.of_kind("appearance")}
    first: dict[str, Record] = {}
    for turn in parsed.annotations:
        if turn.kind == "turn":
            name = turn.values["name"]
            given = {"role": role_of(turn.values.get("role") or name), "label": name, "by_turns": True}
            first.setdefault(name, Record("appearance", turn.begin, turn.end, {}, given))
    for name, count in prose.speakers(parsed.annotations).items():
        if count >= MIN_TURNS_FOR_CREDIT and name not in labels:
            parsed.records.append(first[name])
