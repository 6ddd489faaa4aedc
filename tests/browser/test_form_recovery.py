"""Unsaved text in forms of the desk and in the public form is never lost."""

import json
import time

import pytest
from django.utils import timezone

from episodes import derived
from episodes.models import Decision, Episode, Finding, Quote, Section
from episodes.workflow import revise
from people.models import Speaker
from tests import factories
from tests.browser.steps import sign_in
from tests.browser.test_form_recovery_review import (
    PASSWORD,
    end_sessions,
    log_in_elsewhere,
    wait_kept,
)
from tests.browser.test_review import imported

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAVE = "input[name=_continue] >> nth=0"
LONG = "It says something that nobody said in the recording."


def both():
    return factories.person("edith", "Editor", "Verifier", "Publisher", "Librarian")


@pytest.fixture
def desk(visitor):
    factories.second_editor()
    sign_in(visitor, both())
    return visitor


def form_of(row, view="change"):
    return f"/en/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/{view}/"


def kept(page):
    entries = page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('greenroom-typed:'))")
    return [json.loads(value)["fields"] for _key, value in entries]


def asks(page, leave):
    """Return whether leaving asked for confirmation; the page stays."""
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    leave(page)
    page.wait_for_timeout(300)
    page.remove_listener("dialog", stay)
    return asked == ["beforeunload"]


# Each form: creates its object; returns page, input, button, and the stored value to expect.


def column(model, name):
    """Return all values of one column as one text."""
    return lambda: "|".join(str(value) for value in model.objects.order_by("pk").values_list(name, flat=True))


def of_episode():
    return form_of(imported("002")), "#id_title", SAVE, column(Episode, "title")


def of_row_of_rich_episode():
    imported("004")
    return form_of(Quote.objects.order_by("pk").first()), "#id_context", SAVE, column(Quote, "context")


def of_section():
    imported("002")
    return form_of(Section.objects.order_by("order").first()), "#id_heading", SAVE, column(Section, "heading")


def of_speaker():
    return form_of(factories.speaker()), "#id_headline", SAVE, column(Speaker, "headline")


def bar(name):
    """Return (input for a reason, button) of a form in the bar."""
    form = f"form[action$='/{name}/']"
    return f"{form} [name=reason]", f"{form} button"


def of_withdrawal():
    return form_of(factories.public_episode()), *bar("withdraw"), column(Episode, "withdrawn_reason")


def of_request():
    row = factories.episode(status="in_review", claimed_by=factories.second_editor(), claimed_at=timezone.now())
    return form_of(row), *bar("request"), column(Finding, "message")


def of_waiver():
    fault = {"code": "x", "severity": "error", "message": "m", "origin": "person", "fingerprint": "f"}
    row = Finding.objects.create(episode=factories.episode(), **fault)
    form = "form:has(input[value=waived])"
    return form_of(row), f"{form} [name=reason]", f"{form} button", column(Decision, "reason")


def of_criteria():
    row = factories.prediction(factories.public_episode(), speaker=factories.speaker())
    form = "form[action$='/criteria/']"
    return form_of(row), f"{form} [name=criteria]", f"{form} button", column(type(row), "criteria")


def of_working_copy():
    copy = revise(factories.public_episode(), both())
    return form_of(copy), *bar("discard"), column(Decision, "reason")


FORMS = [
    of_episode, of_row_of_rich_episode, of_section, of_speaker, of_withdrawal, of_request, of_waiver, of_criteria,
    of_working_copy,
]  # fmt: skip


def opened(page, address, box):
    page.goto(address)
    page.wait_for_load_state("load")
    if "discard" in box:
        page.click(".desk-more summary")


