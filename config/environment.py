"""Values from the environment that refuse what they cannot read, instead of guessing."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off", ""}


def switch(name: str, default: bool) -> bool:
    """A truth value; anything that is neither is refused, since `ture` must not switch a protection off."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise ImproperlyConfigured(f"Unexpected value {value!r} for {name}, use True or False")


def secret(name: str, path: Path) -> str:
    """The secret from the environment, else one made on first use and kept in a file that only its owner reads."""
    if value := os.environ.get(name):
        return value
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    value = secrets.token_urlsafe(50)
    # O_EXCL: of two processes starting at once one writes, the other reads what was written.
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(value)
    except FileExistsError:
        return path.read_text().strip()
    return value
