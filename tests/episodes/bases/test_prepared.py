"""Querysets that are compiled once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from episodes.bases.prepared import Prepared, today
from episodes.models import Episode, Prediction, Quote
from episodes.site.contexts.episode_parts import items_of
from tests import factories

pytestmark = pytest.mark.django_db


def test_arguments_select_the_rows() -> None:
    one, two = factories.public_episode(slug="one"), factories.public_episode(slug="two")
    by_key = Prepared(lambda key: Episode.objects.public().filter(pk=key), key=int)
    by_slug = Prepared(lambda slug: Episode.objects.public().filter(slug=slug), slug=str)
    for episode in (one, two, one):
        assert by_key.rows(key=episode.pk) == by_slug.rows(slug=episode.slug) == [episode]
    assert by_slug.first(slug="\ue0000\ue000") is None


def test_keys_are_padded_and_bounded(django_assert_num_queries: Any) -> None:
    made = [factories.public_episode() for _number in range(3)]
    prepared = Prepared(lambda keys: Episode.objects.filter(pk__in=keys).order_by("pk"), keys=3)
    assert prepared.rows(keys=[row.pk for row in made]) == made
    assert prepared.rows(keys=[made[1].pk]) == [made[1]]
    with django_assert_num_queries(0):
        assert prepared.rows(keys=[]) == []
    with pytest.raises(ValueError, match="4 keys for 3 places"):
        prepared.rows(keys=[1, 2, 3, 4])


def test_time_is_that_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    later = factories.public_episode(published_at=now + timedelta(hours=1))
    prepared = Prepared(lambda: Episode.objects.public())
    assert prepared.rows() == []
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=2))
    assert prepared.rows() == [later]


def test_days_are_those_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    day = today()
    made = factories.prediction(factories.public_episode(), status="accepted", due_on=day + timedelta(days=40))
    prepared = Prepared(lambda: Prediction.objects.due_soon())
    assert prepared.rows() == []
    monkeypatch.setattr(timezone, "localdate", lambda: day + timedelta(days=10))
    assert prepared.rows() == [made]
    monkeypatch.setattr(timezone, "localdate", lambda: day + timedelta(days=40))
    assert prepared.rows() == []


def test_second_use_sends_the_same_query() -> None:
    episode = factories.public_episode()
    factories.quote(episode, status="accepted")
    prepared = Prepared(lambda key: Quote.objects.public().filter(episode=key), key=int)
    sent = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as queries:
            prepared.rows(key=episode.pk)
        sent.append(queries.captured_queries[0]["sql"].split("published_at")[0])
    assert sent[0] == sent[1]


def test_prepared_items_equal_the_queryset() -> None:
    episode = factories.public_episode()
    for status in ("draft", "accepted", "accepted"):
        factories.quote(episode, status=status)
    shown = list(Quote.objects.shown().filter(episode=episode))
    assert items_of(Quote, episode) == shown
    assert len(items_of(Quote, episode, preview=True)) == len(shown) + 1
