"""Refused error reports: messages, no writes, rate limits."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from config.client_address import client_network
from episodes.models import Episode, Finding, RequestCount
from episodes.site.pages import report_form
from episodes.workflow import transition
from tests import factories
from tests.episodes.site.pages.report_data import TYPE, address, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def episode() -> Episode:
    return factories.full_episode(title="On engines", slug="on-engines")


def refused(client: Client, episode: Episode, status: int, sentence: str, **data: Any) -> str:
    """Assert that the form came back with a message and the typed text, and nothing was written."""
    with translation.override("zh-hans"):
        client_address = f"/en{address(episode)}"
    sent = dict(data)
    sent.setdefault("token", report_form.token_for(episode, 0))
    answer = client.post(client_address, urlencode(sent), content_type=TYPE)
    html = answer.content.decode()
    assert answer.status_code == status
    assert re.findall(r'<p role="alert"[^>]*>\s*(.*?)\s*</p>', unescape(html), re.DOTALL) == [sentence]
    assert f"{data.get('message', '')}</textarea>" in unescape(html)
    assert not Finding.objects.exists()
    return html


def fresh(episode: Episode) -> str:
    return report_form.token_for(episode, time.time() - 60)


@pytest.mark.parametrize("message", ["", " \r\n\t ", "\x00"])
def test_empty_message_is_refused(client: Client, episode: Episode, message: str) -> None:
    answer = send(client, episode, message=message, words="kept words", kind="time")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="kept words"' in html
    assert re.search(r'<option value="time"\s+selected', html)
    assert not Finding.objects.exists()


def test_too_long_message_is_refused_and_kept(client: Client, episode: Episode) -> None:
    long = "长" * 2_001
    sentence = "Ensure this value has at most 2000 characters (it has 2001)."
    refused(client, episode, 422, sentence, message=long, token=fresh(episode))


def test_huge_body_is_not_read(client: Client, episode: Episode) -> None:
    answer = client.post(address(episode), "message=" + "a" * 300_000, content_type=TYPE)
    assert answer.status_code == 413
    assert not hasattr(answer.wsgi_request, "_post")
    assert not Finding.objects.exists()


@pytest.mark.parametrize(("length", "status"), [("abc", 413), ("-1", 413), ("²", 413), ("9" * 99, 413), ("", 422)])
def test_invalid_content_length_is_refused(client: Client, episode: Episode, length: str, status: int) -> None:
    answer = client.post(address(episode), "message=a", content_type=TYPE, CONTENT_LENGTH=length)
    assert answer.status_code == status
    assert not Finding.objects.exists()


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json", "text/plain", ""])
def test_other_content_type_is_refused(client: Client, episode: Episode, kind: str) -> None:
    assert client.post(address(episode), b"message=a", content_type=kind).status_code == 415
    assert not Finding.objects.exists()


def test_unknown_kind_is_refused(client: Client, episode: Episode) -> None:
    sentence = "Select a valid choice. sql is not one of the available choices."
    refused(client, episode, 422, sentence, message="Wrong.", kind="sql", token=fresh(episode))


OLD = "This page was open for more than a day. Please send your report again."


def test_expired_token_is_refused_and_replaced(client: Client, episode: Episode) -> None:
    html = refused(client, episode, 422, OLD, message="It was Bob.")
    token = re.search(r'name="token" value="([^"]+)"', html)[1]
    age = report_form.token_age(token, episode)
    assert age is not None
    assert age < 60


@pytest.mark.parametrize("token", ["", "x", "a:b", ":", "\x00", "ä:ö", "W10:x", "é" * 9_000])
def test_invalid_token_is_refused(client: Client, episode: Episode, token: str) -> None:
    refused(client, episode, 422, OLD, message="It was Bob.", token=token)


def test_foreign_token_is_refused(client: Client, episode: Episode, settings: Any) -> None:
    refused(client, episode, 422, OLD, message="Wrong.", token=fresh(factories.public_episode()))
    mine = fresh(episode)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_form._signer, "key", "another")
        foreign = fresh(episode)
    refused(client, episode, 422, OLD, message="Wrong.", token=foreign)
    refused(client, episode, 422, OLD, message="Wrong.", token=mine[:-1])


@pytest.mark.parametrize(("age", "status"), [(1, 422), (2.2, 302), (86_390, 302), (86_410, 422), (-60, 422)])
def test_token_has_minimum_and_maximum_age(client: Client, episode: Episode, age: float, status: int) -> None:
    assert send(client, episode, age=age).status_code == status
    assert Finding.objects.count() == (status == 302)


def test_too_young_token_stays_usable(client: Client, episode: Episode) -> None:
    token = report_form.token_for(episode, time.time())
    sentence = "Your report was sent too quickly. Please send it again."
    html = refused(client, episode, 422, sentence, message="It was Bob.", token=token)
    assert f'name="token" value="{token}"' in html


def test_filled_honeypot_is_refused_with_text_kept(client: Client, episode: Episode) -> None:
    sentence = "A hidden field was filled in, perhaps by your browser. Please send your report again."
    html = refused(client, episode, 422, sentence, message="Buy.", website="http://x", token=fresh(episode))
    assert "http://x" not in html


@pytest.mark.parametrize("state", ["draft", "approved", "withdrawn"])
def test_hidden_episode_accepts_no_report(client: Client, episode: Episode, state: str) -> None:
    Episode.objects.update(status=state, withdrawn_reason="Asked to.")
    code = 410 if state == "withdrawn" else 404
    assert client.get(address(episode)).status_code == code
    assert client.get(f"{address(episode)}thanks/").status_code == code
    assert send(client, episode).status_code == code
    assert not Finding.objects.exists()
    assert client.get(reverse("report", args=["nothing-here"])).status_code == 404


def test_concurrently_withdrawn_episode_accepts_no_report(
    client: Client, episode: Episode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def withdrawn(*args: Any) -> bool:
        transition(Episode.objects.get(pk=episode.pk), "withdrawn", factories.publisher(), "Asked to.")
        return True

    monkeypatch.setattr("episodes.site.pages.report.within_limits", withdrawn)
    assert send(client, episode).status_code == 410
    assert not Finding.objects.exists()


# --- how many


def status_of(client: Client, episode: Episode, number: int, **headers: str) -> int:
    return send(client, episode, message=f"Wrong {number}.", headers=headers).status_code


def test_address_limit_is_five_per_hour(client: Client, episode: Episode) -> None:
    other = factories.public_episode()
    assert [status_of(client, episode, n) for n in range(3)] == [302] * 3
    assert [status_of(client, other, n) for n in range(3)] == [302, 302, 429]
    assert Finding.objects.count() == 5
    assert status_of(client, episode, 9, REMOTE_ADDR="10.9.9.9") == 302


def test_report_over_limit_keeps_text(client: Client, episode: Episode) -> None:
    for _time in range(report_form.PER_ADDRESS):
        RequestCount.increment(
            f"report:{next(iter(report_form._limits(client.get('/').wsgi_request, episode)))[0]}", 60
        )
    sentence = "Too many reports in the last hour. Please try again in an hour."
    refused(client, episode, 429, sentence, message="It was Bob.", token=fresh(episode))
    assert send(client, episode)["Retry-After"] == "3600"


def test_episode_and_site_have_hourly_limits(client: Client, episode: Episode, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (report_form.PER_ADDRESS, report_form.PER_EPISODE, report_form.PER_SITE) == (5, 20, 200)
    monkeypatch.setattr(report_form, "PER_EPISODE", 2)
    monkeypatch.setattr(report_form, "PER_SITE", 3)
    came = [status_of(client, episode, n, REMOTE_ADDR=f"10.0.0.{n}") for n in range(3)]
    assert came == [302, 302, 429]
    other = factories.public_episode()
    # The refused report did not count for the site.
    assert [status_of(client, other, n, REMOTE_ADDR=f"10.0.1.{n}") for n in range(2)] == [302, 429]


def test_refused_report_is_not_counted(client: Client, episode: Episode) -> None:
    for _time in range(9):
        send(client, episode, message="")
    assert send(client, episode).status_code == 302


def test_limit_resets_after_an_hour(client: Client, episode: Episode) -> None:
    assert [status_of(client, episode, n) for n in range(6)][-1] == 429
    RequestCount.objects.update(expires_at=timezone.now())
    assert status_of(client, episode, 6) == 302
    # Expired counters are deleted.
    assert RequestCount.objects.count() == 3
    assert set(RequestCount.objects.values_list("count", flat=True)) == {1}


def test_limits_do_not_use_cache(client: Client, episode: Episode) -> None:
    """Clear the cache between reports, as in another process."""
    assert [status_of(client, episode, n) for n in range(5)] == [302] * 5
    caches["default"].clear()
    assert status_of(client, episode, 6) == 429


def networks(rf: Any, *addresses: str, **headers: str) -> set[str]:
    return {client_network(rf.get("/", REMOTE_ADDR=address, **headers)) for address in addresses}


def test_ipv6_network_is_one_address(rf: Any) -> None:
    assert networks(rf, "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:2::1%eth0") == {"2001:db8:1:2::"}
    assert networks(rf, "10.0.0.1", "::ffff:10.0.0.1") == {"10.0.0.1"}
    assert networks(rf, "", "unix:") == {"::"}


def test_no_plain_address_is_stored(client: Client, episode: Episode) -> None:
    send(client, episode, headers={"REMOTE_ADDR": "203.0.113.77"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM episodes_requestcount")
        stored = cursor.fetchall()
    assert len(stored) == 3
    assert "203.0.113" not in repr(stored) + repr(Finding.objects.values())
