"""The cache of a large site follows the state of the site."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from episodes import derived
from episodes.models import Episode, Tag
from episodes.site import cache
from episodes.site.cache import State, StateCache

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGE_SITE", 1)


def made(title: str, **columns: Any) -> Episode:
    now = timezone.now()
    slug = title.lower().replace(" ", "-")
    values = {"slug": slug, "status": "published", "published_at": now, "changed_at": now, "area": "physics", **columns}
    return Episode.objects.create(title=title, **values)


def titles(client: Client, path: str = "/en/episodes/") -> list[str]:
    return [str(row) for row in client.get(path).context["page_obj"]]


def choices(client: Client) -> list[str]:
    filterset = client.get("/en/episodes/").context["filterset"]
    return [label for _value, label in filterset.choice_fields[0].field.widget.choices][1:]


def test_second_visitor_gets_cached_counts(client: Client) -> None:
    made("One"), made("Two")
    first = client.get("/en/episodes/?area=physics").content
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/en/episodes/?area=physics").content == first
    # Site state, rows of the page, their credits.
    assert len(queries) == 3


def test_withdrawn_episode_leaves_cached_lists(client: Client) -> None:
    made("One")
    two = made("Two")
    assert (titles(client), choices(client)) == (["Two", "One"], ["physics (2)"])
    Episode.objects.filter(pk=two.pk).update(status="withdrawn")
    derived.touch(two)
    assert (titles(client), choices(client)) == (["One"], ["physics (1)"])


PHYSICS = "/en/episodes/?area=physics"


def test_stale_cache_shows_no_hidden_rows(client: Client) -> None:
    before = timezone.now() - timedelta(days=1)
    made("One")
    two = made("Two", published_at=before, changed_at=before)
    assert titles(client, PHYSICS) == ["Two", "One"]
    # State unchanged: cached keys are still fetched through the public queryset.
    Episode.objects.filter(pk=two.pk).update(status="draft")
    made("Three", published_at=before, changed_at=before)
    assert titles(client, PHYSICS) == ["One"]
    assert titles(client) == ["Three", "One"]


def test_scheduled_episode_appears_on_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    made("One")
    made("Later", published_at=now + timedelta(hours=1), area="history")
    assert (titles(client), choices(client)) == (["One"], ["physics (1)"])
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=2))
    assert (titles(client), choices(client)) == (["Later", "One"], ["history (1)", "physics (1)"])


def test_cache_keys_differ_by_parameters(client: Client) -> None:
    for number in range(31):
        made(f"Episode {number}", area="physics" if number else "history")
    assert titles(client, "/en/episodes/?page=2") == ["Episode 0"]
    assert titles(client, "/en/episodes/?area=history") == ["Episode 0"]
    assert len(titles(client)) == 30
    assert titles(client, "/en/episodes/?q=Episode 17") == ["Episode 17"]
    assert titles(client, "/en/episodes/?q=Episode 18") == ["Episode 18"]


def test_changed_name_is_shown_at_once(client: Client) -> None:
    for title in ("One", "Two"):
        made(title).tags.add("a", "b", "c", "d", "e")
    assert "renamed" not in client.get("/en/tags/").content.decode()
    Tag.objects.filter(name="c").update(name="renamed")
    derived.touch_public(Episode.objects.filter(tagged__tag__name="renamed"))
    assert "renamed" in client.get("/en/tags/").content.decode()


def test_small_site_is_not_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGE_SITE", 1_000)
    numbers = iter(range(9))
    small, large = StateCache(State(episodes=999)), StateCache(State(episodes=1_000))
    assert [small.get_or_compute("n", lambda: next(numbers)) for _ in range(2)] == [0, 1]
    assert [large.get_or_compute("n", lambda: next(numbers)) for _ in range(2)] == [2, 2]


def test_none_is_cached() -> None:
    asked: list[str] = []
    kept = StateCache(State(episodes=1))
    assert [kept.get_or_compute("n", lambda: asked.append("once")) for _ in range(2)] == [None, None]
    assert asked == ["once"]


@pytest.mark.parametrize(
    "other",
    [
        StateCache(State("2026-01-02", 1, 1)),
        StateCache(State("2026-01-01", 2, 1)),
        StateCache(State("2026-01-01", 1, 2)),
        StateCache(State("2026-01-01", 1, 1)).scoped("/tags/"),
    ],
)
def test_cache_depends_on_state_and_scope(other: StateCache) -> None:
    kept = StateCache(State("2026-01-01", 1, 1))
    assert (
        kept.get_or_compute("n", lambda: 1),
        other.get_or_compute("n", lambda: 2),
        kept.get_or_compute("n", lambda: 3),
    ) == (1, 2, 1)


def test_cache_expires_at_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, now = StateCache(State(episodes=1)), timezone.now()
    assert kept.get_or_compute("due", lambda: 1) == 1
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=1))
    assert kept.get_or_compute("due", lambda: 2) == 2
