"""HTML of sections: one by one, or thousands on all cores. No database: everything needed is an argument."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process

import django
from django.utils.safestring import SafeString

from episodes.notes.visible_text import shown
from episodes.rendering import render
from episodes.rendering.outline_list import as_list

# A section to render: kind, key, text. The same three always give the same HTML.
SectionText = tuple[str, int, str]
RenderedSections = dict[SectionText, str]

# Characters of a batch for one process: worth the overhead, and small enough to balance the load.
BATCH_SIZE = 200_000


def render_section(kind: str, key: int, text: str) -> SafeString:
    """Return one section as visitors read it. key: separates the ids of its headings from those of other sections."""
    if kind == "outline":
        text = as_list(shown(text))
    return render(text, id_prefix=f"s{key}-")


def render_sections(texts: Iterable[SectionText]) -> RenderedSections:
    """Return the HTML of several sections."""
    # Plain strings: pickling a SafeString between processes costs more.
    return {each: str(render_section(*each)) for each in texts}


class RenderJob:
    """HTML of many sections in progress; `result()` waits for it."""

    def __init__(self, texts: Iterable[SectionText], pool: ProcessPoolExecutor | None) -> None:
        self._texts: list[SectionText] = []
        self._batches: list[Future[RenderedSections]] = []
        if pool is None:
            self._texts = list(texts)
        else:
            self._batches = [pool.submit(render_sections, batch) for batch in _batches_of(texts)]

    def result(self) -> RenderedSections:
        """Return the HTML of all sections."""
        rendered = render_sections(self._texts)
        for batch in self._batches:
            rendered |= batch.result()
        return rendered


def _batches_of(texts: Iterable[SectionText]) -> Iterator[list[SectionText]]:
    batch: list[SectionText] = []
    size = 0
    for each in texts:
        batch.append(each)
        size += len(each[2])
        if size >= BATCH_SIZE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@contextmanager
def processes(count: int | None = None) -> Iterator[ProcessPoolExecutor]:
    """Provide a pool of as many processes as the machine has cores. They start with the first work."""
    # Spawned, not forked: a fork would inherit the database connection, and SQLite's locks with it.
    pool = ProcessPoolExecutor(count or os.cpu_count(), get_context("spawn"), _start_worker)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    """Ignore Ctrl+C, which only the writing process handles, and end when that process ends.

    The models are loaded, because rows may be sent; nothing connects to a database.
    """
    django.setup()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A worker waits for work on a pipe and holds both of its ends, so it never notices that the sender has ended.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
