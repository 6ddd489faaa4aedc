"""Demo accounts, whose password is public, work with DEBUG only."""

import pytest
from django.contrib.auth import authenticate
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-test-password"


def test_demo_user_logs_in_with_debug_only(settings):
    factories.person("demo-editor", "Editor")
    settings.DEBUG = True
    assert authenticate(username="demo-editor", password=PASSWORD) is not None
    settings.DEBUG = False
    assert authenticate(username="demo-editor", password=PASSWORD) is None


def test_demo_session_ends_without_debug(settings, client: Client):
    user = factories.person("demo-editor", "Editor")
    client.force_login(user)
    settings.DEBUG = True
    assert client.get("/en/admin/").status_code == 200
    settings.DEBUG = False
    assert client.get("/en/admin/").status_code == 302


def test_other_users_log_in_without_debug(settings):
    settings.DEBUG = False
    assert authenticate(username=factories.editor().username, password=PASSWORD) is not None
