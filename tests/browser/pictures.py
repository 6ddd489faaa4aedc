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
from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.shared import ROOT

MANAGE = [sys.executable, str(ROOT / "manage.py")]
FOLDER = ROOT / "docs" / "pictures"
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
# Every kind of page, some in English. An address that begins with its selector is the first such link of a list.
READING = {
    "home": "/",
    "episodes": "/en/episodes/",
    "episode": "/episodes/qian-bei-de-cheng-xu-yuan-edsger-w-dijkstra-de-1972-nian-tu-ling-jiang-yan-jiang/",
    "recording": ("/episodes/?speaker=grace-hopper", ".card h2 a"),
    "conversation": ("/episodes/?q=Licklider", ".card h2 a"),
    "quotes": "/quotes/",
    "quote": ("/en/quotes/", ".quote blockquote a"),
    "predictions": "/predictions/",
    "prediction": ("/en/predictions/?outcome=true", ".prediction-row a"),
    "speaker": "/en/speakers/grace-hopper/",
    "entities": "/entities/",
    "entity": ("/en/entities/", ".name-list a"),
    "tag": ("/tags/", ".name-list a"),
    "glossary": "/en/glossary/",
    "about": "/about/",
    "not-found": "/en/episodes/gordon-moore-1965-cramming-components/",
}
# How far down the text itself is looked at, in pixels.
INSIDE = {"episode": 1900, "recording": 1500, "conversation": 2300}
DESK = {"desk": "/en/admin/", "desk-episodes": "/en/admin/episodes/episode/"}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sites(scratch) as (reading, desk), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for size in SIZES:
            for scheme in ("light", "dark"):
                _reading_room(browser, reading, size, scheme)
        for size in SIZES:
            _desk(browser, desk, size)
            for scheme in ("light", "dark"):
                _review(browser, desk, size, scheme)
        browser.close()


def _reading_room(browser: Browser, address: str, size: str, scheme: str) -> None:
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for name, path in READING.items():
        _go(page, address, path)
        _take(page, f"{name}-{size}-{scheme}")
        if name in INSIDE:
            page.evaluate(f"scrollTo({{top: {INSIDE[name]}, behavior: 'instant'}})")
            page.wait_for_timeout(300)
            _take(page, f"{name}-inside-{size}-{scheme}")
    if (size, scheme) == ("wide", "light"):
        page.emulate_media(media="print")
        _go(page, address, READING["episode"])
        _take(page, "episode-print")
    context.close()


def _go(page: Page, address: str, path: str | tuple[str, str]) -> None:
    """There, or to the first link of a list that fits the selector."""
    if isinstance(path, str):
        page.goto(address + path)
    else:
        page.goto(address + path[0])
        page.goto(address + str(page.locator(path[1]).first.get_attribute("href")))


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
    """Few colours are enough for type on paper, and a third of the bytes."""
    with Image.open(BytesIO(page.screenshot())) as image:
        image.convert("RGB").quantize(96, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


@contextmanager
def sites(scratch: str) -> Iterator[tuple[str, str]]:
    """The demo site as visitors have it, and as the demo logins need it; both stop with the block."""
    environment = {**os.environ, "VAR_DIR": scratch, "DATABASE_URL": f"sqlite:///{scratch}/db.sqlite3", "DEBUG": "True"}
    for command in (["migrate", "--verbosity", "0"], ["demo"]):
        subprocess.run([*MANAGE, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
    # With DEBUG a page that is not there is Django's own.
    with _served({**environment, "DEBUG": "False"}) as reading, _served(environment) as desk:
        yield reading, desk


@contextmanager
def _served(environment: dict[str, str]) -> Iterator[str]:
    """On a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [*MANAGE, "runserver", "--noreload", address]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://{address}/robots.txt")
        yield f"http://{address}"
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
