"""Files of an import in batches: the next ones are read and parsed on all cores while one is stored.

Only parsing happens in other processes; they have no database.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field

from episodes.importing.discovery import NoteFile
from episodes.importing.incoming_file import Read, read_all, read_or_error
from episodes.importing.loader import unchanged
from episodes.notes import file_bytes
from episodes.notes.parsed import NoteError

# Files and bytes of a batch, which is one transaction. An interruption loses at most as much.
BATCH, BATCH_BYTES = 50, 8_000_000
# Batches that are parsed before they are stored: enough for every core, and few enough to be held in memory.
AHEAD = 2
# New files of a batch from which they are parsed by other processes, and how many of them at once.
PARALLEL_FROM, TOGETHER = 20, 5


@dataclass
class Batch:
    """Files with their contents. known: episode of the files that need not be loaded, by path and digest."""

    files: list[NoteFile] = field(default_factory=list)
    contents: list[bytes | NoteError] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    known: dict[tuple[str, str], int] = field(default_factory=dict)
    # Job and place in its result of each file that another process parses.
    jobs: dict[int, tuple[Future[list[Read]], int]] = field(default_factory=dict)

    @property
    def new(self) -> list[int]:
        """Places of the files that are to be loaded."""
        pairs = enumerate(zip(self.contents, self.pairs, strict=True))
        return [place for place, (content, pair) in pairs if isinstance(content, bytes) and pair not in self.known]

    def parse_in(self, pool: ProcessPoolExecutor) -> None:
        """Have the new files parsed, if they are many."""
        new = self.new
        for group in _groups(new if len(new) >= PARALLEL_FROM else [], TOGETHER):
            job = pool.submit(read_all, [(self.files[place].name, self.contents[place]) for place in group])  # type: ignore[misc]
            self.jobs.update({place: (job, index) for index, place in enumerate(group)})

    def read(self, place: int) -> Read:
        """Return the file at this place as it was read."""
        content = self.contents[place]
        if isinstance(content, NoteError):
            return content
        if place in self.jobs:
            job, index = self.jobs[place]
            return job.result()[index]
        return read_or_error(self.files[place].name, content)


def _groups(places: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(places), size):
        yield places[start : start + size]


def ahead(files: Sequence[NoteFile], reparse: bool, pool: ProcessPoolExecutor | None) -> Iterator[Batch]:
    """Yield the files in batches, parsed as far as they are to be loaded. reparse: load unchanged ones too."""
    waiting: deque[Batch] = deque()
    for batch in _batches(files):
        if not reparse:
            batch.known = unchanged(batch.pairs)
        if pool is not None:
            batch.parse_in(pool)
        waiting.append(batch)
        if len(waiting) > AHEAD:
            yield waiting.popleft()
    yield from waiting


def _batches(files: Sequence[NoteFile]) -> Iterator[Batch]:
    batch, size = Batch(), 0
    for file in files:
        content = _bytes(file)
        length, digest = (len(content), file_bytes.digest(content)) if isinstance(content, bytes) else (0, "")
        if batch.files and (len(batch.files) == BATCH or size + length > BATCH_BYTES):
            yield batch
            batch, size = Batch(), 0
        batch.files.append(file)
        batch.contents.append(content)
        batch.pairs.append((file.name, digest))
        size += length
    if batch.files:
        yield batch


def _bytes(file: NoteFile) -> bytes | NoteError:
    try:
        return file.read()
    except NoteError as error:
        return error