@pytest.mark.parametrize("form", FORMS, ids=[form.__name__ for form in FORMS])
def test_ended_session_keeps_text_until_login(desk, form):
    page = desk
    address, box, button, stored = form()
    opened(page, address, box)
    page.fill(box, LONG)
    end_sessions()
    page.click(button)
    page.wait_for_selector("#desk-login")
    assert "signed out" in page.inner_text("#desk-login")
    assert page.input_value(box) == LONG
    assert LONG not in stored()
    page.fill("#desk-login input[type=password]", PASSWORD)
    page.press("#desk-login input[type=password]", "Enter")
    page.wait_for_selector("#desk-login >> text=logged in again")
    page.click(button)
    page.wait_for_selector(".messagelist .success")
    assert LONG in stored()
    page.wait_for_load_state("load")
    assert kept(page) == []


@pytest.mark.parametrize("form", FORMS, ids=[form.__name__ for form in FORMS])
def test_leaving_asks_and_text_is_offered(desk, form):
    page = desk
    address, box, _button, stored = form()
    opened(page, address, box)
    page.locator(box).press_sequentially("Half")
    typed = page.input_value(box)
    assert asks(page, lambda page: page.evaluate("location.href = '/en/admin/'"))
    assert page.input_value(box) == typed
    wait_kept(page)
    opened(page, address, box)
    assert page.input_value(box) != typed
    page.click(".unsaved-offer button:text-is('Restore')")
    assert page.input_value(box) == typed
    assert typed not in stored() or typed == ""
    assert asks(page, lambda page: page.evaluate("location.href = '/en/admin/'"))


def test_login_elsewhere_renews_form_token(desk):
    page = desk
    address, box, button, stored = of_episode()
    opened(page, address, box)
    page.fill(box, LONG)
    end_sessions()
    log_in_elsewhere(page, both())
    page.click(button)
    page.wait_for_selector(".messagelist .success")
    assert LONG in stored()


def test_another_user_does_not_save_the_form(desk):
    page = desk
    address, box, button, stored = of_section()
    opened(page, address, box)
    page.fill(box, LONG)
    end_sessions()
    log_in_elsewhere(page, factories.second_editor())
    page.click(button)
    page.wait_for_selector("#desk-login")
    assert "this text was typed by edith" in page.inner_text("#desk-login")
    assert (page.input_value(box), LONG in stored()) == (LONG, False)


def test_offline_form_is_not_sent(desk):
    page = desk
    address, box, button, stored = of_section()
    opened(page, address, box)
    page.fill(box, LONG)
    page.context.set_offline(True)
    page.click(button)
    page.wait_for_selector("#desk-login")
    assert "could not be reached" in page.inner_text("#desk-login")
    page.context.set_offline(False)
    page.click(button)
    page.wait_for_selector(".messagelist .success")
    assert LONG in stored()


def test_a_refused_reason_is_offered_again(desk):
    page = desk
    address, box, button, _stored = of_waiver()
    opened(page, address, box)
    page.fill(box, "Too short.")
    page.click(button)
    page.wait_for_selector(".messagelist .error")
    page.click(".unsaved-offer button:text-is('Restore')")
    assert page.input_value(box) == "Too short."


def test_text_of_new_row_is_restored(desk):
    page, speaker = desk, factories.speaker()
    page.goto(form_of(speaker))
    page.wait_for_load_state("load")
    page.click("#aliases-group .add-row a")
    page.fill("#id_aliases-0-name", "Countess of Lovelace")
    wait_kept(page)
    page.goto(form_of(speaker))
    page.click(".unsaved-offer button:text-is('Restore')")
    assert page.input_value("#id_aliases-0-name") == "Countess of Lovelace"
    page.click("input[name=_continue] >> nth=0")
    page.wait_for_selector(".messagelist .success")
    assert speaker.aliases.get().name == "Countess of Lovelace"


