"""The review screen on the two real reference notes, by keyboard alone."""

import re
import statistics

import pytest
from django.core.management import call_command

from episodes.models import ITEMS, Decision, Episode, Finding, Prediction, Quote, Section
from tests import factories
from tests.browser.steps import leave, sign_in
from tests.shared import NOTES, require

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def imported(number):
    require(NOTES.is_dir(), f"the real notes are not at {NOTES}")
    path = next((NOTES / "seeds").glob(f"{number}_*.md"))
    call_command("loaddata", path, verbosity=0)
    return Episode.objects.get()


def review(page, episode, at=""):
    page.goto(f"/en/admin/episodes/episode/{episode.pk}/review/{at}")
    page.wait_for_selector("#review-panel > article")


def shown(page):
    return page.get_attribute("#review-panel > article", "data-id")


def kind(page):
    return page.get_attribute("#review-panel > article", "data-kind")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def settled(page):
    """Wait until every request is answered, so that the screen shows what is stored."""
    page.wait_for_selector("#review:not([aria-busy=true])")


def open_things(page):
    return page.locator("#review-panel > article").get_attribute("data-kind") != "done"


def test_keyboard_review_to_evergreen(visitor):
    episode = imported("004")
    page = visitor
    factories.second_editor()
    sign_in(page, factories.editor())
    # The address of the recording has no key.
    page.goto(f"/en/admin/episodes/episode/{episode.pk}/change/")
    page.fill("#id_source_url", "https://www.youtube.com/watch?v=aaaaaaaaaaa")
    page.click("text=Save and continue editing")
    review(page, episode)
    assert "0 of 269" in page.inner_text("#review-progress")

    # Speaker labels: the focus is on the first unidentified one.
    assert shown(page) == "speakers"
    for _ in range(2):
        press(page, "1")
        settled(page)
    assert not Quote.objects.filter(speaker=None).exists()
    assert not Prediction.objects.filter(speaker=None).exists()

    # Three impossible times: one key applies the fix, one more accepts.
    for _ in range(3):
        assert page.locator(".thing-finding .state-error").count() == 1
        press(page, "r")
        page.wait_for_selector(".thing-finding .state-error", state="detached")
        settled(page)
        press(page, "a")
        settled(page)
    assert not Finding.objects.blocking().exists()

    # A quote: time one second later, another word, accepted together.
    assert kind(page) == "quote"
    first = Quote.objects.get(pk=shown(page).split("-")[1])
    press(page, "]", "]", "e")
    page.keyboard.type("！")
    press(page, "Control+Enter")
    settled(page)
    after = Quote.objects.get(pk=first.pk)
    assert (after.start, after.text, after.status) == (first.start + 2, f"{first.text}！", "accepted")

    # A mistake, undone: the thing is shown as before.
    rejected = shown(page)
    press(page, "x", "6")
    settled(page)
    assert Decision.objects.filter(to_status="rejected", reason="trivial").count() == 1
    press(page, "u")
    settled(page)
    assert shown(page) == rejected
    assert not Quote.objects.filter(status="rejected").exists()

    # Everything else, one key each.
    for _ in range(400):
        if kind(page) in ("names", "done"):
            break
        here = shown(page)
        press(page, "a")
        page.wait_for_function("id => document.querySelector('#review-panel > article').dataset.id !== id", arg=here)
        settled(page)
    assert kind(page) == "names"
    press(page, "a")
    settled(page)
    # Names not found in the text are decided one by one.
    while kind(page) == "names":
        press(page, "j", "a")
        settled(page)
    assert kind(page) == "done"
    assert not any(model.objects.undecided().exists() for model in (Section, *ITEMS))
    press(page, "a")
    page.wait_for_selector(".messagelist")
    episode.refresh_from_db()
    assert episode.status == "approved"

    sign_in(page, factories.publisher())
    page.goto(f"/en/admin/episodes/episode/{episode.pk}/change/")
    page.click("button:text-is('Publish')")
    assert Episode.objects.public().get() == episode

    sign_in(page, factories.verifier())
    review(page, episode)
    assert "0 of 53" in page.inner_text("#review-progress")
    for _ in range(60):
        if kind(page) == "done":
            break
        here = shown(page)
        press(page, "a")
        page.wait_for_function("id => document.querySelector('#review-panel > article').dataset.id !== id", arg=here)
        settled(page)
    press(page, "a")
    page.wait_for_selector(".messagelist")
    episode.refresh_from_db()
    assert episode.status == "evergreen"
    leave(page)
    page.goto(episode.get_absolute_url())
    assert after.text in page.inner_text("main")


