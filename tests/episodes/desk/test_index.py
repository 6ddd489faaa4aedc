"""The index page of the desk."""

import pytest
from django.contrib.auth.models import User

from episodes.models import Episode, Finding
from tests import factories
from tests.episodes.desk.form_data import (
    page_at,
    signed_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return signed_in(factories.editor())


def finding(**fields):
    fields = {"code": "c", "severity": "error", "message": "Wrong.", "origin": "check", **fields}
    return Finding.objects.create(episode=fields.pop("episode", None) or factories.episode(), **fields)


def test_index_is_in_workflow_order():
    root = signed_in(User.objects.create_superuser("root"))
    page = root.get(page_at("admin:index"))
    names = [model["object_name"] for model in page.context["app_list"][0]["models"]]
    assert names[:5] == ["Episode", "Finding", "Quote", "Prediction", "Section"]
    assert names[-5:] == ["Note", "Decision", "Snapshot", "Gloss", "TaggedEpisode"]
    assert "taggit" not in {app["app_label"] for app in page.context["app_list"]}
    content = page.content.decode()
    assert '<strong class="who">root</strong>' in content
    assert "greenroom/icon.svg" in content


def test_index_counts_open_tasks(client, django_assert_max_num_queries):
    for status in ("draft", "draft", "in_review", "approved"):
        factories.episode(status=status)
    factories.public_episode()
    finding(episode=Episode.objects.first())
    finding(episode=Episode.objects.first(), severity="warning", fingerprint="w")
    page = client.get(page_at("admin:index"))
    assert "Greenroom" in page.content.decode()
    work = [line.strip() for line in page.content.decode().split("<b>")[1:]]
    assert [line.split("</b>")[0] for line in work] == ["2", "1", "1", "1"]
    for address in page.content.decode().split('<a href="')[1:]:
        if "status__exact" in address[:80] or "state__exact" in address[:80]:
            assert client.get(address.split('"')[0].replace("&amp;", "&")).status_code == 200
