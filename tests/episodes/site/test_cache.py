"""What a large site remembers ends with the state of the site it was counted in."""

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
    return [label for _value, label in filterset.picks[0].field.widget.choices][1:]


def test_a_second_visitor_is_told_what_was_counted_for_the_first(client: Client) -> None:
    made("One"), made("Two")
    first = client.get("/en/episodes/?area=physics").content
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/en/episodes/?area=physics").content == first
    # The facts of the site, the rows of the page, who is credited in them.
    assert len(queries) == 3


def test_a_withdrawn_episode_is_gone_from_the_rows_and_from_every_count(client: Client) -> None:
    made("One")
    two = made("Two")
    assert (titles(client), choices(client)) == (["Two", "One"], ["physics (2)"])
    Episode.objects.filter(pk=two.pk).update(status="withdrawn")
    derived.touch(two)
    assert (titles(client), choices(client)) == (["One"], ["physics (1)"])


def test_hidden_rows_stay_hidden_even_where_nothing_tells_that_the_site_has_changed(client: Client) -> None:
    before = timezone.now() - timedelta(days=1)
    made("One")
    two = made("Two", published_at=before, changed_at=before)
    assert titles(client) == ["Two", "One"]
    # One leaves as another comes, and no clock moves: the remembered keys are asked for again all the same.
    Episode.objects.filter(pk=two.pk).update(status="draft")
    made("Three", published_at=before, changed_at=before)
    assert titles(client) == ["One"]


def test_a_scheduled_episode_enters_as_its_hour_comes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    made("One")
    made("Later", published_at=now + timedelta(hours=1), area="history")
    assert (titles(client), choices(client)) == (["One"], ["physics (1)"])
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=2))
    assert (titles(client), choices(client)) == (["Later", "One"], ["history (1)", "physics (1)"])


def test_each_page_each_filter_and_each_order_is_remembered_by_itself(client: Client) -> None:
    for number in range(31):
        made(f"Episode {number}", area="physics" if number else "history")
    assert titles(client, "/en/episodes/?page=2") == ["Episode 0"]
    assert titles(client, "/en/episodes/?area=history") == ["Episode 0"]
    assert len(titles(client)) == 30
    assert titles(client, "/en/episodes/?q=Episode 17") == ["Episode 17"]
    assert titles(client, "/en/episodes/?q=Episode 18") == ["Episode 18"]


def test_a_changed_name_is_told_at_once(client: Client) -> None:
    for title in ("One", "Two"):
        made(title).tags.add("a", "b", "c", "d", "e")
    assert "renamed" not in client.get("/en/tags/").content.decode()
    Tag.objects.filter(name="c").update(name="renamed")
    derived.touch_public(Episode.objects.filter(tagged__tag__name="renamed"))
    assert "renamed" in client.get("/en/tags/").content.decode()


def test_nothing_is_kept_of_a_small_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGE_SITE", 1_000)
    numbers = iter(range(9))
    small, large = StateCache(State(episodes=999)), StateCache(State(episodes=1_000))
    assert [small.get_or_compute("n", lambda: next(numbers)) for _ in range(2)] == [0, 1]
    assert [large.get_or_compute("n", lambda: next(numbers)) for _ in range(2)] == [2, 2]


def test_nothing_counted_is_remembered_too() -> None:
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
        StateCache(State("2026-01-01", 1, 1)).within("/tags/"),
    ],
)
def test_another_state_or_place_is_another_memory(other: StateCache) -> None:
    kept = StateCache(State("2026-01-01", 1, 1))
    assert (
        kept.get_or_compute("n", lambda: 1),
        other.get_or_compute("n", lambda: 2),
        kept.get_or_compute("n", lambda: 3),
    ) == (1, 2, 1)


def test_what_falls_due_is_counted_anew_each_day(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, now = StateCache(State(episodes=1)), timezone.now()
    assert kept.get_or_compute("due", lambda: 1) == 1
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=1))
    assert kept.get_or_compute("due", lambda: 2) == 2
