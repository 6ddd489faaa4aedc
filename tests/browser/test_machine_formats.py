"""JSON-LD, copy buttons and share cards in a browser under the page policy."""

import pytest

from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_policy_allows_json_ld_block(visitor):
    episode = factories.full_episode()
    complaints = []
    visitor.on("console", lambda message: complaints.append(message.text))
    for thing in (episode, episode.quotes.get(), episode.predictions.get()):
        visitor.goto(thing.get_absolute_url())
        block = "JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').textContent)"
        assert visitor.evaluate(f"{block}['@context']") == "https://schema.org"
    assert complaints == []


def test_quote_is_copied_and_card_opens(visitor):
    episode = factories.full_episode(title="On looms")
    quote = episode.quotes.get()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.goto(f"/en{quote.get_absolute_url()}")
    shown = visitor.get_attribute("meta[property='og:image']", "content")
    assert visitor.request.get(shown).headers["content-type"] == "image/png"
    told = [visitor.get_attribute(f"meta[property='og:image:{side}']", "content") for side in ("width", "height")]
    assert told == ["1200", "630"]
    visitor.click("button[data-copy]")
    visitor.wait_for_selector("button[data-copy]:text-is('Copied')")
    copied = visitor.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied == ["“Words as spoken.”", "— Ada · On looms", visitor.url]
    visitor.click("a:text-is('Share card')")
    assert visitor.url == shown
    assert visitor.evaluate("[document.images[0].naturalWidth, document.images[0].naturalHeight]") == [1200, 630]
