"""Serialization format `md` for loaddata and dumpdata: one note is one object.

Django looks for `Deserializer` and `Serializer` in this module (SERIALIZATION_MODULES); the latter must have
`internal_use_only = False`.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import CommandError
from django.core.serializers.base import DeserializedObject
from django.db import DEFAULT_DB_ALIAS

from episodes.exporting.exporter import NotWritable, compose
from episodes.exporting.note_files import ON_DESK, one_line
from episodes.importing.loader import Loader
from episodes.models import Episode
from episodes.notes.parsed import NoteError
from episodes.notes.paths import file_name

PACKED = (".gz", ".bz2", ".xz", ".lzma", ".zip")


class NoteRefused(CommandError):
    """Raised for a file that cannot be loaded; loaddata prints its message as one line."""


class NoteObject(DeserializedObject):
    """One note. `save()` writes the episode and everything in it, so that loaddata counts notes."""

    def __init__(self, name: str, data: bytes, path: str) -> None:
        super().__init__(Episode())
        self.name, self.data, self.path = name, data, path

    def save(self, save_m2m: bool = True, using: str | None = None, **kwargs: Any) -> None:
        """Load the note into the database `using`. Raises NoteRefused."""
        try:
            Loader(using or DEFAULT_DB_ALIAS).load(self.name, self.data)
        except NoteError as error:
            _refuse(error, self.path)


def Deserializer(  # noqa: N802 - the name Django looks for
    stream_or_string: Any, **options: Any
) -> Iterator[NoteObject]:
    """Yield the one note of a stream. Saving it raises NoteRefused with path, line and remedy."""
    path, name, data = _contents(stream_or_string)
    yield NoteObject(name, data, path)


def _refuse(error: NoteError, path: str) -> NoReturn:
    raise NoteRefused(error.sentence(path)) from None


def _contents(stream: Any) -> tuple[str, str, bytes]:
    """Return (path for messages, name of the note, bytes) of a stream; of a zip its first member."""
    if isinstance(stream, str):
        return "<string>", "string.md", stream.encode()
    if isinstance(stream, bytes):
        return "<bytes>", "bytes.md", stream
    # Never read all: a small file may decompress to gigabytes.
    limit = settings.NOTE_MAX_BYTES + 1
    if isinstance(stream, zipfile.ZipFile):
        path = str(stream.filename)
        name = Path(stream.namelist()[0]).name
        with stream.open(stream.namelist()[0]) as member:
            return path, name, member.read(limit)
    path = str(getattr(stream, "name", "<stream>"))
    # sys.stdin is a text stream, which would turn \r\n into \n; its buffer has the bytes.
    data = getattr(stream, "buffer", stream).read(limit)
    name = file_name(PurePosixPath(Path(path).absolute()))
    while Path(name).suffix in PACKED:
        name = name.removesuffix(Path(name).suffix)
    return path, name if path != "<stdin>" else "stdin.md", data if isinstance(data, bytes) else data.encode()


class Serializer:
    """Serializer of one episode: `manage.py dumpdata episodes.episode --format md --pks 1`."""

    internal_use_only = False

    def serialize(self, queryset: Iterable[Any], *, stream: Any = None, **options: Any) -> str:
        """Return the note of the only episode, and write it to `stream`. Raises CommandError for another selection."""
        episodes = list(queryset)
        if len(episodes) != 1 or not isinstance(episodes[0], Episode):
            raise CommandError(
                "The format md holds one note: name one episode with `episodes.episode --pks N`, "
                "or write them all with `manage.py export_notes DIR`."
            )
        self._text = _composed(episodes[0])
        if stream is not None:
            stream.write(self._text)
        return self._text

    def getvalue(self) -> str:
        """Return the text that was serialized last."""
        return self._text


def _composed(episode: Episode) -> str:
    """Return the episode's note; report values without a place in it on standard error. Raises CommandError."""
    try:
        composed = compose(episode, episode.notes.current().first())
    except NotWritable as error:
        raise CommandError(one_line(f"Episode {episode.pk}: {error}. {ON_DESK}.")) from None
    except Exception as error:
        problem = f"Episode {episode.pk}: unexpected {type(error).__name__}: {error}"
        raise CommandError(one_line(f"{problem}. Export it as JSON, or look where it is with --traceback.")) from error
    for line in composed.left_out:
        sys.stderr.write(
            one_line(f"Episode {episode.pk}: left out: {line.rstrip('.')}. `--format json` has it.") + "\n"
        )
    return composed.text
