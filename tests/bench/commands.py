"""Commands of manage.py as processes of their own: time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tests.shared import ROOT

MANAGE = [sys.executable, str(ROOT / "manage.py")]


def manage(environment: dict[str, str], *command: str) -> str:
    """Return what a command prints."""
    return subprocess.run([*MANAGE, *command], env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def seconds_and_memory(environment: dict[str, str], *command: str) -> tuple[float, float]:
    """Return (seconds, peak memory in MB of the largest process) of one command."""
    start = time.perf_counter()
    process = subprocess.Popen([*MANAGE, *command], env=environment, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_maxrss * unit / 1e6
