"""Measure how the time of a function grows with its input, independently of the load of the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

# Ratio of the times for four times the input that counts as linear: linear is 4, quadratic 16.
MAX_RATIO = 10
# Processor seconds. Below it the noise exceeds the measurement.
NOTHING = 0.15
TRIES = 4


def growth(run: Callable[[str], Any], piece: str, size: int) -> float:
    """Return the time for four times `size` characters divided by that for `size`; 0 if both are too short."""
    texts = [(piece * (length // len(piece) + 1))[:length] for length in (size, 4 * size)]
    short, long = (_seconds(run, text) for text in texts)
    return 0 if long < NOTHING else long / max(short, 1e-6)


def grows_linearly(run: Callable[[str], Any], piece: str, size: int = 20_000) -> bool:
    """Return whether one of several measurements is linear: other processes may disturb the caches."""
    return any(growth(run, piece, size) < MAX_RATIO for _ in range(TRIES))


def _seconds(run: Callable[[str], Any], text: str) -> float:
    begin = time.process_time()
    run(text)
    return time.process_time() - begin
