"""Limits on failed logins: a pair of name and address is locked, a name is slowed, and both are logged."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.cache import caches
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from people import login
from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-test-password"
HERE, THERE = "203.0.113.7", "198.51.100.9"
LOCKED = {
    "/admin/login/": "这个用户名从您的地址登录失败次数过多，请 15 分钟后再试。",
    "/en/admin/login/": "Too many failed attempts with this name from your address. Try again in 15 minutes.",
}


@pytest.fixture
def owner() -> User:
    return factories.person("olga", "Publisher")


@pytest.fixture(autouse=True)
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the delays that were requested, without waiting."""
    made: list[float] = []
    monkeypatch.setattr(login.time, "sleep", made.append)
    return made


def enter(
    name: str = "olga", password: str = "wrong", address: str = HERE, path: str = "/admin/login/", **meta: str
) -> HttpResponse:
    """Log in with a new client."""
    data = {"username": name, "password": password, "next": "/admin/"}
    return Client().post(path, data, REMOTE_ADDR=address, **meta)


def errors(answer: HttpResponse) -> list[str]:
    found = re.findall(r'<p class="errornote">\s*(.*?)\s*</p>', answer.content.decode(), re.DOTALL)
    return [unescape(text) for text in found]


def fail(times: int, name: str = "olga", address: str = HERE) -> list[int]:
    return [enter(name, address=address).status_code for _time in range(times)]


@pytest.mark.parametrize("path", LOCKED)
def test_pair_is_locked_after_five_failures(owner: User, path: str) -> None:
    assert fail(5) == [200, 200, 200, 200, 429]
    answer = enter(password=PASSWORD, path=path)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"
    assert errors(answer) == [LOCKED[path]]


def test_owner_logs_in_from_other_address(owner: User) -> None:
    fail(30)
    assert enter(password=PASSWORD, address=THERE).status_code == 302
    assert enter(password=PASSWORD).status_code == 429


def test_other_name_logs_in_from_locked_address(owner: User) -> None:
    factories.person("edith", "Editor")
    fail(6)
    assert enter("edith", PASSWORD).status_code == 302


def test_name_is_slowed_and_never_locked(owner: User, delays: list[float]) -> None:
    for number in range(2):
        fail(5, address=f"10.0.0.{number}")
    assert delays == []
    assert enter(password=PASSWORD, address=THERE).status_code == 302
    assert delays == [login.DELAY]
    # Other names are not delayed.
    fail(1, "edith", "10.0.0.1")
    assert delays == [login.DELAY]


def test_unknown_name_is_locked_too() -> None:
    assert fail(6, "nobody") == [200, 200, 200, 200, 429, 429]


def test_success_resets_failures_of_pair(owner: User) -> None:
    fail(4)
    fail(4, address=THERE)
    assert enter(password=PASSWORD).status_code == 302
    assert list(AccessAttempt.objects.values_list("ip_address", flat=True)) == [THERE]
    assert fail(4) == [200] * 4


def test_lock_expires_and_leaves_no_row(owner: User) -> None:
    fail(7)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert enter(password=PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_failures_do_not_prolong_lock(owner: User) -> None:
    fail(5)
    before = AccessAttempt.objects.get().attempt_time
    fail(3)
    assert AccessAttempt.objects.get().attempt_time == before


def test_lock_holds_in_every_process(owner: User) -> None:
    fail(5)
    for cache in caches.all():
        cache.clear()
    assert enter(password=PASSWORD).status_code == 429


@pytest.mark.parametrize("spelling", [{"HTTP_USER_AGENT": "another"}, {"HTTP_X_FORWARDED_FOR": "9.9.9.9"}])
def test_lock_ignores_forged_headers(owner: User, spelling: dict[str, str]) -> None:
    fail(5)
    assert enter(password=PASSWORD, **spelling).status_code == 429


def test_lock_ignores_spelling_of_name(owner: User) -> None:
    fail(4)
    # Django normalizes full-width letters (NFKC), so they are the same name.
    assert fail(1, "ｏｌｇａ") == [429]
    assert fail(1, " olga ") == [429]


def test_lock_covers_whole_ipv6_network(owner: User) -> None:
    assert [enter(address=f"2001:db8::{number}").status_code for number in range(1, 6)] == [200] * 4 + [429]
    assert enter(password=PASSWORD, address="2001:db8:0:1::1").status_code == 302


def test_client_address_behind_proxy_is_used(owner: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    for _time in range(5):
        enter(address="127.0.0.1", HTTP_X_FORWARDED_FOR=f"1.2.3.4, {HERE}")
    assert enter(password=PASSWORD, address="127.0.0.1", HTTP_X_FORWARDED_FOR=HERE).status_code == 429
    assert enter(password=PASSWORD, address="127.0.0.1", HTTP_X_FORWARDED_FOR=f"{HERE}, {THERE}").status_code == 302


def test_socket_has_no_address(owner: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = []
    assert [enter(address="").status_code for _time in range(5)] == [200] * 4 + [429]


@pytest.mark.parametrize("name", ["\x00", "a" * 300, "", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")])
def test_invalid_names_are_refused_without_error(name: str) -> None:
    assert enter(name).status_code == 200


def test_failures_and_lockouts_are_logged(owner: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    enter(password="a-secret-word")
    fail(4)
    enter(password=PASSWORD, address=THERE)
    told = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "greenroom"]
    assert told == [
        *[("WARNING", f"login-failed name=olga address={HERE}")] * 4,
        ("WARNING", f"login-locked name=olga address={HERE}"),
        ("INFO", f"login user=olga address={THERE}"),
    ]
    assert "a-secret-word" not in caplog.text
    assert PASSWORD not in caplog.text


def test_log_line_cannot_be_forged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    enter("x address=1.1.1.1\nlogin user=olga")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "greenroom"]
    assert line == f"login-failed name='x address=1.1.1.1\\nlogin user=olga' address={HERE}"


def test_password_is_not_stored(owner: User) -> None:
    enter(password="a-secret-word")
    assert "a-secret-word" not in repr(AccessAttempt.objects.values())
