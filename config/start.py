"""Preparation of a server process, used by config.wsgi and config.asgi."""

import os

import django

from config.environment import refusals_in_one_line


def prepare() -> None:
    """Set up Django and run the checks of config.checks. Exits with one line if settings or checks fail.

    The checks are skipped in workers of gunicorn, whose master has run them (GREENROOM_CHECKED, gunicorn.conf.py).
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with refusals_in_one_line():
        django.setup()
    if "GREENROOM_CHECKED" not in os.environ:
        # Imports models, which need django.setup().
        from config.checks import refuse_or_warn

        refuse_or_warn()
