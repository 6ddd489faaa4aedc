"""Fixtures of all tests: static files without a manifest, temporary uploads, and markers of tests with a database.

Hypothesis has two profiles, both without deadlines, since a busy machine must not fail a test. `ci` draws the same
examples each time, so that results are reproducible; `dev` draws new ones and so finds more. CI=true selects `ci`;
HYPOTHESIS_PROFILE overrides it.
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

effort.register_profile("dev", deadline=None, derandomize=False, suppress_health_check=[HealthCheck.too_slow])
effort.register_profile("ci", effort.get_profile("dev"), derandomize=True, print_blob=True)
effort.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

# Fixtures of pytest-django that give access to the database; all other fixtures use one of them.
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "django_db_reset_sequences", "live_server"}


def uses_database(item: pytest.Item) -> bool:
    """Return whether a test may touch the database: by marker, by fixture, or as one of Django's test cases.

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
    """Mark tests that use the database, for `-m database` and `-m "not database"`, and the browser tests."""
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
    """Use plain static files and a temporary folder: tests must not write into the site's own."""
    settings.STATIC_ROOT, settings.MEDIA_ROOT = _empty_folders
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    # Factories write past the workflow, which drops stored pages; tests of the store turn it on.
    settings.STORED_PAGES = False
    # A slow hash protects real passwords only.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the database from subprocesses of tests without the marker."""
    if not request.node.get_closest_marker("database"):
        monkeypatch.setenv("DATABASE_URL", "sqlite:////nonexistent/none.sqlite3")


@pytest.fixture(autouse=True)
def _memory() -> None:
    """Clear the caches: primary keys begin anew with each test, and cached values would belong to other rows."""
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(autouse=True)
def _language() -> None:
    """Reset the language: a request under /en/ leaves its language in the thread, and `reverse()` would use it."""
    translation.activate(site.LANGUAGE_CODE)
