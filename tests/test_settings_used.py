"""Every setting of docs/settings.md has an effect in a real process, and failing checks stop the start in one line."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.documents import documented_settings
from tests.shared import ROOT, require

pytestmark = pytest.mark.database

REDIS = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/7")
POSTGRESQL = os.environ.get("POSTGRESQL_URL", "postgres://postgres@127.0.0.1:5432/postgres")
NOWHERE = "127.0.0.1:9"
SECRET = "only-for-this-test-" + "0123456789abcdef" * 3
HERE_FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
# Settings of docs/settings.md that the probe uses; DEBUG and VAR_DIR in each.
SET = {
    "HTTPS": "True",
    "HSTS_SECONDS": "600",
    "HSTS_SUBDOMAINS": "True",
    "HSTS_PRELOAD": "True",
    "SECRET_KEY": SECRET,
    "ALLOWED_HOSTS": "notes.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://trusted.example.org",
    "TRUSTED_PROXIES": "127.0.0.0/8,unix",
    "NOTE_MAX_BYTES": "1000",
    "TAG_AUTHORITY": "old.example.org,2020",
    "TIME_ZONE": "Asia/Shanghai",
    "SITE_NAME": "Nine Notes",
    "SITE_URL": "https://canonical.example.org",
    "PAGE_STORE_MB": "7",
    "STORED_PAGES": "True",
    "LOG_LEVEL": "DEBUG",
    "GREENROOM_SELF_VERIFY": "True",
}
RUN = "import config.start; config.start.prepare(); from tests.settings_probe import main; main()"
ELSEWHERE = {"VAR_DIR", "DATABASE_URL", "CACHE_URL", "CARD_FONT", "DEBUG"}


def environment(folder: Path, **given: str) -> dict[str, str]:
    """Return the environment of a process with these settings and no others."""
    names = {*SET, *ELSEWHERE, "WEB_CONCURRENCY", "GREENROOM_CHECKED", "PYTEST_CURRENT_TEST"}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return {**kept, "VAR_DIR": str(folder), "PYTHONPATH": str(ROOT), **given}


def probe(folder: Path, **given: str) -> tuple[dict[str, Any], str]:
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN],
        cwd=ROOT,
        env=environment(folder, **given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout), result.stderr


def has_redis() -> bool:
    try:
        return bool(Redis.from_url(REDIS, socket_connect_timeout=1).ping())
    except RedisError:
        return False


@pytest.fixture(scope="module")
def defaults(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    return probe(tmp_path_factory.mktemp("defaults"), ALLOWED_HOSTS="notes.example.org")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    require(has_redis(), f"no Redis at {REDIS}")
    require(Path(HERE_FONT).exists(), f"{HERE_FONT} is missing: apt-get install fonts-noto-cjk")
    folder = tmp_path_factory.mktemp("everything")
    named = {"DATABASE_URL": f"sqlite:///{folder}/named.sqlite3", "CACHE_URL": REDIS, "CARD_FONT": HERE_FONT}
    return probe(folder, **SET, **named)


def test_every_documented_setting_is_used() -> None:
    assert documented_settings().keys() == set(SET) | ELSEWHERE


def test_defaults_are_used(defaults: Any) -> None:
    found, log = defaults
    assert len(found.pop("secret")) > 50
    assert found.pop("var") == ["greenroom.sqlite3", "pages", "secret-key"]
    assert found.pop("database")[0] == "sqlite"
    found.pop("font")
    assert found == {
        "cache": ["LocMemCache", "kept", "apart"],
        "site_url": "http://notes.example.org/sitemap.xml",
        "page_store": [True, 1024],
        "hosts": [200, 400],
        "over_http": 200,
        "hsts": None,
        "login": {"secure_cookie": False, "foreign_origin": 403},
        "address": "203.0.113.1",
        "site_name": True,
        "noon_in_utc": "12:00",
        "large_note": "read",
        "tag": "tag:notes.example.org,2026:episode/1",
        "verification_unavailable": True,
        "debug": False,
    }
    assert "a debug line" not in log


def test_given_settings_are_used(everything: Any) -> None:
    found, log = everything
    assert found.pop("var") == ["named.sqlite3", "pages"]
    assert found.pop("database")[0] == "sqlite"
    assert found == {
        "cache": ["OptionalRedisCache", "kept", "apart"],
        "site_url": "https://canonical.example.org/sitemap.xml",
        "page_store": [True, 7],
        "hosts": [200, 400],
        "over_http": 301,
        "hsts": "max-age=600; includeSubDomains; preload",
        "login": {"secure_cookie": True, "foreign_origin": 200},
        "address": "203.0.113.1",
        "site_name": True,
        "noon_in_utc": "20:00",
        "large_note": "refused",
        "tag": "tag:old.example.org,2020:episode/1",
        "font": HERE_FONT,
        "verification_unavailable": False,
        "secret": SECRET,
        "debug": False,
    }
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ DEBUG greenroom a debug line$", log, re.MULTILINE)


def test_hsts_defaults_to_hour(tmp_path: Path) -> None:
    """Without subdomains and preload, from which a domain is removed in months only."""
    found, _log = probe(tmp_path, HTTPS="True", ALLOWED_HOSTS="notes.example.org", TRUSTED_PROXIES="", DEBUG="True")
    assert found["hsts"] == "max-age=3600"
    assert found["address"] == "127.0.0.1"
    assert found["debug"] is True


# --- refusals at the start


def manage(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(folder, **given),
        capture_output=True,
        text=True,
        check=False,
    )


def server(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Import config.wsgi in a process, as a server does, and return it finished."""
    return subprocess.run(
        [sys.executable, "-c", "import config.wsgi; print('started')"],
        cwd=ROOT,
        env=environment(folder, **given),
        capture_output=True,
        text=True,
        check=False,
    )


