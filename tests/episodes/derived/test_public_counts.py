"""Counts of public rows: equal to what queries count, or not used."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from episodes import derived
from episodes.derived import public_counts
from episodes.models import Episode, PublicCount, Quote
from episodes.site.cache import NO_CACHE
from episodes.site.lists import EpisodeListFilter, PredictionListFilter, QuoteListFilter, stored_counts
from episodes.site.pages.home import _quote_of_the_day
from episodes.workflow import transition
from people.models import Entity, Speaker
from tests import factories

pytestmark = pytest.mark.django_db

FILTERS = (EpisodeListFilter, QuoteListFilter, PredictionListFilter)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_counts, "MIN_EPISODES", 1)


def library(number: int = 3) -> list[Episode]:
    made = []
    for n in range(number):
        episode = factories.full_episode(category=f"category {n % 2}", aired_on=f"202{n}-01-02", series="Series")
        factories.tag(episode, f"tag-{n % 2}")
        made.append(episode)
    derived.count_all()
    return made


def choices(filterset: Any) -> tuple[list[Any], list[Any]]:
    """Return the choices by the stored counts, and those that a query counts."""
    model = filterset._meta.model
    filters = filterset({}, queryset=model.objects.public())
    stored = [row for name in filters.facets for row in filters.stored_options(name)]
    return sorted(stored), sorted(tuple(row) for row in filters.unfiltered.rows() if row[1])


def assert_equal() -> None:
    assert stored_counts.are_used()
    for filterset in FILTERS:
        stored, counted = choices(filterset)
        assert stored == counted


def test_counts_equal_the_queries() -> None:
    library()
    assert_equal()
    assert {row[0] for row in choices(EpisodeListFilter)[0]} >= {"category", "speaker", "entity", "tag", "language"}


def test_uncounted_change_makes_counts_unused() -> None:
    one, *_others = library()
    assert stored_counts.are_used()
    factories.tag(one, "another")
    Episode.objects.filter(pk=one.pk).update(changed_at=timezone.now())
    assert not stored_counts.are_used()
    derived.count_again()
    assert_equal()


def test_withdrawal_leaves_the_counts() -> None:
    one, *others = library()
    transition(one, "withdrawn", factories.publisher(), "A reason for visitors.")
    assert_equal()
    assert stored_counts.counted_episodes() == len(others)
    for episode in others:
        transition(episode, "withdrawn", factories.publisher(), "A reason for visitors.")
    assert list(PublicCount.objects.all()) == []


def test_scheduled_episode_counts_on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    _one, two, *_others = library()
    Episode.objects.filter(pk=two.pk).update(published_at=now + timedelta(hours=1))
    derived.touch(two)
    derived.count_again()
    assert_equal()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=2))
    assert not stored_counts.are_used()
    derived.count_again()
    assert_equal()


@pytest.mark.parametrize("model", [Speaker, Entity])
def test_rejected_names_are_not_counted(model: Any) -> None:
    library()
    for row in model.objects.all():
        transition(row, "rejected", factories.person("owner", is_superuser=True), "private")
    assert_equal()


def test_decided_quotes_are_counted() -> None:
    one, *_others = library()
    quote = factories.quote(one, status="draft", speaker=factories.speaker("New"))
    transition(quote, "accepted", factories.second_editor())
    assert_equal()
    transition(Quote.objects.get(pk=quote.pk), "rejected", factories.second_editor(), "trivial")
    assert_equal()


@pytest.mark.parametrize("seed", range(5))
def test_counts_follow_random_changes(seed: int) -> None:
    draw, made = random.Random(seed), library(4)
    for _step in range(8):
        episode = draw.choice(made)
        changes: dict[str, Any] = draw.choice(
            [{"status": "withdrawn"}, {"status": "published"}, {"area": "x"}, {"area": ""}, {"aired_on": None}]
        )
        Episode.objects.filter(pk=episode.pk).update(**changes)
        episode.quotes.update(status=draw.choice(["draft", "accepted"]))
        derived.touch(episode)
        derived.count_again()
        if Episode.objects.public().exists():
            assert_equal()


def test_quote_of_the_day_is_public(client: Client) -> None:
    shown, *others = library(6)
    Quote.objects.filter(episode__in=[other.pk for other in others]).update(status="draft")
    derived.count_all()
    for day in range(3):
        with mock.patch.object(timezone, "localdate", lambda day=day: date(2026, 1, 1 + day)):
            assert _quote_of_the_day(NO_CACHE) == shown.quotes.get()
    shown.quotes.update(status="draft")
    assert _quote_of_the_day(NO_CACHE) is None


def test_lists_of_names_use_the_counts(client: Client) -> None:
    library(6)
    addresses = ("/en/speakers/", "/en/entities/", "/en/tags/", "/en/series/", "/en/episodes/", "/en/quotes/")
    with_counts = [client.get(address).content for address in addresses]
    public_counts.CountState.objects.all().delete()
    assert [client.get(address).content for address in addresses] == with_counts
