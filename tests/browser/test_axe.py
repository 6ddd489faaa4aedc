"""Accessibility of every page by axe: both languages, light and dark, wide and narrow."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import one_of_each

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"wide": one_of_each.WIDE, "phone": one_of_each.PHONE}

Faults = dict[str, list[str]]


def checked(page: Any, name: str) -> Faults:
    """Return violations by place: all rules in light, colour rules in dark."""
    faults: Faults = {}
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        # Scripts learn of a new width with the next frame.
        page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            rules = {"type": "tag", "values": TAGS} if scheme == "light" else ["color-contrast"]
            options = json.dumps({"resultTypes": ["violations"], "runOnly": rules})
            found = page.evaluate(f"axe.run({options}).then(results => results.violations)")
            if found:
                faults[f"{name} {size} {scheme}"] = [
                    f"{fault['id']}: {node['html'][:140]}" for fault in found for node in fault["nodes"]
                ]
    return faults


@pytest.fixture
def page(visitor: Any) -> Any:
    """Return a page that loads axe before its own scripts."""
    visitor.add_init_script(Axe().axe_script)
    visitor.route(one_of_each.VIDEO, lambda route: route.fulfill(body="<title>Video</title>", content_type="text/html"))
    return visitor


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.usefixtures("_breaking")
def test_every_page_has_no_axe_violation(page: Any, language: str) -> None:
    faults: Faults = {}
    for name, address in one_of_each.furnish().items():
        assert page.goto(f"{language}{address}").status == (int(name) if name.isdigit() else 200), name
        faults |= checked(page, name)
    assert faults == {}


def test_opened_parts_have_no_axe_violation(page: Any) -> None:
    pages, faults = one_of_each.furnish(), {}
    page.goto(f"/en{pages['episode']}")
    page.click(".play")
    page.wait_for_selector(".player iframe")
    faults |= checked(page, "player")

    page.goto(pages["prose"])
    page.locator(".folded > .term").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert page.locator(".explanation:popover-open").count() == 1
    faults |= checked(page, "gloss")
    page.check("#originals")
    faults |= checked(page, "originals")

    slug = page.get_attribute(".episode", "data-slug")
    page.evaluate("where => localStorage.setItem(...where)", [f"read:{slug}", json.dumps({"id": "s-第5节"})])
    page.reload()
    page.wait_for_selector(".continue-reading")
    page.locator(".prose p").first.click(click_count=3)
    page.wait_for_selector(".selection-toolbar")
    faults |= checked(page, "continue and selection")
    assert faults == {}


def test_refused_report_has_no_axe_violation(page: Any) -> None:
    pages, faults = one_of_each.furnish(), {}
    for language in ("", "/en"):
        page.goto(f"{language}{pages['report']}")
        page.evaluate("document.querySelector('form.report').noValidate = true")
        page.click("form.report button")
        page.wait_for_selector("[role=alert]")
        faults |= checked(page, f"{language} nothing said")
        assert page.get_attribute("#id_message", "aria-describedby") == "id_message_error"
        assert page.get_attribute("#id_message", "aria-invalid") == "true"
        page.fill("#id_message", "Too fast.")
        page.click("form.report button")
    assert faults == {}
