"""Configuration: refused in one line where it cannot be read."""

import os
import subprocess
import sys
import tomllib

import pytest

from config.environment import secret, switch
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
def test_truth_values(monkeypatch, value, expected):
    monkeypatch.setenv("DEBUG", value)
    assert switch("DEBUG", not expected) is expected


def test_a_misspelt_truth_value_stops_the_start(tmp_path):
    result = run("check", DEBUG="ture", VAR_DIR=str(tmp_path))
    assert result.returncode != 0
    assert "Unexpected value 'ture' for DEBUG, use True or False" in result.stderr


def test_the_secret_is_made_once_and_kept_to_its_owner(monkeypatch, tmp_path):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    path = tmp_path / "new" / "secret-key"
    made = secret("SECRET_KEY", path)
    assert len(made) > 50
    assert secret("SECRET_KEY", path) == made
    assert path.stat().st_mode & 0o777 == 0o600


def test_debug_is_off_unless_asked_for(tmp_path):
    environment = {"VAR_DIR": str(tmp_path), "DEBUG": ""}
    result = run(
        "shell", "--no-imports", "-c", "from django.conf import settings; print(settings.DEBUG)", **environment
    )
    assert result.stdout.strip().endswith("False")


def test_the_demo_is_refused_outside_debug(tmp_path):
    result = run("demo", DEBUG="False", VAR_DIR=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.strip() == (
        "CommandError: The demo has passwords that everybody knows. It runs with DEBUG=True only: make demo."
    )


def test_the_lock_file_has_every_version_that_pyproject_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *(line for group in project["optional-dependencies"].values() for line in group)]
    locked = {normal(line) for line in (ROOT / "requirements.lock").read_text().splitlines()}
    assert {normal(line.replace("[binary]", "")) for line in named} <= locked


def normal(line: str) -> str:
    return line.strip().lower().replace("_", "-")
