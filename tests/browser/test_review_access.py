"""Accessibility of the review screen: axe, no script, input method, phone, two users."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from episodes.models import Quote
from tests import factories
from tests.browser.steps import sign_in
from tests.browser.test_review import press, review, settled, shown
from tests.episodes.desk.review.screen import held, thing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def episode():
    made = held(source_url="https://www.youtube.com/watch?v=aaaaaaaaaaa", source_id="youtube:aaaaaaaaaaa")
    factories.quote(made, text="Open.", start=5, label="guest", status="draft")
    made.findings.create(
        code="c", severity="error", message="Wrong.", origin="person", target=made.quotes.last(), repair={"start": 1}
    )
    made.tags.add("engines")
    return made


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(visitor, episode, scheme, width):
    page = visitor
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, factories.editor())
    found = []
    places = ["speakers", "names", "summary", thing(episode.sections.first()), thing(episode.quotes.last())]
    for at in places:
        review(page, episode, f"?at={at}")
        if at == places[-1]:
            press(page, "e", "Escape", "x")
        results = Axe().run(page)
        found += [
            (at, broken["id"], node["html"][:120])
            for broken in results.response["violations"]
            for node in broken["nodes"]
        ]
    assert found == [], "\n".join(map(str, found))


def test_keys_are_off_while_typing_or_composing(visitor, episode):
    page = visitor
    sign_in(page, factories.editor())
    quote = episode.quotes.get(text="Early.")
    review(page, episode, f"?at={thing(quote)}")
    press(page, "e")
    page.keyboard.type("a x u")
    assert shown(page) == thing(quote)
    assert page.input_value("#review-panel [name=text]") == "Early.a x u"
    press(page, "Escape")
    # Keys that choose a candidate belong to the input method.
    page.evaluate(
        "document.querySelector('#review-panel > article').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'a', isComposing: true, bubbles: true}))"
    )
    settled(page)
    quote.refresh_from_db()
    assert quote.status == "draft"


def test_disabled_keys_stay_disabled(visitor, episode):
    page = visitor
    sign_in(page, factories.editor())
    review(page, episode, "?at=summary")
    press(page, "?")
    page.uncheck("#review-keys-on")
    press(page, "a")
    page.reload()
    page.locator("#review-panel > article").focus()
    press(page, "a")
    settled(page)
    episode.refresh_from_db()
    assert (shown(page), episode.summary_status) == ("summary", "draft")
    page.click("#review-panel button[value=accept]")
    settled(page)
    episode.refresh_from_db()
    assert episode.summary_status == "accepted"


def test_result_is_announced_and_focus_moves(visitor, episode):
    page = visitor
    sign_in(page, factories.editor())
    review(page, episode, "?at=summary")
    press(page, "a")
    settled(page)
    assert page.get_attribute("#review-message", "role") == "status"
    assert page.inner_text("#review-message") == "Accepted."
    assert page.evaluate("document.activeElement.dataset.id") == shown(page) == thing(episode.sections.first())


def test_conflict_is_shown_with_user_and_change(visitor, episode):
    page = visitor
    sign_in(page, factories.editor())
    quote = episode.quotes.get(text="Early.")
    review(page, episode, f"?at={thing(quote)}")
    Quote.objects.filter(pk=quote.pk).update(status="rejected", reject_code="trivial", version=2)
    press(page, "a")
    page.wait_for_selector(".problem")
    assert shown(page) == thing(quote)
    assert "Someone else changed this in the meantime" in page.inner_text(".problem")
    quote.refresh_from_db()
    assert quote.status == "rejected"


def test_typed_text_returns_when_offline(visitor, episode):
    page = visitor
    sign_in(page, factories.editor())
    quote = episode.quotes.get(text="Early.")
    review(page, episode, f"?at={thing(quote)}")
    press(page, "e")
    page.keyboard.type(" Typed.")
    page.context.set_offline(True)
    press(page, "Control+Enter")
    page.wait_for_selector(".review-message.wrong")
    assert (shown(page), page.input_value("#review-panel [name=text]")) == (thing(quote), "Early. Typed.")
    page.context.set_offline(False)
    assert page.evaluate("document.activeElement.name") == "text"
    press(page, "Control+Enter")
    settled(page)
    quote.refresh_from_db()
    assert (quote.text, quote.status) == ("Early. Typed.", "accepted")


def test_fast_keys_decide_one_thing_each(visitor, episode):
    page = visitor
    sign_in(page, factories.editor())
    review(page, episode, "?at=summary")
    press(page, "a", "a", "a", "a", "a", "a")
    settled(page)
    assert page.locator(".problem").count() == 0
    episode.refresh_from_db()
    decided = (episode.summary_status, *episode.sections.values_list("status", flat=True))
    assert decided[0] == "accepted"
    assert set(decided) <= {"accepted", "draft"}


def test_recording_loads_only_on_play(visitor, episode):
    page = visitor
    asked = []
    page.context.route(
        "https://www.youtube-nocookie.com/**", lambda route: (asked.append(route.request.url), route.abort())
    )
    sign_in(page, factories.editor())
    review(page, episode, f"?at={thing(episode.quotes.get(text='Early.'))}")
    assert asked == []
    press(page, "p")
    page.wait_for_selector(".player iframe")
    assert page.get_attribute(".player iframe", "src").endswith("?start=55&autoplay=1")


@pytest.mark.usefixtures("_served")
def test_without_script_everything_is_a_form(chromium, live_server, episode):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, factories.editor())
    page.goto(f"/en/admin/episodes/episode/{episode.pk}/review/")
    page.locator("form.label.open").locator("button", has_text="Ada").click()
    assert not Quote.objects.filter(speaker=None).exists()
    page.goto(f"/en/admin/episodes/episode/{episode.pk}/review/?at=summary")
    page.click("button[value=accept]")
    section = episode.sections.first()
    assert page.get_attribute("#review-panel > article", "data-id") == thing(section)
    page.click(".edit summary")
    page.fill("[name=text]", "Other words.")
    page.click("button[value=accept]")
    section.refresh_from_db()
    assert (section.text, section.status) == ("Other words.", "accepted")
    page.click(".codes summary")
    page.click("button[value='reject:trivial']")
    assert episode.sections.last().reject_code == "trivial"
    page.click("button[value=undo]")
    assert episode.sections.last().status == "draft"
    context.close()


def test_nothing_overflows_on_a_phone(visitor, episode):
    page = visitor
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, factories.editor())
    for at in ("speakers", "names", "summary", thing(episode.sections.first()), thing(episode.quotes.last())):
        review(page, episode, f"?at={at}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, at


def test_enter_in_input_presses_its_button(visitor, episode):
    page = visitor
    sign_in(page, factories.editor())
    review(page, episode, "?at=speakers")
    box = page.locator("form.label.open input[name=new]").first
    box.fill("Grace")
    box.press("Enter")
    settled(page)
    assert episode.quotes.get(text="Open.").speaker.name == "Grace"


def test_a_key_held_down_decides_once(visitor, episode):
    page = visitor
    sign_in(page, factories.editor())
    review(page, episode, "?at=summary")
    page.keyboard.down("a")
    for _ in range(5):
        # The browser repeats it.
        page.keyboard.down("a")
    page.keyboard.up("a")
    settled(page)
    assert episode.decisions.filter(to_status="accepted").count() == 1


def test_no_key_publishes(visitor):
    by = factories.person("edith", "Editor", "Publisher")
    episode = factories.episode(status="in_review", claimed_by=by, claimed_at=timezone.now(), summary="")
    page = visitor
    sign_in(page, by)
    review(page, episode)
    assert page.locator("text=Approve and publish").count() == 1
    press(page, "a", "a")
    settled(page)
    episode.refresh_from_db()
    assert episode.status == "in_review"
