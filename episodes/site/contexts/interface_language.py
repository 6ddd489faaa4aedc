"""Languages as browsers, fonts and feed readers know them."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language


def interface_language() -> str:
    """`zh-Hans` as the world writes it, not Django's `zh-hans`."""
    language, _dash, script = (get_language() or settings.LANGUAGE_CODE).partition("-")
    return f"{language}-{script.title()}" if script else language
