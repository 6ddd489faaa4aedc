"""Helpers of commands over thousands of notes: batches, progress bar, garbage collection."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

from django.core.management.base import CommandError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from episodes.importing import read_ahead
from episodes.importing.discovery import NoteFile
from episodes.importing.incoming_file import Read
from episodes.importing.loader import Loader, Outcome, Result
from episodes.importing.one_at_a_time import AnotherImportRuns, one_at_a_time
from episodes.notes.parsed import NoteError
from episodes.rendering.sections import processes

# Files that are checked at once.
BATCH = 50
T = TypeVar("T")


def batches(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield slices of at most `size` elements."""
    for start in range(0, len(things), size):
        yield things[start : start + size]


def load(files: Sequence[NoteFile], loader: Loader) -> Iterator[list[tuple[NoteFile, Result]]]:
    """Load files in batches, each in one transaction. Yields the results of a batch once it is stored.

    Unchanged files are not parsed, and a batch of only those opens no transaction.
    """
    many = len(files) >= read_ahead.PARALLEL_FROM
    with processes() if many else nullcontext() as pool:
        for batch in read_ahead.ahead(files, loader.reparse, pool):
            yield list(zip(batch.files, _stored(batch, loader, pool if batch.jobs else None), strict=True))


def _stored(batch: read_ahead.Batch, loader: Loader, pool: ProcessPoolExecutor | None) -> list[Result]:
    new = set(batch.new)
    results: list[Result] = []
    with loader.together(pool) if new else nullcontext():
        for place, (file, pair) in enumerate(zip(batch.files, batch.pairs, strict=True)):
            if pair in batch.known and place not in new:
                results.append(Result(file.name, Outcome.UNCHANGED, batch.known[pair]))
            else:
                results.append(_load(loader, file, batch.read(place)))
    return results


def _load(loader: Loader, file: NoteFile, incoming: Read) -> Result:
    try:
        if isinstance(incoming, NoteError):
            raise incoming
        return loader.store(incoming)
    except NoteError as error:
        return Result(file.name, Outcome.FAILED, None, error.sentence(file.path))


@contextmanager
def only_import() -> Iterator[None]:
    """Run as the only import of the site. Raises CommandError if another one is running."""
    try:
        with one_at_a_time():
            yield
    except AnotherImportRuns:
        problem = "Another import is running. Nothing was done; run the same command again when it has ended."
        raise CommandError(problem) from None


@contextmanager
def rare_collection() -> Iterator[None]:
    """Run the garbage collector rarely inside: an import creates many objects and few cycles, and is a sixth faster."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def progress(shown: bool, total: int, label: str = "notes") -> Iterator[Any]:
    """Show a progress bar if `shown`. Yields a function that advances it by a count."""
    if not shown:
        yield lambda count: None
        return
    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task(label, total=total)
        yield lambda count: bar.advance(task, count)
