"""Fixtures with sites of their own, one for each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.site import Site, postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Return an empty, migrated site on each database."""
    if request.param == "sqlite":
        made = Site(tmp_path, f"sqlite:///{tmp_path / 'site.sqlite3'}")
        made.manage("migrate", "--verbosity", "0")
        yield made
        return
    with postgresql() as address:
        made = Site(tmp_path, address)
        made.manage("migrate", "--verbosity", "0")
        yield made


@pytest.fixture
def sqlite_site(tmp_path: Path) -> Site:
    made = Site(tmp_path, f"sqlite:///{tmp_path / 'site.sqlite3'}")
    made.manage("migrate", "--verbosity", "0")
    return made


@pytest.fixture
def postgresql_site(tmp_path: Path) -> Iterator[Site]:
    with postgresql() as address:
        made = Site(tmp_path, address)
        made.manage("migrate", "--verbosity", "0")
        yield made