CANNOT = "Error 111 connecting to 127.0.0.1:9. Connection refused."
REFUSED = [
    ({"CACHE_URL": f"redis://{NOWHERE}/0"}, f"The cache of CACHE_URL does not answer: {CANNOT}"),
    ({"DATABASE_URL": f"postgres://nobody:hunter2@{NOWHERE}/none"}, "The database of DATABASE_URL cannot be used: "),
    ({"DATABASE_URL": "sqlite:////nonexistent/x.sqlite3"}, "The database of DATABASE_URL cannot be used: the folder "),
    ({"SECRET_KEY": "short"}, "SECRET_KEY has fewer than 50 characters, or is made of too few different ones."),
    ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY has fewer than 50 characters, or is made of too few different ones."),
]


@pytest.mark.parametrize(("given", "sentence"), REFUSED)
def test_missing_service_is_one_line_error(tmp_path: Path, given: dict[str, str], sentence: str) -> None:
    result = server(tmp_path, **given)
    assert (result.returncode, result.stdout) == (3, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(sentence)
    assert "hunter2" not in result.stderr


def test_unwritable_uploads_are_refused(tmp_path: Path) -> None:
    # A file in place of the folder: root may write to any folder.
    (tmp_path / "media").write_text("")
    result = server(tmp_path)
    assert result.returncode == 3
    assert result.stderr.strip() == f"Uploads cannot be written to {tmp_path}/media. Set VAR_DIR to a folder."


def test_memory_cache_with_workers_is_warned(tmp_path: Path) -> None:
    result = server(tmp_path, WEB_CONCURRENCY="3")
    assert (result.returncode, result.stdout) == (0, "started\n")
    assert result.stderr.startswith("Each of 3 processes has a cache of its own, in memory")
    assert "in memory" not in server(tmp_path, WEB_CONCURRENCY="1").stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CACHE_URL", "pymemcache://127.0.0.1:11211", "use locmemcache:// or redis://host:6379/0"),
        ("CACHE_URL", "dbcache://table", "use locmemcache:// or redis://host:6379/0"),
        ("TRUSTED_PROXIES", "proxy.example.org", "use addresses like 127.0.0.1,10.0.0.0/8, or unix for a Unix socket"),
        ("HSTS_SECONDS", "1y", "use a whole number"),
    ],
)
def test_unsupported_url_is_refused(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    result = manage(tmp_path, "check", **{name: value, "HTTPS": "True"})
    assert result.returncode == 1
    assert result.stderr.strip() == f"Unexpected value {value!r} for {name}, {sentence}"


@pytest.mark.parametrize(
    ("module", "given"), [("redis", {"CACHE_URL": REDIS}), ("psycopg", {"DATABASE_URL": POSTGRESQL})]
)
def test_missing_client_package_is_reported(tmp_path: Path, module: str, given: dict[str, str]) -> None:
    hidden = f"import sys; sys.modules[{module!r}] = None; import importlib.util as u; real = u.find_spec; "
    hidden += f"u.find_spec = lambda name, *more: None if name == {module!r} else real(name, *more); import config.wsgi"
    result = subprocess.run(
        [sys.executable, "-c", hidden], cwd=ROOT, env=environment(tmp_path, **given), capture_output=True, text=True
    )
    (name,) = given
    assert result.returncode == 1
    assert result.stderr == f"{name} needs the Python package {module!r}, install requirements.lock\n"


def test_postgresql_connection_is_checked(tmp_path: Path) -> None:
    answers = manage(tmp_path, "check", DATABASE_URL=POSTGRESQL)
    require("cannot be used" not in answers.stderr, f"no PostgreSQL at {POSTGRESQL}")
    asks = "from django.db import connection as c; x = c.cursor(); x.execute('SELECT 1'); print(c.vendor, x.fetchone())"
    assert manage(tmp_path, "shell", "--no-imports", "-c", asks, DATABASE_URL=POSTGRESQL).stdout == "postgresql (1,)\n"


def test_check_deploy_reports_insecure_settings(tmp_path: Path) -> None:
    check = ("check", "--deploy", "--tag", "security", "--fail-level", "WARNING")
    assert manage(tmp_path, *check, HTTPS="True", SECRET_KEY=SECRET).returncode == 0
    lax = manage(tmp_path, *check, DEBUG="True", TRUSTED_PROXIES="")
    assert lax.returncode == 1
    assert {"security.W004", "security.W008", "security.W018"} <= set(re.findall(r"security\.W\d+", lax.stderr))
    unproxied = manage(tmp_path, *check, HTTPS="True", SECRET_KEY=SECRET, TRUSTED_PROXIES="")
    assert re.findall(r"\w+\.W\d+", unproxied.stderr) == ["greenroom.W003"]


# --- gunicorn


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_gunicorn_stops_on_failed_check(tmp_path: Path) -> None:
    given = environment(tmp_path, CACHE_URL=f"redis://{NOWHERE}/0")
    command = [str(Path(sys.executable).parent / "gunicorn"), "config.wsgi", "--bind", f"127.0.0.1:{free_port()}"]
    result = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 3
    assert result.stderr.count(f"The cache of CACHE_URL does not answer: {CANNOT}") == 1
    assert "Booting worker" not in result.stderr


def test_site_answers_without_cache(tmp_path: Path) -> None:
    """The cache fails after the start: pages are served, and `/readyz` reports it."""
    manage(tmp_path, "migrate", "--verbosity", "0")
    port = free_port()
    given = environment(tmp_path, CACHE_URL=f"redis://{NOWHERE}/0", GREENROOM_CHECKED="1")
    command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "-c", "python:tests", "config.wsgi"]
    process = subprocess.Popen([*command, "--bind", f"127.0.0.1:{port}"], cwd=ROOT, env=given, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        while b"Booting worker" not in (line := process.stderr.readline()):
            assert line
        statuses = {path: status_of(port, path) for path in ("/", "/admin/login/", "/healthz", "/readyz")}
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert statuses == {"/": 200, "/admin/login/": 200, "/healthz": 200, "/readyz": 503}


def status_of(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