def test_text_of_added_item_is_restored(desk):
    page, episode = desk, imported("002")
    address = f"/en/admin/episodes/takeaway/add/?episode={episode.pk}"
    page.goto(address)
    page.wait_for_load_state("load")
    page.fill("#id_text", LONG)
    wait_kept(page)
    page.goto(address)
    page.click(".unsaved-offer button:text-is('Restore')")
    assert page.input_value("#id_text") == LONG
    page.click("input[name=_continue] >> nth=0")
    page.wait_for_selector(".messagelist .success")
    assert episode.takeaways.get().text == LONG


def test_conflicting_form_keeps_text(desk):
    page = desk
    address, box, button, _stored = of_section()
    opened(page, address, box)
    page.fill(box, LONG)
    Section.objects.update(version=7)
    page.click(button)
    page.wait_for_selector(".errornote")
    assert page.input_value(box) == LONG
    assert asks(page, lambda page: page.evaluate("location.href = '/en/admin/'"))
    opened(page, address, box)
    assert "has changed since" in page.inner_text(".unsaved-offer .moved")
    page.click(".unsaved-offer button:text-is('Restore')")
    page.click(button)
    page.wait_for_selector(".messagelist .success")
    page.wait_for_load_state("load")
    assert kept(page) == []


def test_passwords_are_never_kept(desk):
    page = desk
    page.goto("/en/admin/password_change/")
    page.fill("#id_old_password", "secret-secret")
    page.fill("#id_new_password1", "secret-secret")
    page.wait_for_timeout(500)
    assert "secret-secret" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")


def test_old_and_many_entries_go(desk):
    page = desk
    address, box, _button, _stored = of_section()
    opened(page, address, box)
    page.evaluate(
        """() => {
            const user = document.getElementById("desk-words").dataset.user;
            const day = 24 * 60 * 60 * 1000;
            for (let i = 0; i < 60; i += 1) {
                const entry = { at: Date.now() - i * 1000, version: "1", days: 14, fields: { a: "b" } };
                localStorage.setItem(`greenroom-typed:${user}:/x/${i}|1|v`, JSON.stringify(entry));
            }
            const old = { at: Date.now() - 15 * day, version: "1", days: 14, fields: { a: "old" } };
            localStorage.setItem("greenroom-typed:999:/x/|1|v", JSON.stringify(old));
        }"""
    )
    page.fill(box, LONG)
    page.wait_for_timeout(600)
    found = kept(page)
    assert len(found) == 40
    assert {"heading": LONG} in found
    assert {"a": "old"} not in found


# --- without script


@pytest.mark.usefixtures("_served")
def test_without_script_form_is_sent_again(chromium, live_server):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, both())
    address, box, button, stored = of_section()
    page.goto(address)
    page.fill(box, LONG)
    end_sessions()
    page.click(button)
    assert "signed out" in page.inner_text("#send-again")
    assert LONG in page.input_value("#send-again textarea >> nth=0")
    log_in_elsewhere(page, factories.second_editor())
    page.click("#send-again button")
    assert LONG not in stored()
    context.clear_cookies()
    log_in_elsewhere(page, both())
    page.click("#send-again button")
    assert "logged in since" in page.inner_text("#send-again")
    page.click("#send-again button")
    assert LONG in stored()
    context.close()


# --- the public form


def test_report_is_stored_until_sent(visitor):
    page, episode = visitor, factories.full_episode(title="On engines")
    derived.store_html(episode)
    address = f"/en{episode.get_absolute_url()}report/"
    page.goto(address)
    page.locator("#id_message").press_sequentially("It was fewer.")
    assert asks(page, lambda page: page.evaluate("location.href = '/en/'"))
    page.goto(address)
    assert page.input_value("#id_message") == ""
    page.click("button[value=restore]")
    assert page.input_value("#id_message") == "It was fewer."
    time.sleep(2.5)
    page.click("form.report button[type=submit]")
    page.wait_for_url("**/report/thanks/**")
    assert Finding.objects.get().message.startswith("It was fewer.")
    page.goto(address)
    assert page.locator("button[value=restore]").count() == 0
    assert kept(page) == []
