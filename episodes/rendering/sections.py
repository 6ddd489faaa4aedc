"""HTML of sections: one by one, or thousands on all cores. No database: everything needed is an argument."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from django.utils.safestring import SafeString

from episodes.notes.visible_text import shown
from episodes.rendering import render
from episodes.rendering.outline_list import as_list

# A section to render: kind, key, text. The same three always give the same HTML.
Wanted = tuple[str, int, str]
Drawn = dict[Wanted, str]

# Characters of a batch for one process: worth the overhead, and small enough to balance the load.
PIECE = 200_000


def draw(kind: str, key: int, text: str) -> SafeString:
    """Return one section as visitors read it. key: separates the ids of its headings from those of other sections."""
    if kind == "outline":
        text = as_list(shown(text))
    return render(text, id_prefix=f"s{key}-")


def draw_all(wanted: Iterable[Wanted]) -> Drawn:
    """Return the HTML of several sections."""
    # Plain strings: pickling a SafeString between processes costs more.
    return {each: str(draw(*each)) for each in wanted}


class Drawing:
    """HTML of many sections in progress; `done()` waits for it."""

    def __init__(self, wanted: Iterable[Wanted], pool: ProcessPoolExecutor | None) -> None:
        self._wanted: list[Wanted] = []
        self._pieces: list[Future[Drawn]] = []
        if pool is None:
            self._wanted = list(wanted)
        else:
            self._pieces = [pool.submit(draw_all, piece) for piece in _pieces(wanted)]

    def done(self) -> Drawn:
        """Return the HTML of all sections."""
        drawn = draw_all(self._wanted)
        for piece in self._pieces:
            drawn |= piece.result()
        return drawn


def _pieces(wanted: Iterable[Wanted]) -> Iterator[list[Wanted]]:
    piece: list[Wanted] = []
    size = 0
    for each in wanted:
        piece.append(each)
        size += len(each[2])
        if size >= PIECE:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


@contextmanager
def processes(count: int | None = None) -> Iterator[ProcessPoolExecutor]:
    """Provide a pool of as many processes as the machine has cores. They start with the first work."""
    # Spawned, not forked: a fork would inherit the database connection, and SQLite's locks with it.
    pool = ProcessPoolExecutor(count or os.cpu_count(), get_context("spawn"), _leave_interrupts_alone)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts_alone() -> None:
    """Ignore Ctrl+C, which reaches every process of the terminal; only the writing process handles it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
