"""Search on the desk."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests import factories
from tests.episodes.search.library import draft, indexed

pytestmark = pytest.mark.django_db


def test_drafts_are_found(client):
    hidden, public = draft("steam", title="Hidden"), indexed("steam", title="Open")
    client.force_login(factories.editor())
    html = client.get(reverse("admin:search"), {"q": "steam"}).content.decode()
    for episode in (hidden, public):
        assert reverse("admin:episodes_episode_change", args=[episode.pk]) in html
    assert "<mark>steam</mark>" in html


def test_visitors_are_sent_to_log_in(client):
    assert client.get(reverse("admin:search"), {"q": "steam"}).status_code == 302


def test_few_rights_are_refused(client):
    user = factories.person("fay")
    user.user_permissions.add(Permission.objects.get(codename="view_episode"))
    client.force_login(user)
    assert client.get(reverse("admin:search"), {"q": "steam"}).status_code == 403
    assert b"desk-search" not in client.get(reverse("admin:index")).content


def test_box_is_on_the_desk(client):
    client.force_login(factories.editor())
    assert b"desk-search" in client.get(reverse("admin:index")).content


@pytest.mark.parametrize("parameters", [{}, {"q": "\x00"}, {"q": "a", "page": "x"}, {"q": "a", "page": "99999"}])
def test_odd_parameters_are_answered(client, parameters):
    client.force_login(factories.editor())
    assert client.get(reverse("admin:search"), parameters).status_code == 200
