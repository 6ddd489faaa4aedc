"""Settings: invalid values are refused in one line."""

import os
import re
import subprocess
import sys
import tomllib

import pytest

from config.environment import boolean, secret, separate_cache
from tests.shared import ROOT


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(("value", "expected"), [("True", True), ("1", True), ("off", False), ("", False)])
def test_truth_values_are_read(monkeypatch, value, expected):
    monkeypatch.setenv("DEBUG", value)
    assert boolean("DEBUG", not expected) is expected


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DEBUG", "ture", "Unexpected value 'ture' for DEBUG, use True or False"),
        ("NOTE_MAX_BYTES", "lots", "Unexpected value 'lots' for NOTE_MAX_BYTES, use a whole number"),
        ("TIME_ZONE", "Mars", "Unexpected value 'Mars' for TIME_ZONE, use a name like Europe/Berlin or Asia/Shanghai"),
        ("LOG_LEVEL", "loud", "Unexpected value 'loud' for LOG_LEVEL, use DEBUG, INFO, WARNING or ERROR"),
        (
            "DATABASE_URL",
            "mysql://x",
            "Unexpected value 'mysql://x' for DATABASE_URL, "
            "use sqlite:////path/to/file or postgres://user:password@host/name",
        ),
        (
            "DATABASE_URL",
            "nonsense",
            "Unexpected value 'nonsense' for DATABASE_URL, "
            "use sqlite:////path/to/file or postgres://user:password@host/name",
        ),
        ("CACHE_URL", "foo", "Unexpected value 'foo' for CACHE_URL, use locmemcache:// or redis://host:6379/0"),
        (
            "CARD_FONT",
            "/nowhere.ttf",
            "Unexpected value '/nowhere.ttf' for CARD_FONT, use the path of a file that can be read",
        ),
        ("VAR_DIR", "/dev/null/x", "/dev/null/x cannot be written to, set VAR_DIR to a folder"),
    ],
)
def test_invalid_value_is_one_line_error(tmp_path, name, value, sentence):
    result = run("check", **{"VAR_DIR": str(tmp_path), name: value})
    assert result.returncode == 1
    assert result.stderr.strip() == sentence


def test_secret_is_created_once_and_private(monkeypatch, tmp_path):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    path = tmp_path / "new" / "secret-key"
    made = secret("SECRET_KEY", path)
    assert len(made) > 50
    assert secret("SECRET_KEY", path) == made
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.database
def test_debug_is_off_by_default(tmp_path):
    environment = {"VAR_DIR": str(tmp_path), "DEBUG": ""}
    result = run(
        "shell", "--no-imports", "-c", "from django.conf import settings; print(settings.DEBUG)", **environment
    )
    assert result.stdout.strip().endswith("False")


@pytest.mark.database
def test_demo_is_refused_outside_debug(tmp_path):
    result = run("demo", DEBUG="False", VAR_DIR=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.strip() == (
        "CommandError: The demo has passwords that everybody knows. It runs with DEBUG=True only: make demo."
    )


def locked(name: str) -> set[str]:
    return {normal(line) for line in (ROOT / name).read_text().splitlines()}


def named(*groups: str) -> set[str]:
    """Return the requirements that pyproject.toml lists for a site or for its tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [
        project["dependencies"] if group == "site" else project["optional-dependencies"][group] for group in groups
    ]
    return {normal(line.replace("[binary]", "")) for lines in lists for line in lines}


def test_lock_files_match_pyproject():
    assert named("site", "services") <= locked("requirements.lock")
    assert named("site", "services", "dev") <= locked("requirements-dev.lock")
    # The tested version is the installed one.
    assert locked("requirements.lock") <= locked("requirements-dev.lock")


def test_requirements_contain_no_test_tools():
    assert not named("dev") & locked("requirements.lock")
    projects = {line.partition("==")[0] for line in locked("requirements.lock")}
    assert not projects & {"pytest", "mypy", "ruff", "hypothesis", "playwright", "pluggy", "iniconfig", "greenlet"}


def test_lock_file_lines_pin_one_version():
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in (ROOT / name).read_text().splitlines())


def normal(line: str) -> str:
    return line.strip().lower().replace("_", "-")


def test_separate_cache_has_own_entries():
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": ""}
    assert separate_cache(memory, "cards") == {**memory, "LOCATION": "cards", "KEY_PREFIX": "cards"}
    redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://host:6379/0"}
    assert separate_cache(redis, "cards") == {**redis, "KEY_PREFIX": "cards"}
