"""Reporting an error in a browser, with and without script."""

import time

import pytest

from episodes import derived
from episodes.models import Finding
from tests import factories
from tests.browser.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SELECT = """() => {
    const words = document.querySelector(".text .prose.body p").firstChild;
    getSelection().setBaseAndExtent(words, 0, words, 4);
}"""


@pytest.fixture
def episode():
    made = factories.full_episode(title="On engines")
    derived.store_html(made)
    return made


def send(page, words):
    page.fill("#id_message", words)
    # Reports sent within MIN_AGE are refused.
    time.sleep(2.5)
    page.click("form.report button")
    assert page.url.partition("?")[0].endswith("/report/thanks/")
    assert page.context.cookies() == []


def test_selected_words_are_reported(visitor, episode):
    visitor.goto(f"/en{episode.get_absolute_url()}")
    visitor.evaluate(SELECT)
    visitor.click(".selection-toolbar a:text-is('Report an error')")
    send(visitor, "It was fewer.")
    finding = Finding.objects.get()
    assert finding.message == "It was fewer.\n“Some”"
    # The finding is shown on the review screen.
    sign_in(visitor, factories.editor())
    visitor.goto(f"/en/admin/episodes/episode/{episode.pk}/review/?at=section-{episode.sections.get().pk}")
    assert "It was fewer." in visitor.inner_text("#review")


@pytest.mark.usefixtures("_served")
def test_a_quote_is_reported_without_a_script(chromium, live_server, episode):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/en{episode.get_absolute_url()}")
    page.click(f"#q{episode.quotes.get().pk} a:text-is('Report an error')")
    assert page.inner_text("blockquote") == "Words as spoken."
    send(page, "She never said so.")
    assert Finding.objects.get().target == episode.quotes.get()
    page.click("text=Back to the page")
    assert page.url.endswith(f"{episode.get_absolute_url()}#q{episode.quotes.get().pk}")
    context.close()
