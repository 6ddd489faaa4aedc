"""Links to paragraphs reach their target on the first click."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from episodes import derived
from episodes.models import Episode
from tests import factories
from tests.browser import one_of_each
from tests.shared import NOTES, require

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Pixels between the top of the screen and the target.
TOP = range(100)
SIZES = {"wide": one_of_each.WIDE, "narrow": one_of_each.PHONE}
PLACE = """id => {
    const box = document.getElementById(id).getBoundingClientRect();
    const left = document.documentElement.scrollHeight - innerHeight - scrollY;
    return [Math.round(box.top), left, scrollY];
}"""


def note_files() -> dict[str, Path]:
    """Return the shortest, the median and the longest note of the library, and two seeds."""
    require(NOTES.exists(), f"the real notes are not in {NOTES}")
    by_size = sorted(NOTES.glob("library/notes/*.md"), key=lambda path: path.stat().st_size)
    seeds = {seed: next(NOTES.glob(f"seeds/{seed}_*.md")) for seed in ("002", "004")}
    return {"shortest": by_size[0], "median": by_size[len(by_size) // 2], "longest": by_size[-1], **seeds}


def published(*names: str) -> dict[str, str]:
    """Publish the notes with their quotes and return their paths."""
    factories.publisher()
    found: dict[str, str] = {}
    for name, path in note_files().items():
        if names and name not in names:
            continue
        before = set(Episode.objects.values_list("pk", flat=True))
        options = ["--as", "paul", "--reason", "Public for years.", "--include", "all", "--published-at", "2024-05-01"]
        call_command("adopt", str(path), *options, verbosity=0)
        made = Episode.objects.exclude(pk__in=before).get()
        made.quotes.update(status="accepted")
        derived.store_html(made)
        found[name] = made.get_absolute_url()
    return found


def settled(page: Any) -> None:
    """Wait until position and height are constant for half a second."""
    page.wait_for_load_state("load")
    last, still = None, 0
    while still < 5:
        page.wait_for_timeout(100)
        now = page.evaluate("[scrollY, document.documentElement.scrollHeight]")
        still, last = (still + 1 if now == last else 0), now


def arrived(page: Any, anchor: str) -> str:
    """Return "" if the target is at the top or the page at its end, else the position."""
    settled(page)
    top, left, _scrolled = page.evaluate(PLACE, anchor)
    return "" if top in TOP or (left < 2 and 0 <= top < page.viewport_size["height"]) else f"{anchor} at {top}"


def some(anchors: list[str]) -> list[str]:
    """Return a link behind the middle and, of many, the last one."""
    places = (len(anchors) * 6 // 10, -1) if len(anchors) > 30 else (len(anchors) * 6 // 10,)
    return list(dict.fromkeys(anchors[place] for place in places)) if anchors else []


def follow(context: Any, address: str) -> dict[tuple[str, str], str]:
    """Return the error of each link, "" if none; each is clicked on a freshly loaded page."""
    context.set_default_timeout(120_000)
    page, ends = context.new_page(), {}
    page.goto(address)
    ids = page.evaluate("[...document.querySelectorAll('main [id]')].map(each => each.id)")
    listed = page.evaluate(
        "[...document.querySelectorAll('.rail a[href^=\"#\"]')].filter(each => each.checkVisibility())"
        ".map(each => decodeURIComponent(each.hash.slice(1)))"
    )
    for anchor in some(listed):
        page.goto(address)
        page.locator(f'.rail a[href$="#{anchor}"]').first.click()
        ends["contents", anchor] = arrived(page, anchor)
    for anchor in [anchor for kind in ("p-", "s-", "q") for anchor in some([i for i in ids if i.startswith(kind)])]:
        again = context.new_page()
        again.goto(f"{address}#{anchor}")
        ends["shared", anchor] = arrived(again, anchor)
        again.close()
    return ends


@pytest.mark.usefixtures("_served")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_first_click_reaches_target(chromium: Any, live_server: Any, script: bool) -> None:
    """By the contents, and by the URL of a paragraph, a heading or a quote."""
    ends = {}
    # Without script the HTML is the same: two notes are enough.
    for name, address in published(*(() if script else ("longest", "004"))).items():
        for size, viewport in SIZES.items():
            context = chromium.new_context(base_url=live_server.url, viewport=viewport, java_script_enabled=script)
            ends |= {(name, size, *where): how for where, how in follow(context, address).items()}
            context.close()
    assert {where: how for where, how in ends.items() if how} == {}
    assert {kind for _name, _size, kind, _anchor in ends} == {"contents", "shared"}
    assert {anchor[0] for *_where, anchor in ends} >= {"p", "s", "q"}


def test_continue_link_reaches_reading_position(visitor: Any) -> None:
    addresses, ends = published("longest", "median"), {}
    for size, viewport in SIZES.items():
        visitor.set_viewport_size(viewport)
        for name, address in addresses.items():
            visitor.goto(address)
            visitor.evaluate("localStorage.clear()")
            visitor.evaluate("scrollTo({ top: document.documentElement.scrollHeight * 0.6, behavior: 'instant' })")
            settled(visitor)
            assert visitor.evaluate("Object.keys(localStorage).some(key => key.startsWith('read:'))")
            visitor.goto("about:blank")
            visitor.goto(address)
            link = visitor.locator(".continue-reading a")
            anchor = link.get_attribute("href")[1:]
            link.click()
            ends[size, name] = arrived(visitor, anchor)
    assert ends == dict.fromkeys(ends, "")


def test_missed_target_is_detected(visitor: Any) -> None:
    """Check of the test's own measure."""
    visitor.set_content("<div style='height: 3000px'></div><p id='p-a'>x</p><div style='height: 3000px'></div>")
    assert arrived(visitor, "p-a") == "p-a at 3024"
