"""What every test stands on: static files without a manifest, uploads that vanish, and which tests use a database.

Hypothesis has two profiles, both without limits of wall-clock time: a busy machine is no fault of the code. `ci` draws
the same examples each time, so that no submission fails for what another one broke; `dev` draws new ones and so finds
more. CI=true chooses; HYPOTHESIS_PROFILE overrules it.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.cache import caches
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as effort

effort.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
effort.register_profile("ci", effort.get_profile("dev"), derandomize=True, print_blob=True)
effort.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

# Fixtures of pytest-django that give access to the database; every other way to it goes through one of them.
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "django_db_reset_sequences", "live_server"}


def uses_database(item: pytest.Item) -> bool:
    """Return whether a test may touch the database: by mark, by fixture, or as one of Django's test cases.

    pytest-django refuses the database to every other test, so nothing that needs it can be missed.
    """
    if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
        return True
    return any(
        base.__module__ == "django.test.testcases" and base.__name__ == "TransactionTestCase"
        for base in getattr(getattr(item, "cls", None), "__mro__", ())
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the database, for `-m database` and `-m "not database"`, and what lies with the browser tests."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")
        if uses_database(item):
            item.add_marker("database")


@pytest.fixture(scope="session")
def _empty_folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return tmp_path_factory.mktemp("static"), tmp_path_factory.mktemp("media")


@pytest.fixture(autouse=True)
def _files(settings: Any, _empty_folders: tuple[Path, Path]) -> None:
    """The manifest exists only after collectstatic, and no test may write into the site's own folder."""
    settings.STATIC_ROOT, settings.MEDIA_ROOT = _empty_folders
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    # A slow hash is worth its time for passwords, not for those of a test.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a test without the mark, programs that it runs find no database either."""
    if not request.node.get_closest_marker("database"):
        monkeypatch.setenv("DATABASE_URL", "sqlite:////nonexistent/none.sqlite3")


@pytest.fixture(autouse=True)
def _memory() -> None:
    """Keys of rows begin anew with each test, and what was remembered of one would be told of another."""
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(autouse=True)
def _language() -> None:
    """A request under /en/ leaves its language behind in the thread, and `reverse()` would answer for it."""
    translation.activate(site.LANGUAGE_CODE)