def select(page, words):
    """Select text as with the mouse."""
    page.evaluate(
        """words => {
            const prose = document.querySelector("#review-panel .prose");
            const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf(words);
                if (at >= 0) {
                    const range = document.createRange();
                    range.setStart(walker.currentNode, at);
                    range.setEnd(walker.currentNode, at + words.length);
                    const selection = document.getSelection();
                    selection.removeAllRanges();
                    selection.addRange(range);
                    return;
                }
            }
            throw new Error(`not found: ${words}`);
        }""",
        words,
    )


def test_prose_review_with_fix_and_quote(visitor):
    episode = imported("002")
    page = visitor
    factories.second_editor()
    sign_in(page, factories.editor())
    review(page, episode)
    assert shown(page) == "summary"
    press(page, "a")
    settled(page)

    # A name, everywhere in the episode.
    assert kind(page) == "section"
    wrong = sum(section.text.count("ClaudePlaysPokemon") for section in Section.objects.all())
    assert wrong > 0
    select(page, "ClaudePlaysPokemon")
    press(page, "w")
    page.keyboard.type("Claude Plays Pokémon")
    page.check("#review-select [name=everywhere]")
    page.click("#review-select button[value=fix]")
    settled(page)
    assert not Section.objects.filter(text__contains="ClaudePlaysPokemon").exists()
    assert sum(section.text.count("Claude Plays Pokémon") for section in Section.objects.all()) == wrong

    # A sentence becomes a quote with its speaker.
    sentence = "真正的软件工程"
    select(page, sentence)
    press(page, "w")
    page.select_option("#review-select [name=speaker]", index=1)
    page.click("#review-select button[value=quote]")
    settled(page)
    made = Quote.objects.get()
    assert (made.text, made.status, made.speaker.name) == (sentence, "accepted", "Dwarkesh Patel")

    for _ in range(40):
        if kind(page) == "names":
            break
        here = shown(page)
        press(page, "a")
        page.wait_for_function("id => document.querySelector('#review-panel > article').dataset.id !== id", arg=here)
        settled(page)
    assert Section.objects.filter(status="accepted").count() == 29
    press(page, "a")
    settled(page)
    while kind(page) == "names":
        press(page, "j", "a")
        settled(page)
    press(page, "a")
    page.wait_for_selector(".messagelist")
    sign_in(page, factories.publisher())
    page.goto(f"/en/admin/episodes/episode/{episode.pk}/change/")
    page.click("button:text-is('Publish')")
    leave(page)
    page.goto(episode.get_absolute_url())
    assert "Claude Plays Pokémon" in page.text_content("main")
    assert sentence in page.inner_text("#quotes")


def test_from_a_key_to_the_next_thing(visitor):
    """Print the time until the next thing can be read; it is never asserted."""
    episode = imported("004")
    page = visitor
    sign_in(page, factories.editor())
    review(page, episode, "?at=quote-" + str(Quote.objects.order_by("start").first().pk))
    page.evaluate(
        """() => {
            window.took = [];
            let pressed = 0;
            document.addEventListener("keydown", () => { pressed = performance.now(); }, true);
            new MutationObserver(() => requestAnimationFrame(() => window.took.push(performance.now() - pressed)))
                .observe(document.getElementById("review-panel"), { childList: true });
        }"""
    )
    for _ in range(30):
        press(page, "a")
        settled(page)
    took = page.evaluate("window.took")
    print(f"\nfrom key to next thing: median {statistics.median(took):.0f} ms, longest {max(took):.0f} ms")
    assert len(took) == 30
    assert Quote.objects.filter(status="accepted").count() + Prediction.objects.filter(status="accepted").count() == 30
    assert re.match(r"30 of 269", page.inner_text("#review-progress"))
