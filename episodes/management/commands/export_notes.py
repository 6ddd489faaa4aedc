"""Write notes back to files: as they came where nobody edited, with the edits put in where somebody did."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from episodes.models import Episode, Note
from episodes.notes import files
from episodes.notes.composer import NotWritable, compose


class Command(BaseCommand):
    help = "Write every episode back as a note file. A file that was changed since its import is not overwritten."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR")
        parser.add_argument("--changed", action="store_true", help="only what differs from the imported note")

    def handle(self, *, folder: str, changed: bool, **options: Any) -> None:
        directory = Path(folder)
        if directory.exists() and not directory.is_dir():
            raise CommandError(f"{folder}: this is a file. Give a folder to write to.")
        directory.mkdir(parents=True, exist_ok=True)
        self.failed = self.written = 0
        names: set[str] = set()
        for episode, note in _episodes():
            self._export(directory, episode, note, changed, names)
        if not changed:
            for note in Note.objects.filter(state=Note.State.SECOND).iterator(chunk_size=100):
                self._put(directory, _free_name(note.name, f"second-{note.pk}", names), note.text, {note.digest})
        self.stdout.write(f"{self.written} notes written to {folder}.")
        if self.failed:
            raise CommandError(f"{self.failed} notes were not written; the lines above say why.")

    def _export(self, directory: Path, episode: Episode, note: Note | None, changed: bool, names: set[str]) -> None:
        try:
            composed = compose(episode, note)
        except NotWritable as error:
            self._fail(f"episode {episode.pk} ({episode}): {error}. Change it on the desk, or export it as JSON.")
            return
        name = _free_name(note.name if note else f"{episode.slug}.md", episode.slug, names)
        for line in composed.left_out:
            self.stderr.write(f"{name}: left out: {line}. `dumpdata --format json` has it.")
        if not changed or note is None or composed.text != note.text:
            # A version that waits is newer than what is written, but it is one we have.
            known = set(episode.notes.exclude(state=Note.State.SUPERSEDED).values_list("digest", flat=True))
            self._put(directory, name, composed.text, known)

    def _put(self, directory: Path, name: str, text: str, known: set[str]) -> None:
        """Write a file unless there is one that we have never seen."""
        path, data = directory / name, text.encode()
        if path.exists():
            there = files.digest(path.read_bytes())
            if there not in known | {files.digest(data)}:
                self._fail(f"{path}: the file was changed since its import. Import it first, or export elsewhere.")
                return
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        partial.write_bytes(data)
        partial.replace(path)
        self.written += 1

    def _fail(self, message: str) -> None:
        self.failed += 1
        self.stderr.write(self.style.ERROR(message))


def _episodes() -> Iterator[tuple[Episode, Note | None]]:
    """Every episode with its current note, one note's text in memory at a time."""
    for episode in Episode.objects.library().order_by("pk").iterator(chunk_size=100):
        yield episode, episode.notes.current().first()


def _free_name(name: str, mark: str, taken: set[str]) -> str:
    """The note's own file name, kept inside the folder whatever it says, with a mark where it is taken."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..") and "\x00" not in part]
    safe = "/".join(parts) or f"{mark}.md"
    if safe in taken:
        safe = f"{safe.removesuffix('.md')}-{mark}.md"
    taken.add(safe)
    return safe
