"""The marker `database` is on every test that can touch a database, so that `-m database` misses none."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import django.test
import pytest
from django.contrib.auth.models import User
from hypothesis import settings

from tests.conftest import DATABASE_FIXTURES, uses_database
from tests.shared import ROOT


def item(*fixtures: str, mark: str = "", cls: type | None = None) -> Any:
    return SimpleNamespace(fixturenames=fixtures, cls=cls, get_closest_marker=lambda name: name == mark or None)


class InOneTransaction(django.test.TestCase):
    __test__ = False


class OfManyTransactions(django.test.TransactionTestCase):
    __test__ = False


class WithoutDatabase(django.test.SimpleTestCase):
    __test__ = False


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        *[(item("client", name), True) for name in sorted(DATABASE_FIXTURES)],
        (item(mark="django_db"), True),
        (item(cls=InOneTransaction), True),
        (item(cls=OfManyTransactions), True),
        (item(cls=WithoutDatabase), False),
        (item("client", "settings", "rf", "tmp_path"), False),
        (item(mark="browser"), False),
    ],
)
def test_marker_follows_fixture_marker_and_class(test: Any, expected: bool) -> None:
    assert uses_database(test) is expected


def test_every_collected_test_has_right_marker(request: pytest.FixtureRequest) -> None:
    wrong = [test.nodeid for test in request.session.items if uses_database(test) and "database" not in test.keywords]
    assert wrong == []


def test_database_without_marker_is_refused() -> None:
    """A test that passes without the marker has not used the database."""
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        User.objects.exists()


def test_subprocess_without_marker_finds_no_database() -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True
    )
    assert result.returncode == 1
    assert "/nonexistent" in result.stderr


@pytest.mark.django_db
def test_database_with_marker_is_available(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("database")
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["ci", "dev"])
def test_hypothesis_profiles_have_no_deadline(name: str) -> None:
    profile = settings.get_profile(name)
    assert profile.deadline is None
    assert profile.derandomize is (name == "ci")


def test_hypothesis_profile_matches_environment() -> None:
    expected = os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
    assert settings.get_current_profile_name() == expected
