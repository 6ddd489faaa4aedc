"""Take the pictures of README and docs from a site filled with the sample notes: `make pictures`."""

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
from dataclasses import dataclass
from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, CHROMIUM
from tests.shared import ROOT

MANAGE = [sys.executable, str(ROOT / "manage.py")]
FOLDER = ROOT / "docs" / "pictures"
# Bytes of all pictures together, so that a clone of the repository stays small.
MAX_BYTES = 1_500_000
# Colours of a picture: enough for text on a plain ground, and a third of the bytes.
COLOURS = 64
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}


@dataclass(frozen=True)
class Shot:
    """A picture of a public page.

    path    of the page
    link    selector of a link on it to follow first, for pages whose slug or key is not known
    scroll  pixels to scroll down
    """

    name: str
    path: str
    link: str = ""
    size: str = "wide"
    scheme: str = "light"
    scroll: int = 0

    @property
    def file_name(self) -> str:
        return f"{self.name}-{self.size}-{self.scheme}"


EPISODE = "/episodes/qian-bei-de-cheng-xu-yuan-edsger-w-dijkstra-de-1972-nian-tu-ling-jiang-yan-jiang/"
RECORDING, CONVERSATION = "/episodes/?speaker=grace-hopper", "/episodes/?q=Licklider"
PUBLIC = (
    Shot("home", "/"),
    Shot("home", "/", size="narrow", scheme="dark"),
    Shot("episodes", "/en/episodes/"),
    Shot("episode", EPISODE),
    Shot("episode", EPISODE, scheme="dark"),
    Shot("recording-inside", RECORDING, ".card h2 a", scroll=1500),
    Shot("recording-inside", RECORDING, ".card h2 a", "narrow", "dark", 1500),
    Shot("conversation-inside", CONVERSATION, ".card h2 a", scroll=2300),
    Shot("conversation-inside", CONVERSATION, ".card h2 a", "narrow", scroll=2300),
    Shot("predictions", "/predictions/", size="narrow"),
    Shot("prediction", "/en/predictions/?outcome=true", ".prediction-row a"),
    Shot("quote", "/en/quotes/", ".quote blockquote a"),
    Shot("speaker", "/en/speakers/grace-hopper/"),
)
# Index and lists of the admin.
DESK = {"desk": "/en/admin/", "desk-episodes": "/en/admin/episodes/episode/"}


def main() -> None:
    """Replace all pictures. Raises SystemExit if they are larger than MAX_BYTES together."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch, sites(scratch) as (public, desk), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for shot in PUBLIC:
            _take_public(browser, public, shot)
        _take_desk(browser, desk)
        _take_review(browser, desk, "wide", "light", ("quote", "speakers"))
        _take_review(browser, desk, "narrow", "dark", ("section", "names"))
        browser.close()
    size = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    if size > MAX_BYTES:
        raise SystemExit(f"The pictures take {size:,} bytes, more than {MAX_BYTES:,}.")


def _take_public(browser: Browser, address: str, shot: Shot) -> None:
    context = browser.new_context(viewport=SIZES[shot.size], color_scheme=shot.scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address + shot.path)
    if shot.link:
        page.goto(address + str(page.locator(shot.link).first.get_attribute("href")))
    if shot.scroll:
        page.evaluate(f"scrollTo({{top: {shot.scroll}, behavior: 'instant'}})")
        page.wait_for_timeout(300)
    _save(page, shot.file_name)
    context.close()


def _signed_in(browser: Browser, address: str, size: str, scheme: str = "light") -> Page:
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/en/admin/login/")
    page.fill("input[name=username]", "demo-editor")
    page.fill("input[name=password]", "greenroom")
    page.click("input[type=submit]")
    return page


def _take_review(browser: Browser, address: str, size: str, scheme: str, views: tuple[str, str]) -> None:
    """Take two views of the review screen: speakers, quote, names (an episode with items), section (plain prose)."""
    page = _signed_in(browser, address, size, scheme)
    if "section" in views:
        _open_review(page, address, "十年之内")
        page.click("#review-rail [data-group=text] a")
        page.wait_for_selector("#review-panel [data-kind=section], #review-panel [data-kind=summary]")
        page.keyboard.press("j")
        page.wait_for_selector("#review-panel [data-kind=section]")
        _save(page, f"review-section-{size}-{scheme}")
    _open_review(page, address, "1968年12月9日")
    if "speakers" in views:
        _save(page, f"review-speakers-{size}-{scheme}")
    for name, group in (("quote", "said"), ("names", "names")):
        if name in views:
            page.click(f"#review-rail [data-group={group}] a")
            page.wait_for_selector("#review:not([aria-busy=true])")
            _save(page, f"review-{name}-{size}-{scheme}")
    page.context.close()


def _open_review(page: Page, address: str, title: str) -> None:
    page.goto(address + DESK["desk-episodes"])
    page.locator("#result_list tbody tr", has_text=title).first.locator("a.review-link").click()
    page.wait_for_selector("#review-panel > article")


def _take_desk(browser: Browser, address: str) -> None:
    """Take the admin's index, the list of episodes, and a draft with items and findings."""
    page = _signed_in(browser, address, "wide")
    for name, path in DESK.items():
        page.goto(address + path)
        _save(page, f"{name}-wide")
    page.locator("#result_list tbody a", has_text="1968").first.click()
    _save(page, "desk-episode-wide")
    page.context.close()


def _save(page: Page, name: str) -> None:
    with Image.open(BytesIO(page.screenshot())) as image:
        quantised = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        quantised.save(FOLDER / f"{name}.png", optimize=True)


@contextmanager
def sites(scratch: str) -> Iterator[tuple[str, str]]:
    """Serve the demo site and yield its addresses: for visitors (DEBUG off) and for the desk (DEBUG on)."""
    environment = {**os.environ, "VAR_DIR": scratch, "DATABASE_URL": f"sqlite:///{scratch}/db.sqlite3", "DEBUG": "True"}
    for command in (["migrate", "--verbosity", "0"], ["demo"]):
        subprocess.run([*MANAGE, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
    # With DEBUG a missing page is Django's own, and the demo logins exist only with it.
    with _served({**environment, "DEBUG": "False"}) as public, _served(environment) as desk:
        yield public, desk


@contextmanager
def _served(environment: dict[str, str]) -> Iterator[str]:
    """Run the development server on a free port and yield its address."""
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
