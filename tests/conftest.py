"""What every test stands on: static files without a manifest, and uploads that vanish."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.cache import caches
from django.utils import translation


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
def _memory() -> None:
    """Keys of rows begin anew with each test, and what was remembered of one would be told of another."""
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(autouse=True)
def _language() -> None:
    """A request under /en/ leaves its language behind in the thread, and `reverse()` would answer for it."""
    translation.activate(site.LANGUAGE_CODE)
