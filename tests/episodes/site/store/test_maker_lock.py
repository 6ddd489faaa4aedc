"""One process makes a page while others wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from episodes.site.store.maker_lock import making
from tests.shared import ROOT

HOLD = """
import sys, time
from django.conf import settings
settings.configure(PAGE_STORE=sys.argv[1])
from episodes.site.store.maker_lock import making
with making("/page/"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_lock_of_killed_process_is_free(settings: Any, tmp_path: Path) -> None:
    settings.PAGE_STORE = tmp_path
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    holder = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with making("/page/", max_wait=0.1) as waited:
        assert waited
    with making("/other/", max_wait=0.1) as waited:
        assert not waited
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with making("/page/", max_wait=0.1) as waited:
        assert not waited


def test_unwritable_folder_needs_no_lock(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.PAGE_STORE = tmp_path / "file"
    with making("/page/") as waited:
        assert not waited
