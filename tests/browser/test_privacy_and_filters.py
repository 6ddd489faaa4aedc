"""Public pages in a browser: filters, privacy, languages."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser import one_of_each

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ("", "/en")


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def reader(request: Any, chromium: Any, _served: None, live_server: Any) -> Any:
    context = chromium.new_context(
        base_url=live_server.url, java_script_enabled=request.param, viewport=one_of_each.WIDE
    )
    yield context.new_page()
    assert context.cookies() == []
    context.close()


# --- filters


def counted(page: Any) -> int:
    return int(re.findall(r"\d+", page.inner_text(".count"))[0])


def pick(page: Any, name: str, value: str) -> int:
    """Return the count in the label of a choice."""
    chosen = page.locator(f"#id_{name} option[value='{value}']").inner_text()
    page.select_option(f"#id_{name}", value)
    page.click(".filter-fields button")
    return int(re.findall(r"\((\d+)\)", chosen)[0])


def test_filters_can_be_applied_and_removed(reader: Any) -> None:
    pages = one_of_each.furnish()
    reader.goto(f"/en{pages['episode_list']}")
    everything = counted(reader)
    assert pick(reader, "language", "en") == counted(reader) == everything - 2
    assert pick(reader, "area", "machines") == counted(reader) == 1
    assert reader.locator(".card h2").all_inner_texts() == ["On engines and the people who build them"]
    assert [text.split("\n")[-1] for text in reader.locator(".chips a").all_inner_texts()] == [
        "Area: machines ×",
        "Language: English ×",
    ]
    reader.click(".chips a:has-text('Language')")
    assert urlsplit(reader.url).query == "area=machines"
    reader.click(".chips a:has-text('Area')")
    assert counted(reader) == everything
    assert reader.locator(".chips").count() == 0


def test_empty_result_offers_links(reader: Any) -> None:
    pages = one_of_each.furnish()
    reader.goto(f"/en{pages['episodes, none']}")
    assert counted(reader) == 0
    ways = reader.locator("main .empty-state a")
    assert ways.all_inner_texts() == ["Remove keyword: nothing", "Remove area: gardens", "Clear filters"]
    ways.first.click()
    assert counted(reader) == 1
    reader.go_back()
    ways.last.click()
    assert counted(reader) > 1


def test_quick_link_counts_match_lists(reader: Any) -> None:
    pages = one_of_each.furnish()
    address = f"/en{pages['prediction_list']}"
    reader.goto(address)
    links = [text.split() for text in reader.locator(".quick-links li").all_inner_texts()]
    assert links == [["Came", "true", "1"]]
    reader.click(".quick-links a")
    assert counted(reader) == 1
    assert reader.locator(".outcome strong").all_inner_texts() == ["Came true"]
    reader.click(".chips a")
    assert urlsplit(reader.url).path == address
    assert counted(reader) == 3


# --- no trace, no other host


@pytest.mark.usefixtures("_breaking")
def test_pages_request_and_store_nothing_elsewhere(visitor: Any, live_server: Any) -> None:
    pages = one_of_each.furnish()
    complaints: list[str] = []
    elsewhere: list[str] = []
    here = urlsplit(live_server.url).netloc
    visitor.on("console", lambda told: complaints.append(f"{visitor.url}: {told.text}"))
    visitor.on("request", lambda asked: urlsplit(asked.url).netloc == here or elsewhere.append(asked.url))
    kept = set()
    for language in LANGUAGES:
        for address in pages.values():
            answer = visitor.goto(f"{language}{address}")
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            kept |= set(answer.headers) & {"set-cookie", "vary"} - {"vary"}
    # Chromium logs the page's own 404, 410 or 500.
    complaints = [told for told in complaints if "Failed to load resource" not in told]
    assert (complaints, elsewhere, kept, visitor.context.cookies()) == ([], [], set(), [])


# --- languages


UNMARKED = r"""own => {
    const found = [];
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const at = words.currentNode.parentElement;
        const names = at.closest("script, option, [href*='/entities/'], .names-only");
        if (!/[一-鿿]/.test(words.currentNode.data) || names) continue;
        if (!at.closest("[lang]").lang.startsWith("zh")) found.push(`foreign: ${at.outerHTML.slice(0, 100)}`);
    }
    // What the page itself says stands in the page's language, wherever it is said.
    const said = ".action, .status-icon + .visually-hidden, .outcome > strong, .status-note, .label, .n, "
        + ".review-status, time, .page-section > h2, "
        + "summary:not(.original > summary), nav";
    for (const each of document.querySelectorAll(said)) {
        if (!/\p{L}/u.test(each.textContent)) continue;
        if (each.closest("[lang]").lang !== own) found.push(`own: ${each.outerHTML.slice(0, 100)}`);
    }
    return found;
}"""


@pytest.mark.usefixtures("_breaking")
@pytest.mark.parametrize(("language", "tag"), [("", "zh-Hans"), ("/en", "en")])
def test_chinese_text_has_lang_attribute(visitor: Any, language: str, tag: str) -> None:
    """Every run of Chinese has a Chinese `lang`, except names."""
    pages, wrong = one_of_each.furnish(), {}
    for name, address in pages.items():
        visitor.goto(f"{language}{address}")
        assert visitor.get_attribute("html", "lang") == tag, name
        if unmarked := visitor.evaluate(UNMARKED, tag):
            wrong[name] = unmarked
    assert wrong == {}


def test_only_translations_have_hreflang_links(visitor: Any) -> None:
    pages = one_of_each.furnish()
    translations = {"en": pages["episode"], "zh-Hans": pages["prose"], "zh-Hant": pages["traditional"]}
    links = """() => [...document.querySelectorAll("head link[rel=alternate][hreflang]")]
        .map(each => [each.hreflang, new URL(each.href).pathname])"""
    for language in LANGUAGES:
        for name, address in pages.items():
            visitor.goto(f"{language}{address}")
            told = dict(visitor.evaluate(links))
            if address in translations.values():
                expected = {code: f"{language}{path}" for code, path in translations.items()}
                assert told == expected | {"x-default": expected["en"]}
            else:
                assert told == {}, name


def test_traditional_chinese_is_marked(visitor: Any) -> None:
    pages = one_of_each.furnish()
    visitor.goto(f"/en{pages['traditional']}")
    assert visitor.get_attribute("h1", "lang") == "zh-Hant"
    assert "Chinese (Traditional)" in visitor.inner_text(".title .metadata")
    assert "TC" in visitor.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
    visitor.goto(pages["traditional"])
    assert visitor.get_attribute("h1", "lang") == "zh-Hant"
    visitor.goto(f"/en{pages['episode_list']}")
    assert visitor.locator(".card h2[lang=zh-Hant]").all_inner_texts() == ["機器與人"]
