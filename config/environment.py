"""Values from the environment that refuse what they cannot read, instead of guessing.

Every refusal is an ImproperlyConfigured with one sentence that names the variable and what to write;
`refusals_in_one_line` prints just that, without a traceback.
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


def switch(name: str, default: bool) -> bool:
    """A truth value; anything that is neither is refused, since `ture` must not switch a protection off."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise ImproperlyConfigured(f"Unexpected value {value!r} for {name}, use True or False")


def _refuse(name: str, instead: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"Unexpected value {os.environ.get(name)!r} for {name}, {instead}")


def number(name: str, default: int) -> int:
    """A whole number from 0 on."""
    value = os.environ.get(name, str(default))
    if not (value.isascii() and value.isdigit()):
        raise _refuse(name, "use a whole number")
    return int(value)


def time_zone(name: str, default: str) -> str:
    value = os.environ.get(name, default)
    if value not in zoneinfo.available_timezones():
        raise _refuse(name, "use a name like Europe/Berlin or Asia/Shanghai")
    return value


def log_level(name: str, default: str) -> str:
    value = os.environ.get(name, default).upper()
    if value not in logging.getLevelNamesMapping():
        raise _refuse(name, "use DEBUG, INFO, WARNING or ERROR")
    return value


_AUTHORITY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?,\d{4}(?:-\d\d(?:-\d\d)?)?", re.ASCII)


def tag_authority(name: str, hosts: list[str]) -> str:
    """`host,year` as RFC 4151 has it; of the hosts the first that is a name and no number or pattern."""
    value = os.environ.get(name)
    if not value:
        named = (host.lstrip(".").partition(":")[0].lower() for host in hosts if "*" not in host)
        value = f"{next((host for host in named if re.search('[a-z]', host)), 'localhost')},2026"
    if not _AUTHORITY.fullmatch(value):
        raise _refuse(name, "use a host and a year like example.org,2026")
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """Django's settings of an address: SQLite or PostgreSQL, which are the two that are tested."""
    try:
        with warnings.catch_warnings():
            # An engine that is not known comes back without ENGINE, which is refused below in our own words.
            warnings.simplefilter("ignore")
            found = environ.Env().db_url(name, default=default)
    except (ImproperlyConfigured, ValueError, KeyError):
        found = {}
    if found.get("ENGINE") not in ("django.db.backends.sqlite3", "django.db.backends.postgresql"):
        raise _refuse(name, "use sqlite:////path/to/file or postgres://user:password@host/name")
    if found["ENGINE"].endswith("postgresql"):
        _need("psycopg", name)
    return found


_CACHES = {
    "django.core.cache.backends.locmem.LocMemCache": {},
    # A cache that fails costs time, never a page. A host that drops packets must not hold a worker for minutes.
    "django.core.cache.backends.redis.RedisCache": {
        "BACKEND": "config.caches.OptionalRedisCache",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    },
}


def cache(name: str, default: str) -> dict[str, Any]:
    """Return Django's settings of a cache address: memory or Redis, which are the two that are tested."""
    try:
        found = environ.Env().cache_url(name, default=default)
    except (ImproperlyConfigured, ValueError, KeyError):
        found = {}
    if found.get("BACKEND") not in _CACHES:
        raise _refuse(name, "use locmemcache:// or redis://host:6379/0")
    if "redis" in found["BACKEND"]:
        _need("redis", name)
    return {**found, **_CACHES[found["BACKEND"]]}


def _need(module: str, name: str) -> None:
    """Refuse a setting whose client is not installed: Django would find out with the first visitor."""
    if importlib.util.find_spec(module) is None:
        raise ImproperlyConfigured(f"{name} needs the Python package {module!r}, install requirements.lock")


def networks(name: str, default: str) -> list[str]:
    """Return IP addresses and networks, comma-separated; `unix` stands for a Unix socket, which has no address."""
    named = [each.strip() for each in os.environ.get(name, default).split(",") if each.strip()]
    try:
        for each in named:
            if each != "unix":
                ipaddress.ip_network(each)
    except ValueError:
        raise _refuse(name, "use addresses like 127.0.0.1,10.0.0.0/8, or unix for a Unix socket") from None
    return named


def apart(settings: dict[str, Any], name: str) -> dict[str, Any]:
    """The settings of another cache in the same place, which does not count the entries of the first as its own."""
    in_memory = settings["BACKEND"].endswith("LocMemCache")
    return {**settings, "KEY_PREFIX": name, **({"LOCATION": name} if in_memory else {})}


def folder(name: str, default: Path) -> Path:
    """A folder that can be written to; made if it is missing."""
    path = Path(os.environ.get(name) or default)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        path = Path("/nonexistent")
    if not os.access(path, os.W_OK):
        raise ImproperlyConfigured(f"{os.environ.get(name) or default} cannot be written to, set {name} to a folder")
    return path


def file(name: str) -> str:
    """The path of a file that can be read; empty if none is named."""
    value = os.environ.get(name, "")
    if value and not (Path(value).is_file() and os.access(value, os.R_OK)):
        raise _refuse(name, "use the path of a file that can be read")
    return value


@contextmanager
def refusals_in_one_line() -> Iterator[None]:
    """Around the start of a process: what the settings refuse is printed as its sentence and nothing else."""
    try:
        yield
    except ImproperlyConfigured as refusal:
        sys.exit(str(refusal))


def secret(name: str, path: Path) -> str:
    """The secret from the environment, else one made on first use and kept in a file that only its owner reads."""
    if value := os.environ.get(name):
        return value
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and linked: of two processes starting at once one makes the name, and no other reads half a secret.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-") as file:
        file.write(secrets.token_urlsafe(50))
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, path)
    return path.read_text().strip()
