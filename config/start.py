"""What a server process does before it answers."""

import os

import django

from config.environment import refusals_in_one_line


def prepare() -> None:
    """Set Django up and refuse, in one line, a site that could not answer. Checked once: see gunicorn.conf.py."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with refusals_in_one_line():
        django.setup()
    if "GREENROOM_CHECKED" not in os.environ:
        # Looks at models, which are there from here on.
        from config.checks import refuse_or_warn

        refuse_or_warn()
