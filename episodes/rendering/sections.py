"""The HTML of sections: one by one, or of thousands on all cores. No database: what it needs is in its arguments."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process

from django.utils.safestring import SafeString

from episodes.notes.visible_text import shown
from episodes.rendering import render
from episodes.rendering.outline_list import as_list

# A section to draw: its kind, its key, its text. The same three always give the same HTML.
Wanted = tuple[str, int, str]
Drawn = dict[Wanted, str]

# Handed to a process in pieces of so many characters: enough to be worth the way, small enough to share out evenly.
PIECE = 200_000


def draw(kind: str, key: int, text: str) -> SafeString:
    """One section as visitors read it. `key` keeps the ids of its headings apart from those of other sections."""
    if kind == "outline":
        text = as_list(shown(text))
    return render(text, id_prefix=f"s{key}-")


def draw_all(wanted: Iterable[Wanted]) -> Drawn:
    # Plain strings: a SafeString would travel between processes as an object of its own.
    return {each: str(draw(*each)) for each in wanted}


class Drawing:
    """The HTML of many sections on its way; `done()` waits for it."""

    def __init__(self, wanted: Iterable[Wanted], pool: ProcessPoolExecutor | None) -> None:
        self._wanted: list[Wanted] = []
        self._pieces: list[Future[Drawn]] = []
        if pool is None:
            self._wanted = list(wanted)
        else:
            self._pieces = [pool.submit(draw_all, piece) for piece in _pieces(wanted)]

    def done(self) -> Drawn:
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
    """As many processes as the machine has cores. They start when something is drawn."""
    # Spawned, not forked: a fork would inherit the connection to the database, and SQLite's locks with it.
    pool = ProcessPoolExecutor(count or os.cpu_count(), get_context("spawn"), _start_worker)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    """Ignore Ctrl+C, which only the process that writes answers, and end when that process is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A worker waits for work on a pipe of which it holds both ends: it would never notice that nobody sends any more.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
