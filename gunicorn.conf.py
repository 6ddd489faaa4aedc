"""Read by gunicorn when it is started here. Options of the command line come before these."""

import os
import subprocess
import sys
from pathlib import Path


def on_starting(server):
    """Refuse once, before the first worker, what the site cannot start without.

    In a process of its own: modules imported here would outlive `kill -HUP`, which is to bring new code.
    """
    os.environ["WEB_CONCURRENCY"] = str(server.cfg.workers)
    started = subprocess.run([sys.executable, "-c", "import config.wsgi"], cwd=Path(__file__).parent, check=False)
    if started.returncode:
        sys.exit(started.returncode)
    # A worker that comes back while the database is away must wait for it like the others, not stop the server.
    os.environ["GREENROOM_CHECKED"] = "1"
