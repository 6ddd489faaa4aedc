"""Keys of the review screen on other keyboard layouts, with Caps Lock, and with an input method."""

import pytest

from tests import factories
from tests.browser.steps import sign_in
from tests.browser.test_review import imported, review, settled, shown

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DISPATCH = """init => {
    const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init });
    if (init.keyCode) {
        Object.defineProperty(event, "keyCode", { value: init.keyCode });
    }
    document.querySelector("#review-panel > article").dispatchEvent(event);
}"""


@pytest.fixture(params=["002", "004"])
def page(request, visitor):
    episode = imported(request.param)
    factories.second_editor()
    sign_in(visitor, factories.editor())
    review(visitor, episode, "?at=summary" if request.param == "002" else f"?at=quote-{episode.quotes.first().pk}")
    return visitor


def key(page, **init):
    page.evaluate(DISPATCH, init)
    settled(page)


@pytest.mark.parametrize(
    "init",
    [
        {"key": "J", "code": "KeyJ"},
        {"key": "о", "code": "KeyJ"},
        {"key": "О", "code": "KeyJ"},
        {"key": "ｊ", "code": "KeyJ"},
        {"key": "Ｊ", "code": "KeyJ"},
        {"key": "ξ", "code": "KeyJ"},
        {"key": "j", "code": "KeyC"},
        {"key": "j", "code": ""},
        {"key": "Unidentified", "code": "KeyJ"},
    ],
    ids=[
        "caps-lock",
        "russian",
        "russian-caps",
        "full-width",
        "full-width-caps",
        "greek",
        "dvorak",
        "phone",
        "unnamed",
    ],
)
def test_next_goes_on_whatever_the_layout(page, init):
    here = shown(page)
    key(page, **init)
    assert shown(page) != here


@pytest.mark.parametrize(
    "init",
    [
        {"key": "J", "code": "KeyJ", "shiftKey": True},
        {"key": "О", "code": "KeyJ", "shiftKey": True},
        {"key": "j", "code": "KeyJ", "ctrlKey": True},
        {"key": "j", "code": "KeyJ", "metaKey": True},
        {"key": "∆", "code": "KeyJ", "altKey": True},
        {"key": "h", "code": "KeyJ"},
        {"key": "Process", "code": "KeyJ"},
        {"key": "j", "code": "KeyJ", "isComposing": True},
        {"key": "j", "code": "KeyJ", "keyCode": 229},
    ],
    ids=["shift", "russian-shift", "ctrl", "meta", "alt", "dvorak-h", "process", "composing", "229"],
)
def test_other_combinations_do_nothing(page, init):
    here = shown(page)
    key(page, **init)
    assert shown(page) == here


def test_russian_brackets_and_digits_by_position(page):
    key(page, key="ч", code="KeyX")
    assert page.get_attribute("#review", "data-waiting") == "x"
    key(page, key="&", code="Digit1")
    assert page.get_attribute("#review", "data-waiting") == ""
    page.wait_for_function("document.getElementById('review-message').textContent.includes('Rejected')")


def test_a_question_mark_is_typed_with_shift(page):
    key(page, key="?", code="Slash", shiftKey=True)
    assert page.get_attribute("#review-help", "open") is not None


@pytest.mark.parametrize(
    "init", [{"key": "Process", "code": "KeyJ"}, {"key": "j", "isComposing": True}, {"key": "j", "keyCode": 229}]
)
@pytest.mark.parametrize(("language", "says"), [("en", "An input method is on"), ("zh", "输入法已开启")])
def test_input_method_hint_shown_until_key_arrives(page, init, language, says):
    if language == "zh":
        page.goto(page.url.replace("/en/admin", "/admin"))
    line = page.locator("#review-input-method")
    assert line.get_attribute("aria-live") == "polite"
    assert line.inner_text() == ""
    key(page, **init)
    assert says in line.inner_text()
    assert line.is_visible()
    key(page, key="k", code="KeyK")
    assert line.inner_text() == ""


def test_composing_in_input_shows_no_hint(page):
    page.keyboard.press("e")
    page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'Process', code: 'KeyJ', isComposing: true, bubbles: true}))"
    )
    assert page.inner_text("#review-input-method") == ""
