"""Search in a browser: the box of every page, suggestions, results, marked words on the page of an episode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from episodes import derived
from episodes.models import Episode, Section
from people.models import Speaker
from tests import factories
from tests.browser import one_of_each
from tests.browser.test_axe import checked
from tests.browser.test_links_into_prose import settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The policy of the pages must allow the script of the box to ask for suggestions.
KEEPS_POLICY = True

SIZES = {"wide": one_of_each.WIDE, "narrow": one_of_each.PHONE}
# By the language prefix of the pages: what is typed for a suggestion, its name, what is searched.
TYPED = {"": ("姚", "姚期智", "蒸汽机"), "/en": ("Grac", "Grace Hopper", "steam engine")}
# Text before and behind the words, more than a screen high.
FILLER = {"": "这一句说的是别的事，与所找的毫无关系。" * 40, "/en": "This sentence is about other things. " * 40}
WORDS = {"": "最后，矿山里的第一台蒸汽机抽的是水。", "/en": "Finally, the first steam engine of the mine pumped water."}
LANGUAGES = {"": "zh-Hans", "/en": "en"}
IN_VIEW = """all => all.some(each => {
    const box = each.getBoundingClientRect();
    return box.height && box.top >= 0 && box.bottom <= innerHeight;
})"""

both = pytest.mark.parametrize("prefix", TYPED, ids=["Chinese", "English"])
sizes = pytest.mark.parametrize("size", SIZES)


def library(prefix: str) -> Episode:
    """Create a long episode with the words far below, its speaker, and another episode."""
    made = factories.public_episode(title="A long talk", language=LANGUAGES[prefix])
    filler = "\n\n".join([FILLER[prefix]] * 4)
    text = f"{filler}\n\n{WORDS[prefix]}\n\n{filler}"
    Section.objects.create(episode=made, heading="Mines", text=text, order=1, status="accepted")
    factories.appearance(made, Speaker.objects.create(name=TYPED[prefix][1], slug="who"))
    other = factories.public_episode(title="Another talk", language=LANGUAGES[prefix])
    for each in (made, other):
        derived.store_html(each)
        derived.store_passages(each)
    return made


def visible_marks(page: Any) -> list[str]:
    return [each.lower() for each in page.locator("article.episode mark").all_inner_texts()]


@both
@sizes
def test_keys_choose_a_suggestion(visitor: Any, prefix: str, size: str) -> None:
    library(prefix)
    start, name, _words = TYPED[prefix]
    visitor.set_viewport_size(SIZES[size])
    visitor.goto(f"{prefix}{reverse('home')}")
    box, keys = visitor.locator("#header-q"), visitor.keyboard
    box.focus()
    keys.insert_text(start)
    links = visitor.locator(".header-search .suggestions a")
    links.first.wait_for()
    assert [text.split("\n")[0] for text in links.all_inner_texts()] == [name]
    edges = links.first.bounding_box()
    assert edges["x"] >= 0
    assert edges["x"] + edges["width"] <= SIZES[size]["width"]
    keys.press("ArrowDown")
    assert visitor.evaluate("document.activeElement.matches('.suggestions a')")
    keys.press("ArrowUp")
    assert visitor.evaluate("document.activeElement.id") == "header-q"
    keys.press("ArrowDown")
    keys.press("Enter")
    visitor.wait_for_url(f"**{Speaker.objects.get().get_absolute_url()}")


def test_escape_closes_suggestions(visitor: Any) -> None:
    library("/en")
    visitor.goto("/en/")
    visitor.locator("#header-q").press_sequentially("Grac")
    visitor.locator(".suggestions a").wait_for()
    visitor.keyboard.press("ArrowDown")
    visitor.keyboard.press("Escape")
    assert visitor.locator(".suggestions").count() == 0
    assert visitor.evaluate("document.activeElement.id") == "header-q"


@both
@sizes
def test_result_leads_to_marked_words(visitor: Any, prefix: str, size: str) -> None:
    made, words = library(prefix), TYPED[prefix][2]
    visitor.set_viewport_size(SIZES[size])
    visitor.goto(f"{prefix}{reverse('home')}")
    visitor.locator("#header-q").focus()
    visitor.keyboard.insert_text(words)
    visitor.keyboard.press("Enter")
    visitor.wait_for_url(f"**{reverse('search')}?q=*")
    assert visitor.locator("#id_q").input_value() == words
    assert visitor.locator(".hit").count() == 1
    snippet = visitor.locator(".hit .snippet a").first
    assert "".join(snippet.locator("mark").all_inner_texts()).lower().replace(" ", "") == words.replace(" ", "")
    snippet.click()
    visitor.wait_for_url(f"**{made.get_absolute_url()}#p-*")
    visitor.locator("article.episode mark").first.wait_for()
    assert "".join(visible_marks(visitor)).replace(" ", "") == words.replace(" ", "")
    settled(visitor)
    assert visitor.locator("article.episode mark").evaluate_all(IN_VIEW)
    # The marks belong to the result, not to the page.
    visitor.reload()
    assert visitor.locator("article.episode mark").count() == 0
    assert visitor.context.cookies() == []


@pytest.fixture
def scriptless(chromium: Any, _served: None, live_server: Any) -> Iterator[Any]:
    """Return a page of a browser without script."""
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


@both
@sizes
def test_search_works_without_script(scriptless: Any, prefix: str, size: str) -> None:
    made, words = library(prefix), TYPED[prefix][2]
    scriptless.set_viewport_size(SIZES[size])
    scriptless.goto(f"{prefix}{reverse('home')}")
    scriptless.fill("#header-q", words)
    scriptless.click(".header-search button")
    assert scriptless.locator(".hit").count() == 1
    scriptless.locator(".hit .snippet a").first.click()
    path, _hash, anchor = unquote(scriptless.url).partition("#")
    assert path.endswith(made.get_absolute_url())
    place = scriptless.locator(f"[id='{anchor.partition(':~:')[0]}']")
    assert WORDS[prefix] in place.inner_text()
    settled(scriptless)
    box = place.bounding_box()
    assert 0 <= box["y"] < SIZES[size]["height"]


def test_header_box_stands_once_and_fits(visitor: Any) -> None:
    """On phones it is as wide as the text. The page of search has its own box."""
    library("/en")
    boxes = {}
    for size, viewport in SIZES.items():
        visitor.set_viewport_size(viewport)
        visitor.goto("/en/")
        boxes[size] = visitor.locator(".header-search").bounding_box()
        visitor.goto("/en/search/?q=steam")
        assert visitor.locator("input[name=q]:visible").count() == 1
    text = visitor.locator("main h1").bounding_box()
    assert boxes["narrow"]["x"] == pytest.approx(text["x"], abs=1)
    assert boxes["narrow"]["width"] == pytest.approx(one_of_each.PHONE["width"] - 2 * text["x"], abs=1)
    assert boxes["wide"]["width"] < 400


@both
def test_suggestions_have_no_axe_violation(visitor: Any, prefix: str) -> None:
    library(prefix)
    visitor.add_init_script(Axe().axe_script)
    visitor.goto(f"{prefix}{reverse('home')}")
    visitor.locator("#header-q").press_sequentially(TYPED[prefix][0])
    visitor.locator(".suggestions a").first.wait_for()
    assert checked(visitor, "suggestions") == {}
