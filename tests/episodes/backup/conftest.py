"""Fixtures of the backup tests."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.episodes.backup.sites import Site, Sites, require_engine


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    made = Sites(tmp_path_factory.mktemp("sites"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def once() -> None:
    """Skip all but one database of the suite: these tests have sites of their own."""
    if connection.vendor != "sqlite":
        pytest.skip("Runs with SQLite as the database of the suite, and uses both.")


@pytest.fixture(scope="session")
def library(sites: Sites) -> Any:
    """Return, by engine, a site with rows in every table, its contents and its backup. It must not be changed."""

    @cache
    def made(engine: str) -> tuple[Site, dict[str, Any], Path]:
        require_engine(engine)
        site = sites.new(engine)
        site.probe("build", site.folder)
        file = site.folder / "backup.zip"
        site.manage("backup", file)
        return site, site.contents(), file

    return made
