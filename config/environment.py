"""Read settings from environment variables; a value that cannot be read is refused.

Each function raises ImproperlyConfigured with one sentence that names the variable and valid values;
`refusals_in_one_line` prints it without a traceback.
"""

import importlib.util
import ipaddress
import logging
import os
import re
import secrets
import sys
import tempfile
import warnings
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off", ""}


def boolean(name: str, default: bool) -> bool:
    """Return a truth value. Others are refused, since a typing error must not turn a protection off."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise ImproperlyConfigured(f"Unexpected value {value!r} for {name}, use True or False")


def _refuse(name: str, instead: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"Unexpected value {os.environ.get(name)!r} for {name}, {instead}")


def number(name: str, default: int) -> int:
    """Return a whole number, 0 or more."""
    value = os.environ.get(name, str(default))
    if not (value.isascii() and value.isdigit()):
        raise _refuse(name, "use a whole number")
    return int(value)


def time_zone(name: str, default: str) -> str:
    """Return the name of an IANA time zone."""
    value = os.environ.get(name, default)
    if value not in zoneinfo.available_timezones():
        raise _refuse(name, "use a name like Europe/Berlin or Asia/Shanghai")
    return value


def log_level(name: str, default: str) -> str:
    """Return the name of a logging level in capitals."""
    value = os.environ.get(name, default).upper()
    if value not in logging.getLevelNamesMapping():
        raise _refuse(name, "use DEBUG, INFO, WARNING or ERROR")
    return value


_AUTHORITY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?,\d{4}(?:-\d\d(?:-\d\d)?)?", re.ASCII)


def tag_authority(name: str, hosts: list[str]) -> str:
    """Return the authority `host,year` of tag URIs (RFC 4151).

    Without the variable the first of `hosts` that is a name (neither an address nor a pattern), with the year 2026.
    """
    value = os.environ.get(name)
    if not value:
        names = (host.lstrip(".").partition(":")[0].lower() for host in hosts if "*" not in host)
        value = f"{next((host for host in names if re.search('[a-z]', host)), 'localhost')},2026"
    if not _AUTHORITY.fullmatch(value):
        raise _refuse(name, "use a host and a year like example.org,2026")
    return value


def site_url(name: str) -> str:
    """Return an address of scheme and host without a slash at the end, or "" if the variable is not set."""
    value = os.environ.get(name, "").rstrip("/")
    if value and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", value):
        raise _refuse(name, "use a scheme and a host like https://notes.example.org")
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """Return a dictionary for DATABASES from a URL. SQLite and PostgreSQL only, since others are not tested."""
    try:
        with warnings.catch_warnings():
            # For an unknown scheme django-environ warns and returns no ENGINE, which is refused below.
            warnings.simplefilter("ignore")
            config = environ.Env().db_url(name, default=default)
    except (ImproperlyConfigured, ValueError, KeyError):
        config = {}
    if config.get("ENGINE") not in ("django.db.backends.sqlite3", "django.db.backends.postgresql"):
        raise _refuse(name, "use sqlite:////path/to/file or postgres://user:password@host/name")
    if config["ENGINE"].endswith("postgresql"):
        _require_module("psycopg", name)
    return config


_CACHES = {
    "django.core.cache.backends.locmem.LocMemCache": {},
    # Timeouts in seconds: a host that drops packets must not block a worker for minutes.
    "django.core.cache.backends.redis.RedisCache": {
        "BACKEND": "config.caches.OptionalRedisCache",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    },
}


def cache(name: str, default: str) -> dict[str, Any]:
    """Return a dictionary for CACHES from a URL. Memory and Redis only, since others are not tested."""
    try:
        config = environ.Env().cache_url(name, default=default)
    except (ImproperlyConfigured, ValueError, KeyError):
        config = {}
    if config.get("BACKEND") not in _CACHES:
        raise _refuse(name, "use locmemcache:// or redis://host:6379/0")
    if "redis" in config["BACKEND"]:
        _require_module("redis", name)
    return {**config, **_CACHES[config["BACKEND"]]}


def _require_module(module: str, name: str) -> None:
    """Refuse a setting whose client is not installed; Django would fail at the first request only."""
    if importlib.util.find_spec(module) is None:
        raise ImproperlyConfigured(f"{name} needs the Python package {module!r}, install requirements.lock")


def networks(name: str, default: str) -> list[str]:
    """Return a comma-separated list of IP addresses and networks; `unix` stands for a Unix socket."""
    addresses = [each.strip() for each in os.environ.get(name, default).split(",") if each.strip()]
    try:
        for each in addresses:
            if each != "unix":
                ipaddress.ip_network(each)
    except ValueError:
        raise _refuse(name, "use addresses like 127.0.0.1,10.0.0.0/8, or unix for a Unix socket") from None
    return addresses


def separate_cache(settings: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the settings of another cache on the same backend, with keys (in memory: entries) of its own."""
    in_memory = settings["BACKEND"].endswith("LocMemCache")
    return {**settings, "KEY_PREFIX": name, **({"LOCATION": name} if in_memory else {})}


def folder(name: str, default: Path) -> Path:
    """Return a writable folder; create it if it is missing."""
    path = Path(os.environ.get(name) or default)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        path = Path("/nonexistent")
    if not os.access(path, os.W_OK):
        raise ImproperlyConfigured(f"{os.environ.get(name) or default} cannot be written to, set {name} to a folder")
    return path


def file(name: str) -> str:
    """Return the path of a readable file, or "" if the variable is not set."""
    value = os.environ.get(name, "")
    if value and not (Path(value).is_file() and os.access(value, os.R_OK)):
        raise _refuse(name, "use the path of a file that can be read")
    return value


@contextmanager
def refusals_in_one_line() -> Iterator[None]:
    """Exit with the message of an ImproperlyConfigured raised inside, without a traceback."""
    try:
        yield
    except ImproperlyConfigured as refusal:
        sys.exit(str(refusal))


def secret(name: str, path: Path) -> str:
    """Return the secret from the environment, else from a file (mode 600) that is created on first use."""
    if value := os.environ.get(name):
        return value
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written under another name and linked: of two processes that start at once one wins, and neither reads a part.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-") as file:
        file.write(secrets.token_urlsafe(50))
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, path)
    return path.read_text().strip()
