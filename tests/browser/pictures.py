"""make pictures: the pictures of README and docs, taken anew from a site filled with the sample notes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.shared import ROOT

FOLDER = ROOT / "docs" / "pictures"
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
READING = {
    "home": "/",
    "episode": "/episodes/qian-bei-de-cheng-xu-yuan-edsger-w-dijkstra-de-1972-nian-tu-ling-jiang-yan-jiang/",
    "speaker": "/en/speakers/grace-hopper/",
    "predictions": "/predictions/",
}
DESK = {"desk": "/en/admin/", "desk-episodes": "/en/admin/episodes/episode/"}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, site(scratch) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for size in SIZES:
            for scheme in ("light", "dark"):
                _reading_room(browser, address, size, scheme)
        for size in SIZES:
            _desk(browser, address, size)
            for scheme in ("light", "dark"):
                _review(browser, address, size, scheme)
        browser.close()


def _reading_room(browser: Browser, address: str, size: str, scheme: str) -> None:
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for name, path in READING.items():
        page.goto(address + path)
        _take(page, f"{name}-{size}-{scheme}")
    context.close()


def _signed_in(browser: Browser, address: str, size: str, scheme: str = "light") -> Page:
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/en/admin/login/")
    page.fill("input[name=username]", "demo-editor")
    page.fill("input[name=password]", "greenroom")
    page.click("input[type=submit]")
    return page


def _review(browser: Browser, address: str, size: str, scheme: str) -> None:
    """The review screen: of a note rich in items, and of plain prose. Nothing is decided for a picture."""
    page = _signed_in(browser, address, size, scheme)
    _open_review(page, address, "1968年12月9日")
    _take(page, f"review-speakers-{size}-{scheme}")
    for group in ("said", "names"):
        page.click(f"#review-rail [data-group={group}] a")
        page.wait_for_selector("#review:not([aria-busy=true])")
        _take(page, f"review-{'quote' if group == 'said' else group}-{size}-{scheme}")
    _open_review(page, address, "十年之内")
    page.click("#review-rail [data-group=text] a")
    page.wait_for_selector("#review-panel [data-kind=section], #review-panel [data-kind=summary]")
    page.keyboard.press("j")
    page.wait_for_selector("#review-panel [data-kind=section]")
    _take(page, f"review-section-{size}-{scheme}")
    page.context.close()


def _open_review(page: Page, address: str, title: str) -> None:
    page.goto(address + DESK["desk-episodes"])
    page.locator("#result_list tbody tr", has_text=title).first.locator("a.review-link").click()
    page.wait_for_selector("#review-panel > article")


def _desk(browser: Browser, address: str, size: str) -> None:
    page = _signed_in(browser, address, size)
    for name, path in DESK.items():
        page.goto(address + path)
        _take(page, f"{name}-{size}")
    # A draft with items and faults: what editors spend their days with.
    page.locator("#result_list tbody a", has_text="1968").first.click()
    _take(page, f"desk-episode-{size}")
    page.context.close()


def _take(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")


@contextmanager
def site(scratch: str) -> Iterator[str]:
    """The demo site on a free port of this machine; stops with the block."""
    environment = {**os.environ, "VAR_DIR": scratch, "DEBUG": "True", "DATABASE_URL": f"sqlite:///{scratch}/db.sqlite3"}
    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=environment, check=True)
    subprocess.run([*manage, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*manage, "runserver", "--noreload", f"127.0.0.1:{port}"]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/robots.txt")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait_for(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(address)
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)


if __name__ == "__main__":
    main()
