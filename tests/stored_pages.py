"""Fixture of tests with stored pages, and the names of what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from episodes import derived
from episodes.derived.public_changes import pages_dropped
from episodes.models import StoredPage
from episodes.site.store import page_index


@pytest.fixture
def store(db: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    """Turn the store on, with an empty folder and the rows that a test made so far taken into account."""
    settings.STORED_PAGES, settings.SITE_URL = True, "http://testserver"
    settings.PAGE_STORE = tmp_path / "pages"
    page_index.clear_memory()
    derived.forget_all()
    yield
    # The front of a server connects it; other tests must not start its thread.
    pages_dropped.disconnect(dispatch_uid="make_ahead")


def stored() -> set[str]:
    """Return the addresses of all stored pages."""
    return set(StoredPage.objects.values_list("address", flat=True))
