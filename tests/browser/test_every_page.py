"""Every public page in a browser: keyboard, zoom, touch, motion, print."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import one_of_each

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_breaking")]

# The focused element: outline, visibility, name.
FOCUS = """() => {
    const here = document.activeElement;
    if (!here || here === document.body) return null;
    const style = getComputedStyle(here);
    const room = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth);
    const ring = here.getBoundingClientRect();
    let cut = "";
    for (let each = here.parentElement; each && each !== document.body; each = each.parentElement) {
        const around = getComputedStyle(each);
        if (around.overflowX === "visible") continue;
        const box = each.getBoundingClientRect();
        if (ring.left - room < box.left - 1 || ring.right + room > box.right + 1
            || ring.top - room < box.top - 1 || ring.bottom + room > box.bottom + 1) {
            cut = `cut by ${each.className || each.tagName}`;
        }
    }
    const name = (here.textContent.trim() || here.name || here.id || here.className).slice(0, 40);
    const middle = [ring.left + Math.min(ring.width / 2, 20), ring.top + ring.height / 2];
    const top = document.elementFromPoint(...middle);
    if (!top) cut ||= "off the screen";
    else if (!here.contains(top) && !top.contains(here)) cut ||= `under ${top.className || top.tagName}`;
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) cut = "no ring";
    return { name, cut };
}"""
FOCUSABLE = """() => [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, iframe, [tabindex]")]
    .filter(each => each.tabIndex >= 0 && each.checkVisibility({visibilityProperty: true})).length"""


def tabbed(page: Any) -> list[dict[str, Any]]:
    """Return everything that Tab reaches, in order."""
    found: list[dict[str, Any]] = []
    for _ in range(600):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUS)
        if here is None or (found and here["name"] == found[0]["name"]):
            return found
        found.append(here)
    pytest.fail(f"Tab never leaves {page.url}")


@pytest.mark.parametrize("width", [1440, 390])
def test_tab_reaches_all_with_visible_focus(visitor: Any, width: int) -> None:
    pages = one_of_each.furnish()
    # Smooth scrolling after Tab would still be moving when the position is measured.
    visitor.emulate_media(reduced_motion="reduce")
    visitor.set_viewport_size({"width": width, "height": 900})
    missed, unseen = {}, {}
    for name in ("home", "episode", "prose", "prediction_list", "episodes, filtered", "glossary", "entity", "speaker"):
        visitor.goto(f"/en{pages[name]}")
        reached = tabbed(visitor)
        assert [each["name"] for each in reached[:3]] == ["Skip to content", "Greenroom", "Episodes"]
        if len(reached) != (there := visitor.evaluate(FOCUSABLE)):
            missed[name] = (len(reached), there)
        if bad := [f"{each['name']}: {each['cut']}" for each in reached if each["cut"]]:
            unseen[name] = bad
    assert (missed, unseen) == ({}, {})


def test_skip_link_leads_past_the_menu(visitor: Any) -> None:
    pages = one_of_each.furnish()
    visitor.goto(f"/en{pages['episode']}")
    skip = visitor.locator(".skip")
    assert skip.bounding_box()["x"] < 0
    visitor.keyboard.press("Tab")
    assert skip.bounding_box()["x"] >= 0
    visitor.keyboard.press("Enter")
    assert visitor.evaluate("document.activeElement.id") == "content"
    visitor.keyboard.press("Tab")
    assert visitor.evaluate("document.querySelector('main').contains(document.activeElement)")


def focus(page: Any, selector: str) -> None:
    page.locator(selector).first.focus()


def test_disclosures_work_by_keyboard(visitor: Any) -> None:
    pages, keys = one_of_each.furnish(), visitor.keyboard
    visitor.goto(pages["prose"])
    original = visitor.get_by_text("The first paragraph is about machines")
    focus(visitor, ".original > summary")
    keys.press("Enter")
    assert original.is_visible()
    keys.press("Space")
    assert not original.is_visible()
    focus(visitor, "#originals")
    keys.press("Space")
    assert original.is_visible()
    assert visitor.locator("section.prose:visible").count() == 8
    focus(visitor, "#only-read")
    keys.press("Space")
    assert visitor.locator("section.prose:visible").count() == 1
    keys.press("Space")
    note = visitor.locator(".folded .explanation:popover-open")
    # Opened by focus, closed and opened again by keys.
    focus(visitor, ".folded > .term")
    assert note.count() == 1
    keys.press("Escape")
    assert note.count() == 0
    keys.press("Enter")
    assert note.count() == 1
    # No focus trap: the next Tab moves on.
    keys.press("Tab")
    assert not visitor.evaluate("document.activeElement.matches('.folded > .term')")
    assert note.count() == 0


def test_player_works_by_keyboard(visitor: Any) -> None:
    visitor.route(one_of_each.VIDEO, lambda route: route.fulfill(body="<title>Video</title>", content_type="text/html"))
    pages, keys = one_of_each.furnish(), visitor.keyboard
    visitor.goto(pages["episode"])
    focus(visitor, ".play")
    keys.press("Enter")
    frame = visitor.wait_for_selector(".player iframe").content_frame()
    # A frame that is still loading loses the focus to the body, and Tab begins again at the top.
    frame.wait_for_function("document.title === 'Video' && document.readyState === 'complete'")
    passed = []
    for _ in range(6):
        keys.press("Tab")
        passed.append(visitor.evaluate("document.activeElement.className || document.activeElement.tagName"))
        if passed[-1] == "close":
            break
    assert passed[-1] == "close", passed
    keys.press("Enter")
    assert visitor.locator(".player").count() == 0
    assert visitor.evaluate("document.activeElement.className") == "play"


def test_filters_work_by_keyboard(visitor: Any) -> None:
    pages, keys = one_of_each.furnish(), visitor.keyboard
    visitor.set_viewport_size(one_of_each.PHONE)
    visitor.goto(f"/en{pages['episode_list']}")
    focus(visitor, ".filters summary")
    keys.press("Enter")
    focus(visitor, "#id_area")
    keys.type("gard")
    focus(visitor, ".filter-fields button")
    keys.press("Enter")
    visitor.wait_for_url("**area=gardens**")
    assert visitor.inner_text(".count") == "1 episode"


def test_visual_order_follows_document_order(visitor: Any) -> None:
    """On narrow screens elements follow document order vertically, and no CSS `order` is used."""
    pages, wrong = one_of_each.furnish(), {}
    visitor.set_viewport_size(one_of_each.PHONE)
    for name, address in pages.items():
        visitor.goto(f"/en{address}")
        turned = visitor.evaluate(
            """() => {
                const all = [...document.querySelectorAll("main *")];
                const shown = all.filter(each => each.matches("h1, h2, h3, p, dt, blockquote")
                    && each.checkVisibility() && !each.closest(".visually-hidden")
                    && getComputedStyle(each).position === "static");
                const tops = shown.map(each => each.getBoundingClientRect().top);
                return [
                    ...all.filter(each => each.tabIndex > 0 || getComputedStyle(each).order !== "0"
                        || /reverse/.test(getComputedStyle(each).flexDirection)),
                    ...shown.filter((each, number) => number && tops[number] < tops[number - 1] - 2),
                ].map(each => each.outerHTML.slice(0, 80));
            }"""
        )
        if turned:
            wrong[name] = turned
    assert wrong == {}


# --- narrow, enlarged, spaced

CUT = """() => [...document.querySelectorAll("body *")].filter(each => {
    const style = getComputedStyle(each);
    if (!each.checkVisibility() || !each.textContent.trim()) return false;
    if (each.closest(".visually-hidden, svg, nav, pre, .skip, [popover]")) return false;
    const box = each.getBoundingClientRect();
    if (box.width && (box.right > innerWidth + 1 || box.left < -1) && !each.closest("table, math")) return true;
    if (style.overflowX === "visible" || each.matches("table, math, select, textarea")) return false;
    const meant = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
    return !meant && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1);
}).map(each => `${each.tagName.toLowerCase()}.${each.className}: ${each.textContent.trim().slice(0, 40)}`)"""
SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
        * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
        p { margin-bottom: 2em !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""


@pytest.mark.parametrize("size", [(320, 256), (720, 450), (195, 422)], ids=["320 px", "200 %", "200 % phone"])
def test_narrow_and_spaced_pages_cut_nothing(visitor: Any, size: tuple[int, int]) -> None:
    """WCAG 1.4.4, 1.4.10, 1.4.12. A page at 200 % is laid out in half as many pixels."""
    visitor.set_viewport_size({"width": size[0], "height": size[1]})
    lost = {}
    for name, address in one_of_each.furnish().items():
        visitor.goto(f"/en{address}")
        for spacing in ("as it is", "spaced"):
            if visitor.evaluate("document.documentElement.scrollWidth > innerWidth"):
                lost[f"{name} {spacing}"] = "scrolls sideways"
            elif cut := visitor.evaluate(CUT):
                lost[f"{name} {spacing}"] = cut
            visitor.evaluate(SPACED)
    assert lost == {}


# --- touch: axe finds what is too small and too close; these are ours and large wherever they stand

SMALL = """() => [...document.querySelectorAll(
    "button, summary, select, textarea, .switch, input:not([type=hidden], [type=checkbox]), "
    + "li > a, nav a, .attribution a, .eyebrow a, .more a, .site-footer a, .site-header a, .metadata a, "
    + ".continue-reading a")]
    .filter(each => each.checkVisibility() && !each.closest(".visually-hidden, .timeline-bar"))
    .filter(each => !each.matches(".folded > .term"))
    .map(each => [each, each.getBoundingClientRect()])
    .filter(([each, box]) => box.height < 23.9 || box.width < 23.9)
    .map(([each, box]) => `${each.outerHTML.slice(0, 70)} ${Math.round(box.width)}×${Math.round(box.height)}`)"""


def test_touch_targets_are_large_enough(visitor: Any) -> None:
    pages, small = one_of_each.furnish(), {}
    visitor.set_viewport_size(one_of_each.PHONE)
    for language in ("", "/en"):
        for name, address in pages.items():
            visitor.goto(f"{language}{address}")
            if found := visitor.evaluate(SMALL):
                small[f"{language}{name}"] = found
    assert small == {}


# --- motion and paper


def test_reduced_motion_disables_animation(visitor: Any) -> None:
    pages = one_of_each.furnish()
    moving = """() => [...document.querySelectorAll("*")].filter(each => {
        const style = getComputedStyle(each);
        return style.scrollBehavior !== "auto" || style.animationName !== "none"
            || style.transitionDuration.split(",").some(each => parseFloat(each));
    }).map(each => each.tagName)"""
    visitor.goto(pages["episode"])
    assert visitor.evaluate(moving) == ["HTML"]
    visitor.emulate_media(reduced_motion="reduce")
    found = {}
    for name, address in pages.items():
        visitor.goto(address)
        if moved := visitor.evaluate(moving):
            found[name] = moved
    assert found == {}


def test_print_shows_text_without_controls(visitor: Any) -> None:
    pages = one_of_each.furnish()
    visitor.goto(f"/en{pages['prose']}")
    gone = ".site-header nav, .rail, .side, .play, .original > summary, .site-footer, .skip, button:not(.term), .action"
    shown = (
        f"[...document.querySelectorAll({gone!r})].filter(each => each.checkVisibility()).map(each => each.className)"
    )
    assert len(visitor.evaluate(shown)) > 4
    visitor.emulate_media(media="print")
    assert visitor.evaluate(shown) == []
    glossary = visitor.locator("#glossary")
    assert glossary.locator("dt").all_inner_texts() == ["RL"]
    assert "Reinforcement Learning" in glossary.inner_text()
    assert not visitor.get_by_text("The first paragraph is about machines").is_visible()
    for name in ("prose", "episode", "entity"):
        visitor.goto(f"/en{pages[name]}")
        paper = visitor.pdf()
        assert visitor.evaluate(shown) == []
        assert paper[:5] == b"%PDF-"
        assert len(paper) > 20_000


# --- the picture of what is talked about together


def test_graph_is_hidden_on_narrow_screens(visitor: Any) -> None:
    visitor.goto(f"/en{one_of_each.furnish()['entity']}")
    picture, company = visitor.locator(".cooccurrence-graph"), visitor.locator("#mentioned-with .cooccurrence-list a")
    stars = picture.locator(".node title").evaluate_all("all => all.map(each => each.textContent)")
    assert (
        sorted(stars) == sorted(company.all_inner_texts()) == ["Ada Lovelace", "Analytical engine", "Steam", "具身智能"]
    )
    assert picture.is_visible()
    # Labels are no wider than the layout assumed.
    assert set(picture.locator("a text").evaluate_all("all => all.map(each => getComputedStyle(each).fontSize)")) == {
        "13px"
    }
    for size in (one_of_each.PHONE, {"width": 991, "height": 900}):
        visitor.set_viewport_size(size)
        assert not picture.is_visible()
        assert company.first.is_visible()
