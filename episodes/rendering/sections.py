"""HTML of sections: one by one, or thousands on all cores. No database: everything needed is an argument."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context, parent_process
from typing import ParamSpec, TypeVar

import django
from django.utils.safestring import SafeString

from episodes.bases.compressed_fields import Packed, packed
from episodes.notes.visible_text import shown
from episodes.rendering import render
from episodes.rendering.outline_list import as_list
from episodes.rendering.page import Page, stamped

# A section to render: kind, key, text. The shown sections of an episode, in order, always give the same HTML.
SectionText = tuple[str, int, str]
EpisodeTexts = tuple[SectionText, ...]
RenderedEpisodes = dict[EpisodeTexts, list[Packed]]

P = ParamSpec("P")
T = TypeVar("T")

# Characters of a batch for one process: worth the overhead, and small enough to balance the load.
BATCH_SIZE = 200_000


def render_section(kind: str, key: int, text: str) -> SafeString:
    """Return one section as visitors read it. key: separates the ids of its headings from those of other sections."""
    if kind == "outline":
        text = as_list(shown(text))
    return render(text, id_prefix=f"s{key}-")


def render_episode(texts: EpisodeTexts) -> list[Packed]:
    """Return the HTML of an episode's sections as it is stored; of an empty section nothing."""
    page = Page()
    return [packed(stamped(page.add_section(render_section(*each))) if each[2] else "") for each in texts]


def render_episodes(episodes: Sequence[EpisodeTexts]) -> list[list[Packed]]:
    """Return the HTML of several episodes."""
    return [render_episode(texts) for texts in episodes]


class RenderJob:
    """HTML of many episodes in progress; `result()` waits for it."""

    def __init__(self, episodes: Iterable[EpisodeTexts], pool: ProcessPoolExecutor | None) -> None:
        groups = in_batches(episodes, length)
        self._jobs = [(group, run_in(pool, render_episodes, group)) for group in groups]

    def result(self) -> RenderedEpisodes:
        """Return the HTML of all episodes."""
        return {texts: html for group, job in self._jobs for texts, html in zip(group, job(), strict=True)}


def run_in(
    pool: ProcessPoolExecutor | None, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> Callable[[], T]:
    """Have a function called by another process, or here when its result is asked for. Returns what waits for it."""
    if pool is None:
        return partial(function, *args, **kwargs)
    return pool.submit(function, *args, **kwargs).result


def length(texts: EpisodeTexts) -> int:
    """Return the characters of an episode's sections."""
    return sum(len(text) for _kind, _key, text in texts)


def in_batches(things: Iterable[T], length: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield lists of things that together have at least BATCH_SIZE characters, but for the last."""
    batch: list[T] = []
    size = 0
    for each in things:
        batch.append(each)
        size += length(each)
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
