"""Forms sent to the desk without a session or by another user are refused and their text is returned."""

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from episodes.models import Section
from tests import factories
from tests.episodes.desk.form_data import page_at, signed_in
from tests.episodes.desk.review.screen import (
    address,
    held,
    seen,
    thing,
)

pytestmark = pytest.mark.django_db
ORIGIN = {"origin": "http://testserver"}
JSON = {"accept": "application/json", **ORIGIN}


@pytest.fixture
def row():
    return held().sections.first()


def session_of(client):
    return client.get(reverse("admin:login"), headers={"accept": "application/json"}).json()


def post(client, row, headers=ORIGIN, **data):
    data = {"act": "save", "thing": thing(row), "seen": seen(row), "text": "Two words <b>.", **data}
    return client.post(address(row.episode), data, headers=headers)


def unchanged(row):
    before = row.text
    row.refresh_from_db()
    return row.text == before


def test_session_has_user_and_token(django_assert_num_queries):
    by = factories.editor()
    client = signed_in(by)
    # Expect 2: the session and its user.
    with django_assert_num_queries(2):
        answer = client.get(reverse("admin:login"), headers={"accept": "application/json"})
    assert {**answer.json(), "token": "…"} == {"user": str(by.pk), "name": "edith", "token": "…"}
    assert len(answer.json()["token"]) == 64
    assert "no-store" in answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer


def test_session_hides_user_without_access(django_user_model):
    reader = django_user_model.objects.create_user("reader")
    for client in (Client(), signed_in(reader)):
        assert {**session_of(client), "token": ""} == {"user": "", "name": "", "token": ""}
    assert b"login-form" in Client().get(reverse("admin:login")).content


def test_session_token_is_valid(row):
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.editor())
    assert post(client, row).status_code == 403
    assert post(client, row, csrfmiddlewaretoken=session_of(client)["token"]).status_code == 302
    row.refresh_from_db()
    assert row.text == "Two words <b>."


@pytest.mark.parametrize(
    ("who", "error", "code", "name"),
    [(None, "signed-out", 401, ""), ("edgar", "other-user", 409, "edgar")],
)
def test_script_gets_reason_of_refusal(row, who, error, code, name):
    client = signed_in(factories.second_editor()) if who else Client()
    answer = post(client, row, {**JSON, "x-desk-user": str(factories.editor().pk)})
    told = answer.json()
    assert (answer.status_code, told["error"], told["name"]) == (code, error, name)
    assert unchanged(row)


def test_invalid_token_returns_new_token(row):
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.editor())
    told = post(client, row, JSON).json()
    assert (told["error"], told["name"]) == ("csrf", "edith")
    assert post(client, row, JSON, csrfmiddlewaretoken=told["token"]).json()["messages"] == ["Saved."]


@pytest.mark.parametrize("field", ["header", "hidden"])
def test_same_user_is_not_refused(row, field):
    by = str(factories.editor().pk)
    more = {"headers": {**JSON, "x-desk-user": by}} if field == "header" else {"headers": JSON, "desk_user": by}
    assert post(signed_in(factories.editor()), row, **more).status_code == 200
    assert not unchanged(row)


def test_signed_out_browser_gets_text_back(row):
    answer = post(Client(), row)
    html = answer.content.decode()
    assert answer.status_code == 403
    assert 'name="text" value="Two words &lt;b&gt;."' in html
    assert ">Two words &lt;b&gt;.</textarea>" in html
    assert "no-store" in answer["Cache-Control"]
    assert unchanged(row)


def test_other_user_browser_gets_text_back(row):
    answer = post(signed_in(factories.second_editor()), row, desk_user=factories.editor().pk)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert f'name="desk_user" value="{factories.editor().pk}"' in html
    assert html.count("Two words") == 2
    assert unchanged(row)


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
    ids=["none", "other", "null", "cross-site"],
)
def test_cross_site_text_is_not_offered(row, headers):
    """Otherwise another site could fill in a form that a user sends from this one."""
    answer = post(Client(), row, headers)
    assert answer.status_code == 302
    assert reverse("admin:login") in answer["Location"]
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(factories.editor())
    answer = post(strict, row, headers)
    assert answer.status_code == 403
    assert b"Two words" not in answer.content


def test_password_is_not_returned():
    sent = {"old_password": "secret-secret", "new_password1": "x"}
    answer = Client().post(page_at("admin:password_change"), sent, headers=ORIGIN)
    assert answer.status_code == 302
    assert b"secret-secret" not in answer.content


def test_login_and_public_forms_are_exempt(row):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(page_at("admin:login"), {"username": "x"}, headers=ORIGIN)
    assert answer.status_code == 403
    assert b"send-again" not in answer.content


def test_forms_contain_their_user(row):
    by = factories.editor()
    for page in (address(row.episode) + f"?at={thing(row)}", page_at("admin:episodes_section_change", row.pk)):
        html = signed_in(by).get(page).content.decode()
        assert f'name="desk_user" value="{by.pk}"' in html
        assert f'data-user="{by.pk}"' in html


class Attributes(HTMLParser):
    """Parser of the attributes of the element with the sentences of scripts."""

    found: dict = {}

    def handle_starttag(self, tag, attrs):
        if ("id", "desk-words") in attrs:
            self.found = dict(attrs)


def test_script_sentences_are_translated(client):
    page = Attributes()
    page.feed(client.get("/admin/login/").content.decode())
    other = {"id", "hidden", "data-user", "data-name", "data-login"}
    said = {name: text for name, text in page.found.items() if name not in other}
    assert len(said) == 18
    assert [name for name, text in said.items() if text.isascii()] == []


def test_section_words_survive_carriage_returns(row):
    text = "One.\r\n\r\nTwo “三”."
    html = post(Client(), row, text=text).content.decode()
    assert "One.\r\n\r\nTwo “三”." in html or "One.\n\nTwo “三”." in html
    assert Section.objects.filter(text=text).count() == 0
