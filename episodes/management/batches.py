"""Helpers of commands over thousands of notes: batches, progress bar, garbage collection."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

from django.db import transaction
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from episodes.importing.discovery import NoteFile
from episodes.importing.incoming_file import read
from episodes.importing.loader import (
    Loader,
    Outcome,
    Result,
    unchanged,
)
from episodes.notes import file_bytes
from episodes.notes.parsed import NoteError

# Files per transaction, with one query for their digests. An interruption loses at most as many.
BATCH = 50
T = TypeVar("T")


def batches(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield slices of at most `size` elements."""
    for start in range(0, len(things), size):
        yield things[start : start + size]


def load_batch(batch: Sequence[NoteFile], loader: Loader) -> list[Result]:
    """Load files in one transaction. Returns a result per file, in order.

    Unchanged files are not parsed, and a batch of only those opens no transaction.
    """
    contents = [_bytes(file) for file in batch]
    digests = [file_bytes.digest(content) if isinstance(content, bytes) else "" for content in contents]
    pairs = [(file.name, digest) for file, digest in zip(batch, digests, strict=True)]
    known = {} if loader.reparse else unchanged(pairs)
    results: list[Result] = []
    with nullcontext() if all(pair in known for pair in pairs) else transaction.atomic():
        for file, content, pair in zip(batch, contents, pairs, strict=True):
            if isinstance(content, Result):
                results.append(content)
            elif pair in known:
                results.append(Result(file.name, Outcome.UNCHANGED, known[pair]))
            else:
                results.append(_load(loader, file, content))
    return results


def _bytes(file: NoteFile) -> bytes | Result:
    try:
        return file.read()
    except NoteError as error:
        return Result(file.name, Outcome.FAILED, None, error.sentence(file.path))


def _load(loader: Loader, file: NoteFile, content: bytes) -> Result:
    try:
        return loader.store(read(file.name, content))
    except NoteError as error:
        return Result(file.name, Outcome.FAILED, None, error.sentence(file.path))


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
