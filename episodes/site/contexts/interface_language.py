"""Language tags of the interface."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language


def interface_language() -> str:
    """Return the active language as a BCP 47 tag: `zh-Hans`, not Django's `zh-hans`."""
    language, _dash, script = (get_language() or settings.LANGUAGE_CODE).partition("-")
    return f"{language}-{script.title()}" if script else language
