"""How the time of a function grows with its input, measured so that a busy machine does not matter."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

# Of four times the input: linear takes 4 times as long, quadratic 16 times.
MOST = 10
# Seconds of the processor. Below it the noise is larger than what is measured.
NOTHING = 0.15
TRIES = 4


def growth(run: Callable[[str], Any], piece: str, size: int) -> float:
    """The time of four times `size` characters by that of `size`; 0 where both are too short to tell."""
    texts = [(piece * (length // len(piece) + 1))[:length] for length in (size, 4 * size)]
    short, long = (_seconds(run, text) for text in texts)
    return 0 if long < NOTHING else long / max(short, 1e-6)


def grows_linearly(run: Callable[[str], Any], piece: str, size: int = 20_000) -> bool:
    """Whether one of several measurements says so: time of the processor alone, and others may disturb its caches."""
    return any(growth(run, piece, size) < MOST for _ in range(TRIES))


def _seconds(run: Callable[[str], Any], text: str) -> float:
    begin = time.process_time()
    run(text)
    return time.process_time() - begin
