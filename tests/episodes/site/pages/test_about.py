"""The about page and its numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from episodes.models import Episode, Section, Snapshot
from episodes.site.pages.about import content_numbers, episode_numbers
from episodes.workflow import report
from tests import factories

pytestmark = pytest.mark.django_db


def corrected(episode: Episode, numbers: tuple[int, ...] = (1,)) -> None:
    for number in numbers:
        moment = episode.published_at or timezone.now() - timedelta(hours=1)
        Snapshot.objects.create(episode=episode, number=number, published_at=moment, by=factories.editor())


def library() -> None:
    """Create one episode per review status, two adopted, one own writing, and the same hidden."""
    for hidden in ({}, {"status": "draft", "published_at": None}):
        read = factories.public_episode(summary="Read.", summary_status="accepted", **hidden)
        unread = factories.public_episode(summary="Unread.", adopted=True, **hidden)
        unread.sections.update(status="draft")
        partly = factories.public_episode(summary="Unread.", adopted=True, **hidden)
        evergreen = factories.public_episode(**({"status": "evergreen"} | hidden))
        factories.public_episode(form="own", **hidden).sections.update(status="draft")
        # Rejected sections do not count; an episode without text counts by its accepted items.
        Section.objects.create(episode=read, text="No.", status="rejected", reject_code="trivial")
        bare = factories.public_episode(**hidden)
        bare.sections.all().delete()
        for outcome in ("", "", "true", "partly"):
            factories.prediction(read, outcome=outcome)
        factories.prediction(read, status="draft", outcome="false")
        factories.quote(partly)
        factories.quote(evergreen)
        factories.quote(partly, status="draft")
        corrected(read, (1, 2, 3))
        corrected(partly, (1,))


def test_numbers_count_public_rows_only() -> None:
    library()
    assert episode_numbers() == {
        "all": 6, "own": 1, "adopted": 2, "unread": 1, "partly": 1, "read": 2, "evergreen": 1,
    }  # fmt: skip
    with translation.override("en"):
        assert content_numbers() == {
            "quotes": 2,
            "predictions": 4,
            "outcomes": [("Pending", 2), ("Came true", 1), ("Partly", 1)],
            "corrections": 2,
        }


def test_empty_site_counts_zero(client: Client) -> None:
    assert set(episode_numbers().values()) == {0}
    assert content_numbers() == {
        "quotes": 0, "predictions": 0, "outcomes": [], "corrections": 0,
    }  # fmt: skip
    assert client.get(reverse("about")).status_code == 200


# Expect 3: site state, episodes, contents.
def test_page_costs_three_queries(client: Client, django_assert_num_queries: Any) -> None:
    library()
    with django_assert_num_queries(3):
        client.get(reverse("about"))


def test_reports_are_not_counted(client: Client) -> None:
    episode = factories.full_episode()
    before = client.get(reverse("about")).content
    report(episode, None, "Wrong.")
    assert client.get(reverse("about")).content == before


def test_every_page_links_to_about(client: Client) -> None:
    episode = factories.full_episode()
    for address in (*factories.public_pages(episode).values(), "/nothing/"):
        assert f'href="{reverse("about")}"' in client.get(address).content.decode()
