#!/usr/bin/env python
"""Greenroom's command line."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings
    from django.core.management import execute_from_command_line

    from config.environment import refusals_in_one_line

    with refusals_in_one_line():
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings, before a command wraps its own words around errors
    execute_from_command_line(sys.argv)
