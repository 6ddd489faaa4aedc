"""Words typed at the desk are never lost: on the review screen of the two real notes that measure everything."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session

from episodes.models import Decision, Episode, Quote, Section
from tests import factories
from tests.browser.steps import sign_in
from tests.browser.test_review import imported, kind, press, review, settled, shown

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BOX = {"quote": "text", "section": "text", "summary": "summary"}
PASSWORD = "a-long-test-password"


@pytest.fixture(params=["002", "004"])
def at(request, visitor):
    """(page, episode, address of a thing, its model): a section of plain prose, a quote of rich items."""
    episode = imported(request.param)
    row = (
        Section.objects.order_by("order").first() if request.param == "002" else Quote.objects.order_by("start").first()
    )
    factories.second_editor()
    sign_in(visitor, factories.editor())
    review(visitor, episode, f"?at={name(row)}")
    return visitor, episode, row


def name(row):
    return f"{row._meta.model_name}-{row.pk}"


def box(page):
    return page.locator("#review-panel .judge textarea[name=text]")


def write(page, words):
    press(page, "e")
    page.keyboard.type(words)


def stored(row):
    row.refresh_from_db()
    return row.text


def kept(page):
    """The words kept in the browser, of all entries."""
    entries = page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('greenroom-typed:'))")
    return [json.loads(value)["fields"] for _key, value in entries]


def wait_kept(page):
    page.wait_for_function("Object.keys(localStorage).some(key => key.startsWith('greenroom-typed:'))")


def end_sessions():
    Session.objects.all().delete()


def log_in_elsewhere(page, user):
    other = page.context.new_page()
    other.goto("/en/admin/login/")
    other.fill("#id_username", user.username)
    other.fill("#id_password", PASSWORD)
    other.click("input[type=submit]")
    # A page closed while it still loads has been seen never to close.
    other.wait_for_selector("#user-tools")
    other.close()


def test_session_ended_login_in_place_then_saved(at):
    page, _episode, row = at
    before = row.text
    write(page, " Typed.")
    end_sessions()
    press(page, "Control+Enter")
    page.wait_for_selector("#desk-login")
    assert "signed out" in page.inner_text("#desk-login")
    assert (shown(page), box(page).input_value()) == (name(row), f"{before} Typed.")
    assert stored(row) == before
    page.fill("#desk-login input[type=password]", PASSWORD)
    press(page, "Enter")
    page.wait_for_selector("#desk-login >> text=logged in again")
    assert page.evaluate("document.activeElement.name") == "text"
    press(page, "Control+Enter")
    settled(page)
    assert (stored(row), row.status, kept(page)) == (f"{before} Typed.", "accepted", [])


def test_session_ended_login_elsewhere_then_saved(at):
    page, _episode, row = at
    before = row.text
    write(page, " Typed.")
    end_sessions()
    press(page, "Control+Enter")
    page.wait_for_selector("#desk-login")
    log_in_elsewhere(page, factories.editor())
    box(page).focus()
    press(page, "Control+Enter")
    page.wait_for_selector("#desk-login", state="detached")
    settled(page)
    assert (stored(row), row.status) == (f"{before} Typed.", "accepted")


def test_new_csrf_token_is_taken_without_a_word(at):
    page, _episode, row = at
    write(page, " Typed.")
    end_sessions()
    log_in_elsewhere(page, factories.editor())
    press(page, "Control+Enter")
    settled(page)
    assert row.text + " Typed." == stored(row)
    assert page.locator("#desk-login").count() == 0


def test_another_user_saves_nothing_and_words_stay(at):
    page, _episode, row = at
    before = row.text
    write(page, " Typed.")
    end_sessions()
    log_in_elsewhere(page, factories.second_editor())
    press(page, "Control+Enter")
    page.wait_for_selector("#desk-login")
    assert "logged in as edgar, and these words were typed by edith" in page.inner_text("#desk-login")
    assert (box(page).input_value(), stored(row)) == (f"{before} Typed.", before)
    page.fill("#desk-login input[type=password]", PASSWORD)
    press(page, "Enter")
    page.wait_for_selector("#desk-login >> text=logged in again")
    press(page, "Control+Enter")
    settled(page)
    assert stored(row) == f"{before} Typed."
    assert set(Decision.objects.values_list("by__username", flat=True)) == {"edith"}


@pytest.mark.parametrize("way", ["link", "back", "close"])
def test_leaving_with_unsaved_words_asks_first(at, way):
    page, _episode, _row = at
    asked = []
    write(page, " Typed.")

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    if way == "link":
        page.click("#header a >> nth=0")
        page.wait_for_timeout(300)
    elif way == "back":
        page.evaluate("history.back()")
        page.wait_for_timeout(300)
    else:
        page.close(run_before_unload=True)
        page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert box(page).input_value().endswith(" Typed.")
    page.remove_listener("dialog", stay)


def test_leaving_without_unsaved_words_does_not_ask(at):
    page, episode, _row = at
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    press(page, "e", "Escape")
    review(page, episode)
    write_and_save = ["e", "a", "Control+Enter"]
    press(page, *write_and_save)
    settled(page)
    page.goto("/en/admin/")
    assert asked == []


def test_words_are_offered_again_and_put_back_by_a_press(at):
    page, episode, row = at
    before = row.text
    write(page, " Typed.")
    wait_kept(page)
    review(page, episode, f"?at={name(row)}")
    assert box(page).input_value() == before
    assert "unsaved words from" in page.inner_text(".unsaved-offer")
    assert page.locator(".unsaved-offer .moved").count() == 0
    page.click(".unsaved-offer button:text-is('Restore')")
    assert box(page).input_value() == f"{before} Typed."
    assert stored(row) == before
    page.locator("#review-panel .judge textarea[name=text]").press("Control+Enter")
    settled(page)
    assert (stored(row), kept(page)) == (f"{before} Typed.", [])
    review(page, episode, f"?at={name(row)}")
    assert page.locator(".unsaved-offer").count() == 0


def test_discarded_words_are_not_offered_again(at):
    page, episode, row = at
    write(page, " Typed.")
    wait_kept(page)
    review(page, episode, f"?at={name(row)}")
    page.click(".unsaved-offer button:text-is('Discard')")
    assert kept(page) == []
    review(page, episode, f"?at={name(row)}")
    assert page.locator(".unsaved-offer").count() == 0


def test_words_over_another_version_come_with_a_hint(at):
    page, episode, row = at
    write(page, " Typed.")
    wait_kept(page)
    type(row).objects.filter(pk=row.pk).update(text="Other words.", version=row.version + 1)
    review(page, episode, f"?at={name(row)}")
    assert "has changed since" in page.inner_text(".unsaved-offer .moved")
    assert box(page).input_value() == "Other words."


def test_new_words_do_not_replace_words_that_are_offered(at):
    page, episode, row = at
    write(page, " First.")
    wait_kept(page)
    review(page, episode, f"?at={name(row)}")
    write(page, " Second.")
    page.wait_for_timeout(500)
    texts = {fields["text"] for fields in kept(page)}
    assert texts == {f"{row.text} First.", f"{row.text} Second."}


def test_another_user_is_offered_nothing(at):
    page, episode, row = at
    write(page, " Typed.")
    wait_kept(page)
    sign_in(page, factories.second_editor())
    review(page, episode, f"?at={name(row)}")
    assert page.locator(".unsaved-offer").count() == 0


def test_logout_forgets_the_words(at):
    page, _episode, _row = at
    write(page, " Typed.")
    wait_kept(page)
    page.click("#logout-form button")
    page.wait_for_load_state()
    page.goto("/en/admin/login/")
    assert kept(page) == []


def test_offline_and_back_the_cursor_is_in_the_box(at):
    page, _episode, row = at
    before = row.text
    write(page, " Typed.")
    page.context.set_offline(True)
    press(page, "Control+Enter")
    page.wait_for_selector(".review-said.wrong")
    page.context.set_offline(False)
    page.wait_for_function("navigator.onLine")
    assert page.evaluate("document.activeElement.name") == "text"
    page.keyboard.type(" More.")
    assert box(page).input_value() == f"{before} Typed. More."
    press(page, "Control+Enter")
    settled(page)
    assert stored(row) == f"{before} Typed. More."


@pytest.mark.parametrize("key", ["j", "k", " "])
def test_moving_on_saves_no_half_written_words(at, key):
    page, episode, row = at
    before = row.text
    write(page, " Half")
    press(page, "Escape", key)
    settled(page)
    assert shown(page) != name(row)
    assert (stored(row), row.status) == (before, "draft")
    assert "Not saved." in page.inner_text("#review-said")
    review(page, episode, f"?at={name(row)}")
    page.click(".unsaved-offer button:text-is('Restore')")
    assert box(page).input_value() == f"{before} Half"


def test_undo_elsewhere_keeps_words_of_the_open_panel(at):
    page, episode, row = at
    press(page, "a")
    settled(page)
    other = shown(page)
    write(page, " Half")
    press(page, "Escape", "u")
    settled(page)
    assert shown(page) == name(row)
    assert "Undone:" in page.inner_text("#review-said")
    assert "Not saved." in page.inner_text("#review-said")
    assert (stored(row), row.status, Episode.objects.get().status) == (row.text, "draft", "draft")
    review(page, episode, f"?at={other}")
    page.click(".unsaved-offer button:text-is('Restore')")
    assert page.locator("#review-panel .judge textarea >> nth=0").input_value().endswith(" Half")


def test_refused_undo_leaves_words_in_their_box(at):
    page, _episode, row = at
    before = row.text
    write(page, " Half")
    press(page, "Escape", "u")
    settled(page)
    assert "nothing to undo" in page.inner_text("#review-said")
    assert (shown(page), box(page).input_value()) == (name(row), f"{before} Half")


def test_undo_of_the_open_thing_offers_its_words(at):
    page, episode, row = at
    press(page, "a")
    settled(page)
    review(page, episode, f"?at={name(row)}")
    write(page, " Half")
    press(page, "Escape", "u")
    settled(page)
    assert (shown(page), box(page).input_value()) == (name(row), f"{row.text} Half")


def test_one_press_and_undo_leaves_a_draft(at):
    page, episode, row = at
    press(page, "a")
    settled(page)
    assert Episode.objects.get().status == "in_review"
    press(page, "u")
    settled(page)
    said = page.inner_text("#review-said")
    assert "draft again" in said
    assert str(row)[:20] in said
    assert shown(page) == name(row)
    now = Episode.objects.get(pk=episode.pk)
    assert (now.status, now.claimed_by, kind(page)) == ("draft", None, row._meta.model_name)


def test_passwords_and_tokens_are_not_kept(at):
    page, _episode, _row = at
    write(page, " Typed.")
    end_sessions()
    press(page, "Control+Enter")
    page.wait_for_selector("#desk-login")
    page.fill("#desk-login input[type=password]", "secret-secret")
    page.wait_for_timeout(400)
    everything = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    token = page.locator("input[name=csrfmiddlewaretoken] >> nth=0").input_value()
    assert " Typed." in everything
    assert "secret-secret" not in everything
    assert token not in everything


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_what_is_said(visitor, scheme, width):
    page, episode = visitor, imported("004")
    row = Quote.objects.order_by("start").first()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, factories.editor())
    review(page, episode, f"?at={name(row)}")
    write(page, " Typed.")
    wait_kept(page)
    Quote.objects.update(version=7)
    review(page, episode, f"?at={name(row)}")
    page.click(".unsaved-offer summary")
    page.evaluate(
        "document.querySelector('#review-panel > article').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Process', code: 'KeyJ', bubbles: true}))"
    )
    write(page, " Typed.")
    end_sessions()
    press(page, "Control+Enter")
    page.wait_for_selector("#desk-login")
    broken = Axe().run(page).response["violations"]
    assert [(each["id"], node["html"][:120]) for each in broken for node in each["nodes"]] == []
    assert page.inner_text(".unsaved-offer dt >> nth=0").lower() == "text"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
