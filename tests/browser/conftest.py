"""A real browser for the tests that need one: skipped with a reason where there is none, failed where all must run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from episodes.site.pages.about import About
from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.browser.one_of_each import BREAKS
from tests.shared import require

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright = None  # type: ignore[assignment]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    require(sync_playwright, "playwright is not installed: make install")
    require(Path(CHROMIUM).exists(), f"{CHROMIUM} is missing: apt-get install chromium")
    # Playwright runs a loop in this thread, which makes Django take every query of the test for one from within it.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _served(_empty_folders: tuple[Path, Path]) -> Iterator[None]:
    """The server starts before the settings of a single test and must find its folder of static files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "STATIC_ROOT", _empty_folders[0])
        yield


@pytest.fixture
def visitor(request: pytest.FixtureRequest, chromium: Any, _served: None, live_server: Any) -> Iterator[Any]:
    """A page of a browser that has never been here. An error of a script fails the test.

    The policy of the pages forbids to evaluate strings, which Playwright's `wait_for_function` does: only a module that
    says KEEPS_POLICY is about the policy itself.
    """
    bypass = not getattr(request.module, "KEEPS_POLICY", False)
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900}, bypass_csp=bypass)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(error))
    yield page
    context.close()
    assert not errors


@pytest.fixture
def _breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """One address answers that something broke (one_of_each.BREAKS)."""
    whole = About.get_context_data

    def breaks(view: About, **kwargs: Any) -> dict[str, Any]:
        if BREAKS in view.request.GET:
            raise RuntimeError(BREAKS)
        return whole(view, **kwargs)

    monkeypatch.setattr(About, "get_context_data", breaks)
